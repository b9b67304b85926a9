"""A run that another cockpit controls: its journal, folded as it grows."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from cockpit.card.load_card import loads
from cockpit.card.model.pace import paced
from cockpit.card.model.plan import plan
from cockpit.engine.orders import Order
from cockpit.foundation.clock import Clock
from cockpit.foundation.errors import UsageError
from cockpit.foundation.redaction import Redactor
from cockpit.journal.chain import JournalLine
from cockpit.journal.events import JournalEntry, RunStarted, decode
from cockpit.journal.journal_reader import JournalTail, Rewound
from cockpit.runtime.environment import boot_id
from cockpit.runtime.run_folder import RunFolder
from cockpit.runtime.session import Subscriber
from cockpit.state import State, apply

POLL_S = 0.5


class Observer:
    """Reads a run and gives no orders; the state changes only while `follow` runs.

    Raises CardError or OSError if the run's card cannot be read.
    """

    def __init__(self, folder: RunFolder, clock: Clock, redactor: Redactor = Redactor({})) -> None:  # noqa: B008
        self._run, self._clock, self.redactor = folder, clock, redactor
        self._unpaced = loads(folder.card_text(), str(folder.card))
        self.card, self.plan = self._unpaced, plan(self._unpaced)
        self.state = State()
        self._tail = JournalTail(folder.journal)
        self._subscribers: list[Subscriber] = []
        self._holder = ""

    @property
    def folder(self) -> Path:
        """Return the run's folder."""
        return self._run.path

    def now_s(self) -> float:
        """Return the seconds of the run until now; after another boot, by the wall clock."""
        if self.state.boot == boot_id():
            return self._clock.monotonic() + self.state.offset_s
        last = self.state.last_at
        if not last:
            return 0.0
        since = (self.utc() - datetime.fromisoformat(last)).total_seconds()
        return self.state.now_s + max(0.0, since)

    def utc(self) -> datetime:
        """Return the current time in UTC."""
        return self._clock.utc().astimezone(UTC)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber(state, entry)` after each line."""
        self._subscribers.append(subscriber)

    def holder(self) -> str | None:
        """Return who was in control at the last poll; empty for nobody."""
        return self._holder

    async def order(self, order: Order) -> None:
        """Raise UsageError: an observer gives no orders."""
        name = type(order).__name__
        raise UsageError(
            f"{name} was not ordered: this screen is read-only, another one is in control"
        )

    async def follow(self) -> None:
        """Follow the journal until cancelled; raises JournalError for a broken line."""
        while True:
            if not await self.catch_up():
                await self._clock.sleep(POLL_S)

    async def catch_up(self) -> int:
        """Apply the new lines, and return their number; starts again if the journal was rewound."""
        try:
            lines, self._holder = await asyncio.to_thread(self._poll)
        except Rewound:
            self.state = State()
            return 1
        for line in lines:
            self._take(decode(line))
        return len(lines)

    def _poll(self) -> tuple[list[JournalLine], str]:
        holder = self._run.holder()
        return self._tail.poll(), holder.name if holder else ""

    def _take_card(self, run: RunStarted, sha256: str) -> None:
        """Take the card that is run: the one in the folder may have been edited since."""
        if (text := self._run.kept_card(sha256)) is not None:
            self._unpaced = loads(text, str(self._run.card))
        self.card = paced(self._unpaced, run.speed)
        self.plan = plan(self.card)

    def _take(self, entry: JournalEntry) -> None:
        before = self.state.card_sha256
        self.state = apply(self.state, entry)
        if self.state.run is not None and self.state.card_sha256 != before:
            self._take_card(self.state.run, self.state.card_sha256)
        for subscriber in self._subscribers:
            subscriber(self.state, entry)
