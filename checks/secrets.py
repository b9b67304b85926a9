"""Whether the secrets are set; neither a value nor its length reaches a result."""

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
    """Each named environment variable is set, and not to a placeholder.

    Failed: a variable is not set, is empty, is only white space, or is a placeholder.

    Unknown: there is no variable to check.

    Placeholders are, in upper or lower case, quoted or not: `changeme`, `replaceme`, `placeholder`,
    `todo` (each also with `-`, `_` or a space inside), `tbd`, `fixme`, `example`, `dummy`,
    `undefined`, `null`, three or more `x`, `<...>`, `${...}`, `{{...}}`, and values that begin with
    `your-` or `your_`. The password inside a URL is checked against the same list. Neither a value
    nor its length is shown.
    """

    names: Annotated[
        tuple[Variable, ...],
        Meta(description="the variables; the card's `secrets` when left out"),
    ] = ()

    def label(self) -> str:
        """Return the default title."""
        return "secrets"

    async def run(self, tools: Tools) -> Result:
        """Check every variable; the evidence names each that is wrong, and why."""
        if not self.names:
            return Result(
                Outcome.UNKNOWN, "there are no variables to check: the card's `secrets` is empty"
            )
        wrong = tuple(filter(None, (fault(name, tools.env) for name in self.names)))
        if wrong:
            return Result(Outcome.FAILED, "; ".join(wrong), wrong)
        return Result(Outcome.PASSED, f"{len(self.names)} of {len(self.names)} set")


def fault(name: str, env: Mapping[str, str]) -> str | None:
    """Return what is wrong with a variable, without its value; None if nothing is."""
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
