"""`cockpit breaker`: fire one breaker and verify its effect; the same orders as by key."""

import argparse
import asyncio

from msgspec import Struct

from cockpit.card.model.breakers import Breaker, RollbackBreaker
from cockpit.card.model.plan import Plan
from cockpit.cli.interrupt import interruptible
from cockpit.cli.order_result import print_result
from cockpit.cli.printing import follow
from cockpit.cli.take_control import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import breakers, orders
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.state import State


def breaker(options: argparse.Namespace) -> int:
    """Fire one breaker of a card's unfinished run (or of a new one), and see its effect."""

    def objection(planned: Plan) -> None:
        found = _breaker(planned, options.name)
        breakers.checked_argument(found, options.argument)
        options.undoes = isinstance(found, RollbackBreaker)

    async def fire(running: OpenRun) -> int:
        follow(running)
        shot = _Shot(options.name)
        running.session.subscribe(shot.see)
        await running.engine.order(orders.Arm(options.name, options.argument))
        await running.engine.order(orders.Fire(options.name))
        await running.session.until(lambda _: shot.ended is not None)
        assert shot.ended is not None
        if options.undoes:
            await running.conclude()
        return print_result(running, options, options.name, shot.ended.outcome, shot.ended.evidence)

    return asyncio.run(interruptible(lambda: in_control(options, fire, objection, goes_on=False)))


class _Shot(Struct):
    """Sees how a fired breaker ends: passed, failed, or unknown, which the state calls failed."""

    name: str
    ended: ev.BreakerEnded | None = None

    def see(self, _: State, entry: ev.JournalEntry) -> None:
        if isinstance(entry.event, ev.BreakerEnded) and entry.event.breaker == self.name:
            self.ended = entry.event


def _breaker(planned: Plan, name: str) -> Breaker:
    for found in planned.breakers:
        if found.breaker == name:
            return found
    names = ", ".join(found.breaker for found in planned.breakers)
    raise UsageError(f"the card has no breaker {name!r}; it has {names or 'none'}")
