"""`cockpit rollback`: undo what a run has changed; the same order as by key."""

import argparse
import asyncio

from checks.core.base import Outcome
from cockpit.card.model.steps import Part
from cockpit.cli.dry_run import print_dry_rollback
from cockpit.cli.interrupt import interruptible
from cockpit.cli.order_result import print_result
from cockpit.cli.printing import print_news
from cockpit.cli.take_control import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import orders


def rollback(options: argparse.Namespace) -> int:
    """Undo what the card's newest run has changed, verify it, and return the exit status."""
    if options.dry_run:
        print_dry_rollback(options)
        return 0
    parts = () if options.plan == "all" else (Part(options.plan),)
    options.undoes, options.never_waits = True, options.anyway

    async def work(running: OpenRun) -> int:
        print_news(running)
        reason = f"ordered by {running.session.operator}"
        await running.engine.order(orders.RollBack(reason, parts, anyway=options.anyway))
        await running.engine.idle()
        ended = running.session.state.rollback
        assert ended is not None, "a rollback that was ordered is in the state"
        outcome = ended.outcome or Outcome.UNKNOWN
        await running.conclude()
        return print_result(running, options, f"rollback {options.plan}", outcome, ended.evidence)

    return asyncio.run(interruptible(lambda: in_control(options, work, goes_on=False)))
