"""The test trips of the preflight in a run: what they record, what they hold up, and a resume."""

from pathlib import Path

import pytest
from aiohttp import web

from checks.core.base import Outcome, Result, Tools
from cockpit.card.model.monitors import AnyMonitor
from cockpit.engine import orders
from cockpit.foundation.clock import Clock
from cockpit.journal import events as ev
from cockpit.monitors.trial import proven
from cockpit.projections.decision import Word, decide
from cockpit.state import StepStatus
from tests.engine.kit import ERRORS, Flight, card, flying, record
from tests.monitors.pages import requests_page
from tests.monitors.servers import serving

PREFLIGHT = [{"check": "command", "run": "true", "id": "fine"}]
TRIP = "preflight.trip-errors"


def watched(url: str) -> str:
    return card(preflight=PREFLIGHT, monitors=[ERRORS | {"url": url, "for": "2m", "page": True}])


async def page(_: web.Request) -> web.Response:
    return web.Response(text=requests_page(c200_1=9, c503_1=1))


async def preflight(flight: Flight) -> None:
    await flight.order(orders.Next())
    await flight.idle()


@pytest.mark.law(1)
async def test_a_test_trip_is_a_line_of_the_preflight_and_trips_nothing(tmp_path: Path) -> None:
    async with serving(page) as url, flying(tmp_path, watched(url), prove=proven) as flight:
        await preflight(flight)
        step = flight.state.steps[TRIP]
        assert (step.status, step.evidence[:7]) == (StepStatus.PASSED, "proven ")
        assert step.evidence.endswith(", would trip in 2m01s")
        assert flight.state.sections["preflight"].ended_s is not None
        assert flight.state.monitors == {}
        assert not [kind for kind in flight.told() if "monitor" in kind or "page" in kind]
        assert flight.replayed() == flight.state


@pytest.mark.law(1)
async def test_no_phase_begins_while_a_monitor_is_not_proven(tmp_path: Path) -> None:
    async with flying(tmp_path, watched("http://127.0.0.1:9"), prove=proven) as flight:
        await preflight(flight)
        assert flight.state.status(TRIP) is StepStatus.UNKNOWN
        assert flight.evidence(TRIP).startswith("not proven: it is blind: http://127.0.0.1:9")
        decision = decide(flight.engine.context.plan, flight.state)
        assert decision.word is Word.HOLD
        assert "errors test trip unknown" in [reason.short for reason in decision.reasons]
        await flight.refused(orders.Next())
        await flight.order(orders.Waive(TRIP, "Ann", "the service comes up at T-10"))
        await flight.idle()
        assert flight.state.sections["preflight"].ended_s is not None


@pytest.mark.law(1)
async def test_killed_in_a_test_trip_it_is_tried_again(tmp_path: Path) -> None:
    """Law 1: a look may be repeated; what began before the crash proves nothing."""
    tried = []

    async def prove(monitor: AnyMonitor, _: Tools, __: Clock) -> Result:
        tried.append(monitor.monitor)
        return Result(Outcome.PASSED, "proven")

    async with flying(tmp_path, watched("http://127.0.0.1:9")):
        pass
    begun = [ev.SectionStarted(section="preflight")]
    await record(tmp_path, *begun, ev.StepStarted(step=TRIP, attempt=1, action=False))
    async with flying(tmp_path, watched("http://127.0.0.1:9"), prove=prove) as flight:
        await flight.until_status(TRIP, StepStatus.PASSED)
    assert tried == ["errors"]
