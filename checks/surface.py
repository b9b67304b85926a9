"""How many operations of the API are public, and whether all of them are typed."""

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import UnreadableError
from checks.core.text import join_names
from checks.core.threads import work
from checks.openapi.document import Document, read_document

GENERIC = "GenericObject"


class Surface(Check, kw_only=True, frozen=True, tag="surface"):
    """The expected number of operations is public, and none of them uses `GenericObject`.

    An operation is public if its own `x-visibility` is `public`, and internal otherwise. References
    to schemas are followed.

    Failed: another number of operations is public, or one of them uses `GenericObject`.

    Unknown: the OpenAPI document cannot be read.
    """

    public: Annotated[int, Meta(ge=0, description="how many operations are public")]
    openapi: Annotated[
        str, Meta(description="the OpenAPI document; the target's when left out")
    ] = ""

    def label(self) -> str:
        """Return the default title."""
        return "public surface"

    async def run(self, tools: Tools) -> Result:
        """Count the public operations and follow their references; the details name them all."""
        name = self.openapi or tools.target.openapi
        if not name:
            return Result(Outcome.UNKNOWN, "there is no document to check: name `openapi`")
        try:
            api = await read_document(tools.path(name), name)
            # Following every reference of a large document takes a while.
            return await work(lambda going: self._count(api, going))
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, str(error))

    def _count(self, api: Document, going: Callable[[], None]) -> Result:
        public = [operation for operation in api.operations() if operation.public]
        generic = []
        for operation in public:
            going()
            generic += [operation.name] if api.uses_schema(operation, GENERIC) else []
        return self._judge([operation.name for operation in public], generic)

    def _judge(self, public: list[str], generic: list[str]) -> Result:
        faults = []
        if len(public) != self.public:
            faults.append(f"{len(public)} public, {self.public} expected")
        if generic:
            verb = "uses" if len(generic) == 1 else "use"
            faults.append(f"{join_names(generic)} {verb} {GENERIC}")
        if faults:
            return Result(Outcome.FAILED, "; ".join(faults), tuple(public))
        return Result(Outcome.PASSED, f"{len(public)} of {self.public} public", tuple(public))
