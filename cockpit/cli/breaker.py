"""`cockpit breaker`: fire one breaker and verify its effect; the same orders as by key."""

import argparse
import asyncio
from typing import assert_never

from msgspec import Struct

from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import Plan
from cockpit.cli.dry_run import breaker_named, print_dry_breaker
from cockpit.cli.interrupt import interruptible
from cockpit.cli.order_result import print_result
from cockpit.cli.printing import print_aside, print_news
from cockpit.cli.take_control import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import breakers, orders
from cockpit.journal import events as ev
from cockpit.state import State


def breaker(options: argparse.Namespace) -> int:
    """Fire one breaker in the card's unfinished run or a new one, and return the exit status."""
    if options.dry_run:
        print_dry_breaker(options)
        return 0

    def validate(planned: Plan) -> None:
        card_breaker = breaker_named(planned, options.name)
        breakers.checked_argument(card_breaker, options.argument)
        options.undoes, options.never_waits = _rolls_back(card_breaker), True

    async def fire(running: OpenRun) -> int:
        print_news(running)
        shot = _BreakerEnd(options.name)
        running.session.subscribe(shot.record)
        if (followed := await _followed(running, options, shot)) is not None:
            return followed
        await running.engine.order(orders.Arm(options.name, options.argument))
        if options.anyway:
            await running.engine.order(orders.Arm(options.name, options.argument))
        await running.engine.order(orders.Fire(options.name))
        await running.session.until(lambda _: shot.ended is not None)
        assert shot.ended is not None
        if options.undoes:
            await running.conclude()
        return print_result(running, options, options.name, shot.ended.outcome, shot.ended.evidence)

    return asyncio.run(interruptible(lambda: in_control(options, fire, validate, goes_on=False)))


async def _followed(
    running: OpenRun, options: argparse.Namespace, shot: "_BreakerEnd"
) -> int | None:
    """Follow an earlier attempt to its end; returns the exit status if its end is the result.

    It is the result if the attempt still ran, with the same argument: then this order is the same
    order given again. After one that had ended before, and after another's, the breaker is fired.
    """
    state = running.session.state.breakers.get(options.name)
    if state is None or state.status not in breakers.ON_ITS_WAY:
        return None
    runs = await _still_runs(running, options.name)
    words = "still runs" if runs else "has ended, and its outcome is being recorded"
    print_aside(f"{options.name}: an earlier attempt {words}; it is followed to its end first")
    await running.session.until(lambda now: not _on_its_way(now, options.name))
    ended, shot.ended = shot.ended, None
    if not runs or ended is None or state.argument != options.argument:
        return None
    if options.undoes:
        await running.conclude()
    evidence = f"{ended.evidence}; an earlier attempt still ran, nothing was sent again"
    return print_result(running, options, options.name, ended.outcome, evidence)


def _on_its_way(state: State, name: str) -> bool:
    return state.breakers[name].status in breakers.ON_ITS_WAY


async def _still_runs(running: OpenRun, name: str) -> bool:
    context = running.engine.context
    card_breaker = breaker_named(context.plan, name)
    match card_breaker:
        case CommandBreaker():
            return await breakers.still_runs(context, card_breaker)
        case RollbackBreaker():
            rollback = context.session.state.rollback
            return rollback is not None and rollback.outcome is None
        case _:
            assert_never(card_breaker)


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
