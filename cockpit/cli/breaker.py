"""One breaker, one rollback plan, headless: the same orders as by key."""

import argparse
import asyncio

from msgspec import Struct

from checks.core.base import Outcome
from cockpit.card.model.card import Breaker
from cockpit.card.model.plan import Plan
from cockpit.card.model.steps import Part
from cockpit.cli.advice import advice
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import aside, document, follow, say_json
from cockpit.cli.run import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import breakers, orders
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.state import State

STATUSES = {Outcome.PASSED: 0, Outcome.FAILED: 1}


def breaker(options: argparse.Namespace) -> int:
    """Fire one breaker of a card's unfinished run (or of a new one), and see its effect."""

    def objection(planned: Plan) -> None:
        found = _breaker(planned, options.name)
        breakers.command(found, options.argument)
        if found.takes == "endpoint" and not options.argument.startswith("/"):
            raise UsageError(f"{options.argument!r} is no endpoint: begin it with /, as /api/users")
        options.undoes = found.rollback is not None

    async def fire(running: OpenRun) -> int:
        follow(running)
        shot = _Shot(options.name)
        running.session.subscribe(shot.see)
        await running.engine.order(orders.Arm(options.name, options.argument))
        await running.engine.order(orders.Fire(options.name))
        await running.session.until(lambda _: shot.ended is not None)
        assert shot.ended is not None
        if _breaker(running.engine.context.plan, options.name).rollback:
            await running.conclude()
        return _say(running, options, options.name, shot.ended.outcome, shot.ended.evidence)

    return asyncio.run(interruptible(lambda: in_control(options, fire, objection, goes_on=False)))


def rollback(options: argparse.Namespace) -> int:
    """Bring back what the card's newest run has changed, and see that it is back."""
    parts = () if options.plan == "all" else (Part(options.plan),)
    options.undoes = True

    async def back(running: OpenRun) -> int:
        follow(running)
        reason = f"ordered by {running.session.operator}"
        await running.engine.order(orders.RollBack(reason, parts))
        await running.engine.idle()
        ended = running.session.state.rollback
        assert ended is not None, "a rollback that was ordered is in the state"
        outcome = ended.outcome or Outcome.UNKNOWN
        await running.conclude()
        return _say(running, options, f"rollback {options.plan}", outcome, ended.evidence)

    return asyncio.run(interruptible(lambda: in_control(options, back, goes_on=False)))


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


def _say(
    running: OpenRun, options: argparse.Namespace, what: str, outcome: Outcome, evidence: str
) -> int:
    state, planned = running.session.state, running.engine.context.plan
    status = STATUSES.get(outcome, 3)
    said = document(planned, state, running.decision())
    said["exit_status"], said["outcome"], said["evidence"] = status, outcome.value, evidence
    said["breakers"] = {
        name: {"status": found.status.value, "evidence": found.evidence}
        for name, found in state.breakers.items()
    }
    said["next"] = list(advice(options, planned, state, ())) if status else []
    for words in said["next"]:
        aside(f"next: {words}")
    if options.json:
        say_json(said)
    else:
        print(f"{what} {outcome}: {evidence}")
    return status
