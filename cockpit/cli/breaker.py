"""`cockpit breaker`: fire one breaker and verify its effect; the same orders as by key."""

import argparse
import asyncio
from typing import assert_never

from msgspec import Struct

from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import Plan
from cockpit.cli.interrupt import interruptible
from cockpit.cli.order_result import print_result
from cockpit.cli.printing import print_news
from cockpit.cli.take_control import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import breakers, orders
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.state import State


def breaker(options: argparse.Namespace) -> int:
    """Fire one breaker in the card's unfinished run or a new one, and return the exit status."""

    def validate(planned: Plan) -> None:
        card_breaker = _breaker(planned, options.name)
        breakers.checked_argument(card_breaker, options.argument)
        options.undoes = _rolls_back(card_breaker)

    async def fire(running: OpenRun) -> int:
        print_news(running)
        shot = _BreakerEnd(options.name)
        running.session.subscribe(shot.record)
        await running.engine.order(orders.Arm(options.name, options.argument))
        await running.engine.order(orders.Fire(options.name))
        await running.session.until(lambda _: shot.ended is not None)
        assert shot.ended is not None
        if options.undoes:
            await running.conclude()
        return print_result(running, options, options.name, shot.ended.outcome, shot.ended.evidence)

    return asyncio.run(interruptible(lambda: in_control(options, fire, validate, goes_on=False)))


class _BreakerEnd(Struct):
    """How a fired breaker ended; the state does not distinguish failed from unknown."""

    name: str
    ended: ev.BreakerEnded | None = None

    def record(self, _: State, entry: ev.JournalEntry) -> None:
        if isinstance(entry.event, ev.BreakerEnded) and entry.event.breaker == self.name:
            self.ended = entry.event


def _rolls_back(card_breaker: Breaker) -> bool:
    match card_breaker:
        case CommandBreaker():
            return False
        case RollbackBreaker():
            return True
        case _:
            assert_never(card_breaker)


def _breaker(planned: Plan, name: str) -> Breaker:
    for card_breaker in planned.breakers:
        if card_breaker.breaker == name:
            return card_breaker
    names = ", ".join(card_breaker.breaker for card_breaker in planned.breakers)
    raise UsageError(f"the card has no breaker {name!r}; its breakers are {names or 'none'}")
