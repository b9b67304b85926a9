"""A check as a monitor: passed is ok, failed trips with its evidence, unknown is blind."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from checks.core.base import Check, Outcome, Result
from checks.http import Http
from cockpit.card.load_card import loads
from cockpit.card.model.monitors import CheckMonitor
from cockpit.card.model.pace import paced
from cockpit.card.model.plan import plan
from cockpit.engine.record_monitors import publish
from cockpit.monitors.checked import CheckedSource
from cockpit.monitors.judge import Verdict, judge, rule
from cockpit.monitors.poller import PollTick
from cockpit.projections.decision import Word, decide
from cockpit.projections.monitor_status import describe_breach, format_limit, format_value
from tests.card.cards import SMALL, only
from tests.checks.kit import read
from tests.clocks import ManualClock
from tests.engine.kit import card, flying

BYPASS = {"monitor": "bypass", "title": "401 bypass", "source": "check"}
BYPASS |= {"check": {"check": "http", "path": "/api", "status": [401]}}


class Eye(Struct):
    """Sees what a test says, and remembers what it was asked to look with."""

    result: Result
    asked: list[Check] = []

    async def look(self, check: Check) -> Result:
        self.asked.append(check)
        return self.result


async def judged(result: Result, **options: Any) -> tuple[CheckMonitor, Verdict]:
    monitor = read(CheckMonitor, **BYPASS, **options)
    clock, eye = ManualClock(), Eye(result)
    seen = await CheckedSource(monitor, eye.look, clock).read()
    assert eye.asked == [Http(path="/api", status=(401,))]
    return monitor, judge(None, seen["bypass"], rule(monitor))


async def test_passed_is_ok() -> None:
    monitor, verdict = await judged(Result(Outcome.PASSED, "answered 401"))
    assert (verdict.state, verdict.samples) == ("ok", 1)
    assert (format_value(monitor, verdict.value), format_limit(monitor)) == ("passed", "passed")


async def test_failed_trips_at_once_with_what_was_seen() -> None:
    _, verdict = await judged(Result(Outcome.FAILED, "GET /api answered 200"))
    assert (verdict.state, verdict.note) == ("tripped", "GET /api answered 200")


@pytest.mark.law(1)
async def test_law_1_unknown_is_blind() -> None:
    _, verdict = await judged(Result(Outcome.UNKNOWN, "no answer within 10 s"))
    assert (verdict.state, verdict.note) == ("blind", "no answer within 10 s")


async def test_a_figure_is_held_against_the_limit() -> None:
    said = Result(Outcome.PASSED, "83 of 100 used", figures={"used": 0.83})
    monitor, verdict = await judged(said, figure="used", above="80 %", **{"for": "1m"})
    assert (verdict.state, verdict.value, verdict.note) == ("breaching", 0.83, "83 of 100 used")
    assert (format_value(monitor, 0.83), format_limit(monitor)) == ("83 %", "80 %")


@pytest.mark.law(1)
async def test_law_1_a_figure_that_was_not_measured_is_blind() -> None:
    said = Result(Outcome.PASSED, "", figures={"longest_s": 0.1})
    _, verdict = await judged(said, figure="used", above="80 %")
    assert verdict.state == "blind"
    assert verdict.note == "no used: it has measured longest_s"


async def test_a_trip_says_no_go_and_names_the_offender(tmp_path: Path) -> None:
    text = card(monitors=[BYPASS])
    async with flying(tmp_path, text) as flight:
        _, verdict = await judged(Result(Outcome.FAILED, "GET /api answered 200"))
        await publish(
            flight.engine.context,
            PollTick(flight.engine.context.clock.monotonic(), {"bypass": verdict}),
        )
        monitor = plan(loads(text)).monitors[0]
        assert describe_breach(monitor, flight.state.monitors["bypass"]) == "GET /api answered 200"
        decision = decide(plan(loads(text)), flight.state)
        assert decision.word is Word.NO_GO
        assert decision.reasons[0].text == "401 bypass tripped: GET /api answered 200"


def test_a_rehearsal_looks_more_often() -> None:
    text = card(monitors=[BYPASS | {"every": "1m"}])
    assert paced(loads(text), 20).monitors[0].every == 3.0


def test_a_wrong_check_is_named_in_its_place() -> None:
    bad = SMALL + "monitors: [{monitor: a, source: check, check: {check: ftp}}]\n"
    assert only(bad).key == "monitors[0].check.check"
