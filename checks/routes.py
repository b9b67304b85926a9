"""Whether the routes of the code are those of the specification."""

import asyncio
from typing import Annotated

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import UnreadableError
from checks.core.files import text
from checks.core.text import join_names, one_line
from checks.core.units import Text
from checks.openapi.document import METHODS, read_document, without_parameter_names


class Routes(Check, kw_only=True, frozen=True, tag="routes"):
    """The code and the specification have the same routes.

    Both are text files with one route a line, as `GET /users/{id}`. The specification may be an
    OpenAPI document instead. Order, repetition, white space and the names of path parameters do not
    matter. Any line that is not a `METHOD /path` is compared verbatim.

    Failed: a route is on one side only. The evidence names the first three of each side.

    Unknown: a file cannot be read, or holds no routes.
    """

    code: Annotated[Text, Meta(description="a file with the routes of the code")]
    spec: Annotated[Text | None, Meta(description="a file with the specified routes")] = None
    openapi: Annotated[
        Text | None,
        Meta(description="or an OpenAPI document; the target's when both are left out"),
    ] = None

    def __post_init__(self) -> None:
        """Check that there is only one specification."""
        if self.spec and self.openapi:
            raise ValueError("`spec` and `openapi` exclude each other: leave out one of them")

    def label(self) -> str:
        """Return the default title."""
        return "routes in code and spec"

    async def run(self, tools: Tools) -> Result:
        """Compare both sides; the evidence names the first three differences of each."""
        try:
            content = await text(tools.path(self.code), self.code)
            code = await asyncio.to_thread(_routes, content, self.code)
            spec = await self._specified(tools)
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, str(error))
        return await asyncio.to_thread(_compare, code, spec)

    async def _specified(self, tools: Tools) -> dict[str, str]:
        if self.spec:
            content = await text(tools.path(self.spec), self.spec)
            return await asyncio.to_thread(_routes, content, self.spec)
        name = self.openapi or tools.target.openapi
        if not name:
            raise UnreadableError("nothing to compare with: name `spec` or `openapi`")
        specified = await read_document(tools.path(name), name)
        return {_key(operation.name): operation.name for operation in specified.operations()}


def _compare(code: dict[str, str], spec: dict[str, str]) -> Result:
    extra = [one_line(code[key]) for key in sorted(code.keys() - spec.keys())]
    missing = [one_line(spec[key]) for key in sorted(spec.keys() - code.keys())]
    if not extra and not missing:
        return Result(Outcome.PASSED, f"{len(code)} of {len(spec)} in both")
    sides = (("in code, not in spec", extra), ("in spec, not in code", missing))
    evidence = "; ".join(f"{side}: {join_names(names)}" for side, names in sides if names)
    details = tuple(f"{side}: {name}" for side, names in sides for name in names)
    return Result(Outcome.FAILED, evidence, details)


def _routes(content: str, name: str) -> dict[str, str]:
    """Return the routes by comparison key; raises UnreadableError if there are none."""
    lines = (" ".join(line.split()) for line in content.splitlines())
    routes: dict[str, str] = {}
    for line in filter(None, lines):
        routes.setdefault(_key(line), line)
    if not routes:
        raise UnreadableError(f"{name} holds no routes")
    return routes


def _key(line: str) -> str:
    method, _, path = line.partition(" ")
    if method.lower() in METHODS and path.startswith("/"):
        return f"{method.upper()} {without_parameter_names(path)}"
    return line
