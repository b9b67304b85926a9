"""Whether the API of this release still serves the clients of an earlier one."""

import re
from collections.abc import Iterable, Sequence
from os.path import relpath
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import UnreadableError
from checks.core.files import text
from checks.core.text import count_of, join_names, one_line
from checks.core.threads import Going, work
from checks.core.units import Text
from checks.openapi.constraints import Change
from checks.openapi.document import parse_document
from checks.process.child import follow

_MOST_BYTES = 16 * 1024 * 1024
_DETAILS = 200
_REVISION = re.compile(r"[A-Za-z0-9_][\w./@{}^~+-]*")


def against(value: Any) -> Any:
    """Return `value` unchanged; raises ValueError if its git revision is malformed."""
    if isinstance(value, str) and value.startswith("git:"):
        revision = value.removeprefix("git:")
        if "${" not in revision and not _REVISION.fullmatch(revision):
            raise ValueError(f"{value!r} is not a revision: write it as git:v2.4.0")
    return value


class Compatibility(Check, kw_only=True, frozen=True, tag="compatibility"):
    """The OpenAPI document breaks no client of an earlier one.

    Failed: there is a breaking change. Each is named by operation and field. Breaking changes are:
    a removed operation, parameter, field, status, header or media type; anything newly required of
    a request; a request whose type, values or bounds became narrower; a response whose type, values
    or bounds became wider, or whose field may be missing; authentication where there was none.

    Unknown: a document cannot be read or is invalid, or it differs in a way that cannot be compared
    (`not`, a changed pattern).

    Webhooks, callbacks and servers are not compared.
    """

    FIGURES: ClassVar = {
        "breaking": "breaking changes",
        "operations": "operations of the earlier document",
    }

    against: Annotated[
        Text,
        Meta(
            extra={"read": against},
            description="the earlier document: a file, or `git:v2.4.0` for the same file at that"
            " revision",
        ),
    ]
    openapi: Annotated[
        str, Meta(description="the OpenAPI document; the target's when left out")
    ] = ""

    def label(self) -> str:
        """Return the default title."""
        return one_line(f"compatible with {self.against}", 60)

    async def run(self, tools: Tools) -> Result:
        """Compare both documents; the evidence counts the breaks, the details list them."""
        from checks.openapi.api_diff import breaking_changes  # noqa: PLC0415
        from checks.openapi.validation import validated  # noqa: PLC0415

        name = self.openapi or tools.target.openapi
        if not name:
            return Result(Outcome.UNKNOWN, "there is no document to compare: name `openapi`")
        try:
            now = await text(tools.path(name), name)
            before, before_name = await self._earlier(tools, name)

            def compare(going: Going) -> Result:
                old = validated(parse_document(before, before_name), before)
                new = validated(parse_document(now, name), now)
                return _judge(
                    _collect(breaking_changes(old, new, going)), len(old.operations()), before_name
                )

            return await work(compare)
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, one_line(str(error), 300))
        except RecursionError:
            return Result(Outcome.UNKNOWN, f"{name} is nested too deeply to be compared")

    async def _earlier(self, tools: Tools, name: str) -> tuple[str, str]:
        """Return the text of the earlier document, and its name in errors."""
        earlier = tools.expand(self.against)
        if not earlier.startswith("git:"):
            return await text(tools.path(self.against), earlier), earlier
        revision = earlier.removeprefix("git:")
        if not _REVISION.fullmatch(revision):
            raise UnreadableError(f"{one_line(earlier, 80)} is not a revision")
        path = _relative_path(tools, name)
        return await _read_at_revision(revision, path, tools), f"{name} at {revision}"


def _relative_path(tools: Tools, name: str) -> str:
    """Return the path of a file relative to the card's folder, as git needs it."""
    return relpath(tools.path(name), tools.folder)


async def _read_at_revision(revision: str, path: str, tools: Tools) -> str:
    """Return a file of the card's repository at a revision; raises UnreadableError."""
    output = bytearray()

    def feed(chunk: bytes) -> None:
        output.extend(chunk[: _MOST_BYTES + 1 - len(output)])

    argv = ["git", "--no-pager", "cat-file", "blob", f"{revision}:./{path}"]
    # git must neither fetch objects that a partial clone lacks, nor prompt for a password.
    quiet = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        status = await follow(argv, tools.folder, {**tools.env, **quiet}, feed)
    except (OSError, ValueError) as error:
        reason = isinstance(error, OSError) and error.strerror
        raise UnreadableError(f"git cannot be started: {reason or error}") from error
    content = output.decode("utf-8-sig", "replace")
    if status != 0:
        lines = [line for line in content.splitlines() if line.strip()]
        reason = one_line(lines[-1] if lines else f"status {status}", 120)
        raise UnreadableError(f"git cannot read {path} at {revision}: {reason}")
    if len(output) > _MOST_BYTES:
        raise UnreadableError(f"{path} at {revision} is larger than 16 MiB")
    return content


def _collect(changes: Iterable[Change]) -> list[Change]:
    """Return the changes without duplicates; those before an error are not lost to it."""
    collected: dict[Change, None] = {}
    try:
        for change in changes:
            collected[change] = None
    except UnreadableError as error:
        if not any(change.certain for change in collected):
            raise
        return [*collected, Change("the rest", f"cannot be compared: {error}", certain=False)]
    return list(collected)


def _judge(changes: Sequence[Change], operations: int, earlier: str) -> Result:
    breaks = [str(change) for change in changes if change.certain]
    uncertain = [str(change) for change in changes if not change.certain]
    lines = [*breaks, *uncertain]
    left = len(lines) - _DETAILS
    details = (*lines[:_DETAILS], *([f"… and {left:,} more"] if left > 0 else []))
    figures = {"breaking": float(len(breaks)), "operations": float(operations)}
    if breaks:
        noun = "breaking change" if len(breaks) == 1 else "breaking changes"
        evidence = f"{len(breaks):,} {noun}: {join_names([one_line(line, 120) for line in breaks])}"
        return Result(Outcome.FAILED, evidence, details, figures)
    if uncertain:
        evidence = f"cannot be compared: {join_names([one_line(line, 120) for line in uncertain])}"
        return Result(Outcome.UNKNOWN, evidence, details, figures)
    evidence = f"nothing breaks in {count_of(operations, 'operation')} of {earlier}"
    return Result(Outcome.PASSED, evidence, (), figures)
