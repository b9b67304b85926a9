"""Bounded, ordered write buffer in front of the journal."""

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
        """Write one line; raises OSError if it is not on the disk."""


class Written(StrEnum):
    """What became of a line: on the disk, buffered until the disk takes it, or refused."""

    WRITTEN = "written"
    KEPT = "kept"
    REFUSED = "refused"


class _Waiting(Struct, frozen=True):
    line: Mapping[str, Any]
    durable: bool


class WriteBuffer:
    """Writes one line after another; `tell` gets what is wrong now, and "" if nothing is.

    A line that the disk does not take is held here, with all that follow it, until it does. If
    `UNWRITTEN_MOST` lines wait, the oldest samples are dropped first, then the oldest line.
    """

    def __init__(self, journal: Appender, tell: Callable[[str], None]) -> None:
        self._journal, self._tell = journal, tell
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def write(self, line: Mapping[str, Any], *, durable: bool, keep: bool) -> Written:
        """Write what waits and then `line`; returns within `APPEND_TIMEOUT_S`.

        Without `keep` a line is refused if the disk refuses it or does not respond now; but a line
        that is being written already may still reach the disk, and is held. Raises ValueError or
        TypeError for a line that JSON cannot hold.
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
            # The first is being written now and must stay.
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
                self._waiting.popleft()  # it can never be written and must not block the others
                raise
            self._waiting.popleft()

    def _heard(self, writing: "asyncio.Task[None]") -> bool:
        """Whether a finished flush wrote everything; raises its error unless that is an OSError."""
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
