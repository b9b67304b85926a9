"""`cockpit rollback`: undo what a run has changed; the same order as by key."""

import argparse
import asyncio

from checks.core.base import Outcome
from cockpit.card.model.steps import Part
from cockpit.cli.interrupt import interruptible
from cockpit.cli.order_result import print_result
from cockpit.cli.printing import follow
from cockpit.cli.take_control import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import orders


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
        return print_result(running, options, f"rollback {options.plan}", outcome, ended.evidence)

    return asyncio.run(interruptible(lambda: in_control(options, back, goes_on=False)))
