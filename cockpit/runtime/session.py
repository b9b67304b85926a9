"""One cockpit at one run: record = legal? → append → apply → publish.

Every word that comes in from outside is redacted and cleaned here, once, on the way in. A journal
that cannot be written stops new steps, and is shouted about; it never stops a breaker, and what
happened meanwhile is kept and written as soon as the disk takes it.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from cockpit.foundation.clock import Clock
from cockpit.foundation.errors import JournalError, UsageError
from cockpit.foundation.redaction import Redactor, sanitize
from cockpit.journal import events as ev
from cockpit.journal.write_buffer import Appender, WriteBuffer, Written
from cockpit.state import State, apply
from cockpit.state.transitions import reason_illegal

Subscriber = Callable[[State, ev.JournalEntry], None]

NAMES = frozenset({"run", "step", "steps", "section", "breaker", "monitor"})
"""Fields that name something of the card. They are no foreign text, and tell things apart: a name
that happened to hold a short secret, and was redacted for it, would be another name."""

LINES_MOST_CHARACTERS = 100_000
"""What the lines of one event may have together: a journal's line is read again up to 1 MiB."""


class Session:
    """The state of a run, and the only way in which it changes."""

    def __init__(
        self,
        journal: Appender,
        clock: Clock,
        redactor: Redactor,
        operator: str,
        state: State | None = None,
    ) -> None:
        self.state = state or State()
        self.operator = operator
        self.redactor = redactor
        self._clock = clock
        self._backlog = WriteBuffer(journal, self._fault)
        self._order = asyncio.Lock()
        self._changed = asyncio.Event()
        self._subscribers: list[Subscriber] = []

    def now_s(self) -> float:
        """Give the present run second."""
        return self._clock.monotonic() + self.state.offset_s

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber(state, entry)` after each change."""
        self._subscribers.append(subscriber)

    async def intend(self, event: ev.Event, *, by: str | None = None) -> None:
        """Record an intent; raises JournalError when it is not on the disk: then nothing may begin.

        One that the disk has refused does not hold. One that it has not answered in time may still
        get there, and holds: whoever was to begin it says that it was not begun.
        Raises UsageError for an event that is not legal now.
        """
        if not await self._record(event, by, must=True):
            raise JournalError(self.state.journal_fault)

    async def record(self, event: ev.Event, *, by: str | None = None) -> None:
        """Record what happened; with a failing disk it holds all the same, and is written later.

        Raises UsageError for an event that is not legal now.
        """
        await self._record(event, by, must=False)

    async def until(self, holds: Callable[[State], bool]) -> State:
        """Wait until the state is such that `holds`."""
        while not holds(self.state):
            self._changed.clear()
            await self._changed.wait()
        return self.state

    async def changed(self, since: State) -> None:
        """Wait until the state is another one than `since`."""
        await self.until(lambda state: state is not since)

    async def settled(self) -> None:
        """Wait until all that was said before is recorded, also by a task that was cancelled."""
        async with self._order:
            pass

    async def _record(self, event: ev.Event, by: str | None, *, must: bool) -> bool:
        """Record in a task of its own: a cancelled caller must not tear line and state apart."""
        recording = asyncio.ensure_future(self._recorded(event, by, must=must))
        recording.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(recording)

    async def _recorded(self, event: ev.Event, by: str | None, *, must: bool) -> bool:
        async with self._order:
            if reason := reason_illegal(self.state, event):
                raise UsageError(f"{reason}; {event.kind} was not recorded")
            entry = ev.JournalEntry(
                seq=self.state.seq + 1,
                at=self._clock.utc().isoformat(timespec="milliseconds"),
                mono_s=round(self._clock.monotonic(), 4),
                by=sanitize(by or self.operator, self.redactor),
                event=self._admitted(event),
            )
            durable = not isinstance(event, ev.Frequent)
            line = ev.encode(entry)
            written = await self._backlog.write(line, durable=durable, keep=not must)
            if written is not Written.REFUSED:
                self._publish(entry)
            return written is Written.WRITTEN

    def _publish(self, entry: ev.JournalEntry) -> None:
        self.state = apply(self.state, entry)
        self._changed.set()
        for subscriber in self._subscribers:
            subscriber(self.state, entry)

    def _fault(self, words: str) -> None:
        """Keep the fault in the state: it is of this moment alone, and so never in the journal."""
        if self.state.journal_fault != words:
            self.state = replace(self.state, journal_fault=words)
            self._changed.set()

    def _admitted(self, event: ev.Event) -> ev.Event:
        changes = {
            name: self._clean(getattr(event, name))
            for name in event.__struct_fields__
            if name not in NAMES
        }
        return replace(event, **changes)

    def _clean(self, value: Any) -> Any:
        if type(value) is str:
            return sanitize(value, self.redactor)
        if isinstance(value, tuple):
            return self._clean_lines(value)
        if isinstance(value, Mapping):  # of monitors, by their names
            return {key: self._clean(item) for key, item in value.items()}
        if isinstance(value, ev.MonitorSample):
            return _seen(replace(value, note=sanitize(value.note, self.redactor)))
        return value

    def _clean_lines(self, lines: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the first of the lines, and say how many are left out."""
        kept: list[Any] = []
        left = LINES_MOST_CHARACTERS
        for line in lines:
            kept.append(self._clean(line))
            left -= len(kept[-1]) if isinstance(line, str) else 0
            if left < 0:
                return (*kept[:-1], f"… {len(lines) - len(kept) + 1:,} more lines")
        return tuple(kept)


def _seen(sample: ev.MonitorSample) -> ev.MonitorSample:
    """Take a value that is no number for what it is: nothing was seen, and that is never ok."""
    if sample.value is None or math.isfinite(sample.value):
        return sample
    tripped = sample.state is ev.MonitorStatus.TRIPPED
    state = sample.state if tripped else ev.MonitorStatus.BLIND
    return replace(sample, value=None, state=state, note=sample.note or "no number was measured")
