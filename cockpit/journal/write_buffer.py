"""Lines on their way to the journal: in order, with patience, kept while the disk takes none."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from checks.core.durations import format_duration

APPEND_TIMEOUT_S = 2.0
UNWRITTEN_MOST = 5000


class Appender(Protocol):
    """The part of a journal writer that a session needs."""

    async def append(self, fields: Mapping[str, Any], *, durable: bool = True) -> Any:
        """Write one line; raises OSError when it is not on the disk."""


class Written(StrEnum):
    """What became of a line: on the disk, kept to be written by and by, or not taken at all."""

    WRITTEN = "written"
    KEPT = "kept"
    REFUSED = "refused"


class _Waiting(Struct, frozen=True):
    line: Mapping[str, Any]
    durable: bool


class WriteBuffer:
    """Writes one line after another; `tell` is told what is wrong now, and "" when nothing is.

    A line that the disk has not taken stays here, with all that come after it, until it does. When
    `UNWRITTEN_MOST` wait, samples are given up before anything else, and the oldest first.
    """

    def __init__(self, journal: Appender, tell: Callable[[str], None]) -> None:
        self._journal, self._tell = journal, tell
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def write(self, line: Mapping[str, Any], *, durable: bool, keep: bool) -> Written:
        """Write what waits and then `line`; answers within `APPEND_TIMEOUT_S`.

        A line that need not be kept is refused when the disk refuses it, or answers nobody now. One
        whose turn has come may still reach the disk: it is kept. Raises ValueError or TypeError for
        what is no JSON.
        """
        if self._writing is not None and not self._writing.done():
            if keep:
                self._add(line, durable=durable)
            return Written.KEPT if keep else Written.REFUSED
        self._add(line, durable=durable)
        writing = asyncio.ensure_future(self._flush())
        await asyncio.wait({writing}, timeout=APPEND_TIMEOUT_S)
        if not writing.done():
            self._writing = writing
            patience = format_duration(APPEND_TIMEOUT_S)
            self._tell(f"the journal does not answer: no line written for {patience}")
            writing.add_done_callback(self._caught_up)
            return Written.KEPT
        if self._heard(writing):
            return Written.WRITTEN
        if not keep:
            self._waiting.pop()
        return Written.KEPT if keep else Written.REFUSED

    def _add(self, line: Mapping[str, Any], *, durable: bool) -> None:
        if len(self._waiting) >= UNWRITTEN_MOST:
            # The first is being written just now, and is left alone.
            others = range(1, len(self._waiting))
            samples = (place for place in others if not self._waiting[place].durable)
            del self._waiting[next(samples, 1)]
        self._waiting.append(_Waiting(line, durable))

    async def _flush(self) -> None:
        while self._waiting:
            first = self._waiting[0]
            try:
                await self._journal.append(first.line, durable=first.durable)
            except (ValueError, TypeError):
                self._waiting.popleft()  # it can never be written, and must not stop the others
                raise
            self._waiting.popleft()

    def _heard(self, writing: "asyncio.Task[None]") -> bool:
        """Say whether a finished flush brought all to the disk; raises what is no OSError."""
        error = writing.exception()
        if isinstance(error, OSError):
            self._tell(f"the journal cannot be written: {error.strerror or error}")
        elif error is not None:
            raise error
        else:
            self._tell("")
        return error is None

    def _caught_up(self, writing: "asyncio.Task[None]") -> None:
        if writing.cancelled():
            return
        try:
            self._heard(writing)
        except (ValueError, TypeError) as error:
            self._tell(f"the journal refuses a line: {error}")
