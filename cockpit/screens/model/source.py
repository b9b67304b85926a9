"""The source of a screen's run: one that it controls, or one that it observes."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan
from cockpit.control.open_run import OpenRun
from cockpit.engine.orders import Order
from cockpit.foundation.redaction import Redactor
from cockpit.runtime.session import Subscriber
from cockpit.state import State


class RunSource(Protocol):
    """A run to show, whoever is in control of it."""

    @property
    def card(self) -> Card:
        """The card as it is run."""

    @property
    def plan(self) -> Plan:
        """The card as a plan."""

    @property
    def state(self) -> State:
        """The state folded from the journal so far."""

    @property
    def folder(self) -> Path:
        """The run's folder."""

    @property
    def redactor(self) -> Redactor:
        """The redactor of the card's secrets, for what is read from files."""

    def now_s(self) -> float:
        """Return the present run second."""

    def utc(self) -> datetime:
        """Return the present instant."""

    def holder(self) -> str | None:
        """Return who is in control elsewhere, empty for nobody; None when this screen is."""

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber(state, entry)` after each change."""

    async def order(self, order: Order) -> None:
        """Pass an order to the engine; raises UsageError when it is not allowed, JournalError."""


class Controlled:
    """A run that this cockpit is in control of."""

    def __init__(self, running: OpenRun) -> None:
        self.running = running
        context = running.engine.context
        self.card, self.plan, self.folder = context.card, context.plan, context.folder
        self.redactor = context.session.redactor
        self._clock = context.clock

    @property
    def state(self) -> State:
        """The state folded from the journal so far."""
        return self.running.session.state

    def now_s(self) -> float:
        """Return the present run second."""
        return self.running.session.now_s()

    def utc(self) -> datetime:
        """Return the present instant."""
        return self._clock.utc()

    def holder(self) -> str | None:
        """Return None: control is here."""
        return None

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber(state, entry)` after each change."""
        self.running.session.subscribe(subscriber)

    async def order(self, order: Order) -> None:
        """Pass an order to the engine."""
        await self.running.engine.order(order)
