"""Shift traffic: order the share, then observe the requests; done when it is observed."""

from typing import assert_never

from checks.core.base import Outcome, Result
from checks.core.durations import format_duration
from cockpit.card.model.card import Card
from cockpit.card.model.routers import CommandRouter, Router
from cockpit.card.model.steps import Traffic
from cockpit.engine.action import ActionCommand, perform
from cockpit.engine.context import Context
from cockpit.foundation.errors import UsageError
from cockpit.foundation.formatting import percent
from cockpit.journal import events as ev
from cockpit.monitors.exposition import MetricsPage, Unreadable
from cockpit.monitors.metrics import scrape
from cockpit.monitors.single_process import SingleProcess
from cockpit.routers.command import values
from cockpit.routers.observe import Observed, Order, ShareWindow, observe

SCRAPE_EVERY_S = 0.5
SCRAPE_TIMEOUT_S = 5.0
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
    result = await perform(context, name, attempt, action)
    if result is None or result.outcome is not Outcome.PASSED:
        return result
    return await observe_share(context, step)


async def observe_share(context: Context, step: Traffic) -> Result:
    """Observe the requests until they show the ordered share, or time is up."""
    return _result(step, await _observe(context, step))


def _router(card: Card) -> Router:
    assert card.traffic is not None, "a card with a traffic step has a router: it is a rule"
    return card.traffic


async def _observe(context: Context, step: Traffic) -> Observed:
    router = _router(context.card)
    url = context.tools.expand(router.observe.url)
    versions = context.card.versions
    order = Order(step.traffic, versions.canary, router.observe.requests, versions.stable)
    window = ShareWindow(order, router.observe.counter, router.observe.label)
    process, counters = SingleProcess(), frozenset((window.family, f"{window.family}_total"))
    async with context.tools.http(SCRAPE_TIMEOUT_S) as client:

        async def fetch() -> MetricsPage | Unreadable:
            wanted = (window.family,)
            scraped = await scrape(client, context.clock, url, wanted, SCRAPE_TIMEOUT_S)
            if isinstance(scraped, Unreadable):
                return scraped
            page, body = scraped
            fault = process.fault(context.clock.monotonic(), page, body.text, counters)
            return Unreadable(fault) if fault else page

        observations = observe(
            window, fetch, context.clock, every_s=SCRAPE_EVERY_S, timeout_s=step.within
        )
        async for observation in observations:
            await _record(context, observation)
    return observation


async def _record(context: Context, observation: Observed) -> None:
    if observation.share is not None:
        await context.session.record(
            ev.TrafficObserved(
                canary=observation.canary,
                total=observation.total,
                share=observation.share,
                margin=observation.margin,
            ),
        )


def _result(step: Traffic, observation: Observed) -> Result:
    counted = f"{observation.canary} of {observation.total} requests"
    if observation.share is None:
        why = observation.note or "no request was counted"
        evidence = f"nothing seen within {format_duration(step.within)}: {why}"
        return Result(Outcome.UNKNOWN, evidence)
    shown = f"seen {percent(observation.share)} ± {percent(observation.margin)}, {counted}"
    if observation.done:
        return Result(Outcome.PASSED, shown)
    if observation.total < observation.needed:
        return Result(
            Outcome.UNKNOWN, f"{shown}; {observation.needed} are needed to tell {observation.note}"
        )
    return Result(Outcome.FAILED, f"{shown}, {percent(step.traffic)} was ordered")
