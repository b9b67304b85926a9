"""One cockpit's session on one run: check an event, append it to the journal, apply it, publish it.

Foreign text in an event is redacted and cleaned here, once, before it is recorded. A journal that
cannot be written stops new steps and is shown as a fault. It never stops a breaker: what happens
meanwhile is buffered, and written as soon as the disk accepts it.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from checks.core.text import count_of
from cockpit.foundation.clock import Clock
from cockpit.foundation.errors import JournalError, UsageError
from cockpit.foundation.redaction import Redactor, sanitize
from cockpit.journal import events as ev
from cockpit.journal.chain import JournalLine, Link
from cockpit.journal.spill import Spill
from cockpit.journal.write_buffer import Appender, WriteBuffer, Written
from cockpit.state import State, apply
from cockpit.state.transitions import reason_illegal

Subscriber = Callable[[State, ev.JournalEntry], None]

NAMES = frozenset({"run", "step", "steps", "section", "breaker", "monitor", "folder"})
"""Fields with names from the card. They are identifiers and not foreign text: a name that contains
a short secret by chance would no longer match if it were redacted."""

LINES_MOST_CHARACTERS = 100_000
"""The most characters of all lines of one event: the journal's reader accepts lines up to 1 MiB."""


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

    @property
    def head(self) -> Link | None:
        """The newest line that this session has written: its number and its hash."""
        return self._backlog.head

    def now_s(self) -> float:
        """Return the seconds of the run until now."""
        return self._clock.monotonic() + self.state.offset_s

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber(state, entry)` after each change."""
        self._subscribers.append(subscriber)

    async def intend(self, event: ev.Event, *, by: str | None = None) -> None:
        """Record an intent; only when this returns may the action start.

        Raises JournalError if the intent is not durably on the disk, and UsageError if the event is
        not legal now. An intent that the disk refused is not applied. One that timed out may still
        be written, and is applied: the caller must then record that the action was not started.
        """
        if not await self._record(event, by, must=True):
            raise JournalError(self.state.journal_fault)

    async def record(self, event: ev.Event, *, by: str | None = None) -> None:
        """Record what happened; if the disk fails it is applied anyway, and written later.

        Raises UsageError if the event is not legal now.
        """
        await self._record(event, by, must=False)

    async def keep_in(self, spill: Spill, kept: Sequence[Mapping[str, Any]] | None) -> None:
        """Keep lines that cannot be written in `spill`, and first record what it holds.

        `kept` are its lines that the journal does not have, None if it holds nothing at all.
        """
        self._backlog.keep_in(spill, has_kept=kept is not None)
        for line in kept or ():
            async with self._order:
                entry = ev.decode(JournalLine(self.state.seq + 1, "", "", line))
                await self._backlog.write(line, entry.seq, durable=True, keep=True, is_kept=True)
                self._publish(entry)
        if kept:
            count = count_of(len(kept), "line")
            text = f"took in {count} that could not be written when they came, and were kept beside"
            await self.record(ev.Noted(text=text), by=ev.COCKPIT)

    async def until(self, holds: Callable[[State], bool]) -> State:
        """Wait until `holds(state)` is true, and return that state."""
        while not holds(self.state):
            self._changed.clear()
            await self._changed.wait()
        return self.state

    async def changed(self, since: State) -> None:
        """Wait until the state is no longer `since`."""
        await self.until(lambda state: state is not since)

    async def settled(self) -> None:
        """Wait until every event submitted so far is recorded, even if its task was cancelled."""
        async with self._order:
            pass

    async def _record(self, event: ev.Event, by: str | None, *, must: bool) -> bool:
        """Record in a separate task: if the caller is cancelled, journal and state still agree."""
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
                by=sanitize(by or ev.author(event, self.operator), self.redactor),
                event=self._sanitized(event),
            )
            durable = not isinstance(event, ev.Frequent)
            line = ev.encode(entry)
            written = await self._backlog.write(line, entry.seq, durable=durable, keep=not must)
            if written is not Written.REFUSED:
                self._publish(entry)
            return written is Written.WRITTEN

    def _publish(self, entry: ev.JournalEntry) -> None:
        self.state = apply(self.state, entry)
        self._changed.set()
        for subscriber in self._subscribers:
            subscriber(self.state, entry)

    def _fault(self, message: str) -> None:
        """Show the journal's fault in the state; it is transient and never in the journal."""
        if self.state.journal_fault != message:
            self.state = replace(self.state, journal_fault=message)
            self._changed.set()

    def _sanitized(self, event: ev.Event) -> ev.Event:
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
        if isinstance(value, Mapping):  # of samples by the monitors' names
            return {key: self._clean(item) for key, item in value.items()}
        if isinstance(value, ev.MonitorSample):
            return _without_nan(replace(value, note=sanitize(value.note, self.redactor)))
        return value

    def _clean_lines(self, lines: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the sanitized lines up to the limit, then how many lines are left out."""
        kept: list[Any] = []
        left = LINES_MOST_CHARACTERS
        for line in lines:
            kept.append(self._clean(line))
            left -= len(kept[-1]) if isinstance(line, str) else 0
            if left < 0:
                return (*kept[:-1], f"… {count_of(len(lines) - len(kept) + 1, 'more line')}")
        return tuple(kept)


def _without_nan(sample: ev.MonitorSample) -> ev.MonitorSample:
    """Return the sample, blind and without a value if its value is not finite (law 1)."""
    if sample.value is None or math.isfinite(sample.value):
        return sample
    tripped = sample.state is ev.MonitorStatus.TRIPPED
    state = sample.state if tripped else ev.MonitorStatus.BLIND
    return replace(sample, value=None, state=state, note=sample.note or "no number was measured")
