"""One cockpit at one run: record = legal? → append → apply → publish.

Every word that comes in from outside is masked and cleaned here, once, on the way in. A journal
that cannot be written stops new steps, and is shouted about; it never stops a breaker, and what
happened meanwhile is kept and written as soon as the disk takes it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Protocol

from cockpit.clock import Clock
from cockpit.errors import JournalError, UsageError
from cockpit.journal import events as ev
from cockpit.legal import objection
from cockpit.state import State, apply
from cockpit.text import Mask, admit

APPEND_TIMEOUT_S = 2.0
UNWRITTEN_MOST = 5000
Subscriber = Callable[[State, ev.Entry], None]


class Appender(Protocol):
    """The part of a journal writer that a session needs."""

    async def append(self, fields: Mapping[str, Any], *, durable: bool = True) -> Any:
        """Write one line; raises OSError when it is not on the disk."""


class Session:
    """The state of a run, and the only way in which it changes."""

    def __init__(
        self, journal: Appender, clock: Clock, mask: Mask, operator: str, state: State | None = None
    ) -> None:
        self.state = state or State()
        self.operator = operator
        self.mask = mask
        self._journal, self._clock = journal, clock
        self._order = asyncio.Lock()
        self._changed = asyncio.Event()
        self._subscribers: list[Subscriber] = []
        self._unwritten: deque[dict[str, Any]] = deque(maxlen=UNWRITTEN_MOST)
        self._slow: asyncio.Task[None] | None = None

    def now_s(self) -> float:
        """Give the present run second."""
        return self._clock.monotonic() + self.state.offset_s

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber(state, entry)` after each change."""
        self._subscribers.append(subscriber)

    async def intend(self, event: ev.Event, *, by: str | None = None) -> None:
        """Record an intent; raises JournalError, and it does not hold, when it is not on disk."""
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

    async def _record(self, event: ev.Event, by: str | None, *, must: bool) -> bool:
        """Record in a task of its own: a cancelled caller must not tear line and state apart."""
        recording = asyncio.ensure_future(self._recorded(event, by, must=must))
        return await asyncio.shield(recording)

    async def _recorded(self, event: ev.Event, by: str | None, *, must: bool) -> bool:
        async with self._order:
            if reason := objection(self.state, event):
                raise UsageError(f"{reason}; {event.kind} was not recorded")
            entry = ev.Entry(
                seq=0,
                at=self._clock.utc().isoformat(timespec="milliseconds"),
                mono_s=round(self._clock.monotonic(), 4),
                by=by or self.operator,
                event=self._admitted(event),
            )
            durable = not isinstance(event, ev.Sampled | ev.TrafficSeen)
            written = await self._write(ev.encode(entry), durable=durable, keep=not must)
            if written or not must:
                self._publish(entry)
            return written

    def _publish(self, entry: ev.Entry) -> None:
        self.state = apply(self.state, entry)
        self._changed.set()
        for subscriber in self._subscribers:
            subscriber(self.state, entry)

    async def _write(self, line: dict[str, Any], *, durable: bool, keep: bool) -> bool:
        """Append what is unwritten, then `line`; tells whether all of it is on the disk."""
        if self._slow and not self._slow.done():
            if keep:
                self._unwritten.append(line)
            return False
        pending = asyncio.ensure_future(self._append_all(line, durable=durable, keep=keep))
        done, _ = await asyncio.wait({pending}, timeout=APPEND_TIMEOUT_S)
        if not done:
            if not keep:
                pending.cancel()  # an intent whose turn has not come is taken back
            self._slow = pending
            self._fault(f"the journal does not answer: no line written for {APPEND_TIMEOUT_S:.0f}s")
            pending.add_done_callback(self._caught_up)
            return False
        return self._outcome(pending)

    async def _append_all(self, line: dict[str, Any], *, durable: bool, keep: bool) -> None:
        waiting = [*self._unwritten, line]
        for position, item in enumerate(waiting):
            try:
                await self._journal.append(item, durable=durable)
            except OSError:
                left = waiting[position:] if keep else waiting[position:-1]
                self._unwritten = deque(left, maxlen=UNWRITTEN_MOST)
                raise
        self._unwritten.clear()

    def _outcome(self, appended: "asyncio.Task[None]") -> bool:
        error = None if appended.cancelled() else appended.exception()
        if isinstance(error, OSError):
            self._fault(f"the journal cannot be written: {error.strerror or error}")
            return False
        if error is not None:
            raise error
        self._fault("")
        return True

    def _caught_up(self, appended: "asyncio.Task[None]") -> None:
        self._outcome(appended)
        self._changed.set()

    def _fault(self, words: str) -> None:
        """Keep the fault in the state: it is of this moment alone, and so never in the journal."""
        if self.state.journal_fault != words:
            self.state = replace(self.state, journal_fault=words)
            self._changed.set()

    def _admitted(self, event: ev.Event) -> ev.Event:
        changes = {
            field.name: self._clean(getattr(event, field.name))
            for field in fields(event)
            if field.name != "kind"
        }
        return replace(event, **changes)

    def _clean(self, value: Any) -> Any:
        if type(value) is str:
            return admit(value, self.mask)
        if isinstance(value, tuple):
            return tuple(self._clean(item) for item in value)
        if isinstance(value, Mapping):
            return {key: self._clean(item) for key, item in value.items()}
        if isinstance(value, ev.Sample):
            return replace(value, note=admit(value.note, self.mask))
        return value
