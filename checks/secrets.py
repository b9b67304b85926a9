"""Whether the secrets are there; no value, nor its length, reaches a result."""

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.units import Variable

_PLACEHOLDER = re.compile(
    r"""change[-_ ]?me | replace[-_ ]?me | place[-_ ]?holder | to[-_ ]?do | tbd | fixme
    | example | dummy | undefined | null | x{3,} | <.*> | \$\{.*\} | \{\{.*\}\} | your[-_ ].*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_URL_PASSWORD = re.compile(r"\w+://[^/@:]*:([^/@]*)@")


class Secrets(Check, kw_only=True, frozen=True, tag="secrets"):
    """Each named variable is set in the environment, and to more than a placeholder.

    Failed: a variable is not set, is empty, is only white space, or is a placeholder.

    Unknown: there is no name to look for.

    Placeholders are, in any case, quoted or not: `changeme`, `replaceme`, `placeholder`, `todo`
    (each also with `-`, `_` or a space inside), `tbd`, `fixme`, `example`, `dummy`, `undefined`,
    `null`, three or more `x`, `<...>`, `${...}`, `{{...}}`, and what begins with `your-` or
    `your_`. The password inside a URL is held against the same list. Neither a value nor its length
    is shown.
    """

    names: Annotated[
        tuple[Variable, ...],
        Meta(description="the variables; the card's `secrets` when left out"),
    ] = ()

    def label(self) -> str:
        """Say what is looked at."""
        return "secrets"

    async def run(self, tools: Tools) -> Result:
        """Pass when every variable is set; name each one that is not, and what is wrong with it."""
        if not self.names:
            return Result(Outcome.UNKNOWN, "no names to look for: the card's `secrets` is empty")
        wrong = tuple(filter(None, (fault(name, tools.env) for name in self.names)))
        if wrong:
            return Result(Outcome.FAILED, "; ".join(wrong), wrong)
        return Result(Outcome.PASSED, f"{len(self.names)} of {len(self.names)} set")


def fault(name: str, env: Mapping[str, str]) -> str | None:
    """Say what is wrong with the variable `name`, without its value; None when nothing is."""
    value = env.get(name)
    if value is None:
        return f"{name} is not set"
    if not value:
        return f"{name} is empty"
    if not value.strip():
        return f"{name} is only white space"
    if _PLACEHOLDER.fullmatch(value.strip().strip("\"'")):
        return f"{name} is a placeholder"
    inside = _URL_PASSWORD.match(value.strip())
    if inside and _PLACEHOLDER.fullmatch(inside[1]):
        return f"{name} has a placeholder for its password"
    return None
