"""Shift traffic: order the share, then observe the requests; done when it is observed."""

import asyncio
from typing import assert_never

from checks.core.base import Outcome, Result
from cockpit.card.model.card import Card
from cockpit.card.model.routers import CommandRouter, Router
from cockpit.card.model.steps import Traffic
from cockpit.engine.action import ActionCommand, perform
from cockpit.engine.context import Context
from cockpit.engine.share_pages import SharePages, page_before, share_pages
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.monitors.exposition import MetricsPage
from cockpit.routers.command import values
from cockpit.routers.observe import Observed, observe
from cockpit.routers.shift_result import shift_result

SCRAPE_EVERY_S = 0.5
GRACE_S = 2.0  # a rollback waits for the end of a shift that still runs


def command(card: Card, step: Traffic) -> ActionCommand:
    """Return the command that sets a share; urgent when it takes all traffic off the canary.

    Raises UsageError with a sentence if the router cannot set this share.
    """
    router = _router(card)
    match router:
        case CommandRouter():
            return ActionCommand(
                router.set,
                router.shell,
                timeout_s=step.timeout,
                grace_s=GRACE_S,
                values=values(router, step.traffic * 100),
                urgent=step.traffic == 0,
            )
        case _:
            assert_never(router)


def format_command(card: Card, step: Traffic) -> str:
    """Format the command that sets a share; if the router cannot set it, return why."""
    try:
        return command(card, step).format()
    except UsageError as error:
        return str(error)


async def shift(context: Context, name: str, attempt: int, step: Traffic) -> Result | None:
    """Order a share and observe it; returns None if it is in doubt whether it was ordered.

    Unknown, and nothing is ordered, if the router cannot set this share.
    """
    try:
        action = command(context.card, step)
    except UsageError as error:
        return Result(Outcome.UNKNOWN, f"was not begun: {error}")
    ordered_s = context.session.state.traffic.ordered_s
    if ordered_s is None or ordered_s < context.session.state.steps[name].started_s:
        began = context.session.state.steps[name]
        await context.session.record(
            ev.TrafficOrdered(share=step.traffic, step=name), by=began.by or None
        )
    before = asyncio.create_task(page_before(context, step.traffic))
    try:
        result = await perform(context, name, attempt, action)
    finally:
        before.cancel()  # no shift, and no rollback, waits for it
        (page,) = await asyncio.gather(before, return_exceptions=True)
    if result is None or result.outcome is not Outcome.PASSED:
        return result
    async with share_pages(context, step.traffic) as pages:
        if isinstance(page, MetricsPage):
            pages.counter.before(page)  # what failed from then on is counted
        return await observe_pages(context, step, pages)


async def observe_share(context: Context, step: Traffic) -> Result:
    """Observe the requests of an order that was given, until they show it or time is up."""
    async with share_pages(context, step.traffic) as pages:
        return await observe_pages(context, step, pages)


async def observe_pages(context: Context, step: Traffic, pages: SharePages) -> Result:
    """Observe the requests until they show the order or refuse it, or time is up."""
    observed = Observed()
    looks = observe(
        pages.counter,
        pages.fetch,
        context.clock,
        every_s=SCRAPE_EVERY_S,
        timeout_s=step.within,
    )
    async for observed in looks:
        await _record(context, observed)
    return shift_result(pages.counter.order, observed, step.within)


async def _record(context: Context, observed: Observed) -> None:
    if observed.share is not None:
        await context.session.record(
            ev.TrafficObserved(
                canary=observed.canary,
                total=observed.total,
                share=observed.share,
                margin=observed.margin,
            ),
        )


def _router(card: Card) -> Router:
    assert card.traffic is not None, "a card with a traffic step has a router: it is a rule"
    return card.traffic
