"""Bounded, ordered write buffer in front of the journal.

What waits in it is kept in a second place as well, so that it outlives this process.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from checks.core.durations import format_duration
from cockpit.journal.chain import JournalLine, Link
from cockpit.journal.spill import Spill

APPEND_TIMEOUT_S = 2.0
UNWRITTEN_MOST = 5000
KEEP_TIMEOUT_S = 1.0


NO_ANSWER = f"the journal does not answer: no line written for {format_duration(APPEND_TIMEOUT_S)}"


class Appender(Protocol):
    """The part of a journal writer that a session needs."""

    async def append(self, fields: Mapping[str, Any], *, durable: bool = True) -> Any:
        """Write one line; raises OSError if it is not on the disk."""


class Written(StrEnum):
    """What became of a line: on the disk, buffered until the disk takes it, or refused."""

    WRITTEN = "written"
    KEPT = "kept"
    REFUSED = "refused"


class _Waiting(Struct, eq=False):
    line: Mapping[str, Any]
    number: int
    durable: bool
    kept: bool = False


class WriteBuffer:
    """Writes one line after another; `tell` gets what is wrong now, and "" if nothing is.

    A line that the disk does not take is held here, with all that follow it, until it does, and
    kept in the `spill`, where the next cockpit finds it. If `UNWRITTEN_MOST` lines wait, the oldest
    samples are dropped first, then the oldest line.
    """

    def __init__(self, journal: Appender, tell: Callable[[str], None]) -> None:
        self._journal, self._tell = journal, tell
        self._spill: Spill | None = None
        self._has_kept = False
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None
        self.head: Link | None = None
        """The end of the chain with the newest line that was written; None before one."""

    async def write(
        self,
        line: Mapping[str, Any],
        number: int,
        *,
        durable: bool,
        keep: bool,
        is_kept: bool = False,
    ) -> Written:
        """Write what waits and then `line`; returns within about `APPEND_TIMEOUT_S`.

        `number` orders the lines in the spill, which holds the line already with `is_kept`.
        Without `keep` a line is refused if the disk refuses it or does not respond now; but a line
        that is being written already may still reach the disk, and is held. Raises ValueError or
        TypeError for a line that JSON cannot hold.
        """
        waiting = _Waiting(line, number, durable, is_kept)
        if self._writing is not None and not self._writing.done():
            if keep:
                self._add(waiting)
                await self._tell_fault(NO_ANSWER)
            return Written.KEPT if keep else Written.REFUSED
        self._add(waiting)
        self._writing = None
        writing = asyncio.ensure_future(self._flush())
        await asyncio.wait({writing}, timeout=APPEND_TIMEOUT_S)
        if not writing.done():
            self._writing = writing
            writing.add_done_callback(self._caught_up)
            await self._tell_fault(NO_ANSWER)
            return Written.KEPT
        fault = _fault(writing)
        if fault and not keep:
            self._waiting.pop()
        await self._tell_fault(fault)
        if not fault:
            return Written.WRITTEN
        return Written.KEPT if keep else Written.REFUSED

    def keep_in(self, spill: Spill, *, has_kept: bool) -> None:
        """Keep what waits in `spill` from now on; what it holds is cleared after the next flush."""
        self._spill, self._has_kept = spill, has_kept

    async def _tell_fault(self, fault: str) -> None:
        """Keep what waits in the second place, and tell the fault with what became of it."""
        where = await self._keep() if fault else ""
        if self._writing is not None and self._writing.done():
            return  # it has told by itself, meanwhile, how it ended
        self._tell("; ".join(filter(None, (fault, where))))

    async def _keep(self) -> str:
        """Keep what waits; returns where, or that nothing takes it; empty without a spill."""
        new = [waiting for waiting in self._waiting if not waiting.kept]
        if self._spill is None or not (new or self._has_kept):
            return ""
        lines, self._has_kept = [(waiting.number, waiting.line) for waiting in new], True
        keeping = asyncio.ensure_future(asyncio.to_thread(self._spill.keep, lines))
        await asyncio.wait({keeping}, timeout=KEEP_TIMEOUT_S)
        if not keeping.done() or keeping.exception():
            keeping.add_done_callback(lambda done: done.cancelled() or done.exception())
            return "no second place takes its lines, which this process alone has"
        for waiting in new:
            waiting.kept = True
        return f"its lines are kept in {keeping.result()}"

    def _add(self, waiting: _Waiting) -> None:
        if len(self._waiting) >= UNWRITTEN_MOST:
            # The first is being written now and must stay.
            others = range(1, len(self._waiting))
            samples = (place for place in others if not self._waiting[place].durable)
            del self._waiting[next(samples, 1)]
        self._waiting.append(waiting)

    async def _flush(self) -> None:
        while self._waiting:
            first = self._waiting[0]
            try:
                line = await self._journal.append(first.line, durable=first.durable)
                self.head = line.link if isinstance(line, JournalLine) else self.head
            except (ValueError, TypeError):
                self._waiting.popleft()  # it can never be written and must not block the others
                raise
            self._waiting.popleft()
        if self._spill is not None and self._has_kept:
            self._has_kept = False
            with contextlib.suppress(OSError):  # what stays is known to be in the journal
                await asyncio.to_thread(self._spill.clear)

    def _caught_up(self, writing: "asyncio.Task[None]") -> None:
        if writing.cancelled():
            return
        try:
            self._tell(_fault(writing))
        except (ValueError, TypeError) as error:
            self._tell(f"the journal refuses a line: {error}")


def _fault(writing: "asyncio.Task[None]") -> str:
    """Return why a finished flush did not write everything; raises an error of another kind."""
    error = writing.exception()
    if error is not None and not isinstance(error, OSError):
        raise error
    return f"the journal cannot be written: {error.strerror or error}" if error else ""
