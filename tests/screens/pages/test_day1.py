"""The Day-1 screen: the budget in words, what must hold, and the drumbeat with its due times."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from checks.core.base import Outcome
from cockpit.journal import events as ev
from cockpit.state import StepStatus
from tests.projections.test_error_budget import FIGURES
from tests.screens.flights import CARD, Flight, ready, shown, text
from tests.widgets.host import SIZES, lines

DAY1 = (
    CARD
    + """
success:
  items:
    - {check: budget, id: budget, title: error budget, url: "http://127.0.0.1:9", share: 0.5 %,
       errors: 432, p95: 250ms, available: 99.9 %, timeout: 1s}
drumbeat:
  hour-1:
    - {check: command, id: pool, title: pool under half, run: "echo fine"}
  daily:
    - {confirm: "the logs were read, [/foo]", id: logs, title: overnight logs}
"""
)


@pytest.fixture
def flown(tmp_path: Path) -> Flight:
    return Flight(tmp_path, card=DAY1)


async def ended(flight: Flight, **figures: float) -> None:
    """End the run with GO; with figures its budget was looked at after that."""
    assert flight.running is not None
    record = flight.running.session.record
    await record(ev.RunEnded(word="GO", reasons=(), exit_status=0))
    if figures:
        await record(ev.StepStarted(step="budget", attempt=1, action=False))
        ended = ev.StepEnded(
            step="budget", attempt=1, outcome=Outcome.PASSED, evidence="kept", figures=figures
        )
        await record(ended)


async def on_day1(pilot: Pilot[None], flight: Flight, **figures: float) -> None:
    await ready(pilot, flight.app)
    await ended(flight, **figures)
    await pilot.press("y")
    await shown(pilot, flight.app, lambda: "DAY 1: next: pool under half" in text(flight.app))


@pytest.mark.parametrize("size", SIZES)
async def test_budget_and_drumbeat_stand_there_at_every_size(
    flown: Flight, size: tuple[int, int]
) -> None:
    async with flown.app.run_test(size=size) as pilot:
        await on_day1(pilot, flown, **FIGURES, p95_s=0.153, down_s=42.0)
        await shown(pilot, flown.app, lambda: "● 79 % left" in text(flown.app))
        seen = text(flown.app)
        for words in ("472 of 500 failures left", "Gone in 45h", "p95", "153 ms", "42 s"):
            assert words in seen, words
        assert "HOUR-1" in seen
        assert "○ pool" in seen
        assert "due 03:00Z, in 1h" in seen
        assert "PRODUCTION" in lines(flown.app)[0]
        assert "^q leave" in lines(flown.app)[-1]


@pytest.mark.law(1)
async def test_law_1_what_was_not_measured_says_so(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_day1(pilot, flown)
        await shown(pilot, flown.app, lambda: "not measured yet" in text(flown.app))
        assert "? p95" in text(flown.app)
        assert "no data" in text(flown.app)
        assert "● " not in text(flown.app).split("DAY 1")[1]


async def test_enter_looks_and_asks_and_what_is_late_says_so(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_day1(pilot, flown)
        await pilot.press("down", "enter")
        await flown.until(lambda now: now.status("pool") is StepStatus.PASSED)
        await pilot.press("down", "enter")
        await shown(pilot, flown.app, lambda: bool(flown.app.screen.query(Input)))
        assert "the logs were read, [/foo]" in text(flown.app)
        await pilot.press("enter")
        await flown.until(lambda now: now.status("logs") is StepStatus.PASSED)
        await flown.clock.advance(2 * 86400 + 60)
        await pilot.press("y")
        await shown(pilot, flown.app, lambda: "▲ overnight logs" in text(flown.app))
        assert "overdue, late by 1m" in text(flown.app)


async def test_before_the_end_nothing_is_looked_at(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36), notifications=True) as pilot:
        await ready(pilot, flown.app)
        await pilot.press("y")
        begins = "the drumbeat begins when"
        await shown(pilot, flown.app, lambda: begins in text(flown.app))
        await pilot.press("enter")
        await shown(pilot, flown.app, lambda: "for the time after a run" in text(flown.app))
        assert "budget" not in flown.state.steps


@pytest.mark.law(1)
async def test_each_look_at_the_budget_is_a_column_of_the_burn_down(flown: Flight) -> None:
    """Law 1: the hours in which nobody looked stay empty."""
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_day1(pilot, flown, **FIGURES)
        await flown.clock.advance(6 * 3600)
        assert flown.running is not None
        record = flown.running.session.record
        await record(ev.StepStarted(step="budget", attempt=2, action=False))
        await record(
            ev.StepEnded(
                step="budget", attempt=2, outcome=Outcome.UNKNOWN, evidence="no answer", figures={}
            )
        )
        await shown(pilot, flown.app, lambda: "2 checks" in text(flown.app))
        seen = lines(flown.app)
        top = next(y for y, row in enumerate(seen) if "2 checks" in row)
        floor = next(row for row in seen[top:] if "0 %" in row and "100 %" not in row)
        assert floor[2:50].rstrip() == "█" + " " * 11 + "·", "a look, hours without one, no data"
        assert "02:00Z" in text(flown.app)
        assert "24h after" in text(flown.app)
        await flown.clock.advance(20 * 3600)
        await shown(pilot, flown.app, lambda: "24h ago" in text(flown.app))
        assert "1 check" in text(flown.app), "what is older than the window has left it"
