"""Holds, on a clock that is moved by hand."""

from pathlib import Path

import pytest

from cockpit.engine import orders
from cockpit.projections.decision import caveats
from cockpit.projections.forecast import remaining_s
from cockpit.state import StepStatus
from tests.clocks import ManualClock
from tests.engine.kit import ERRORS, P95, Flight, Memory, card, flying

HOLD = {"hold": "10m", "id": "hold", "patience": "2m", "watch": ["p95"]}
WATCHED = card(HOLD, monitors=[P95, ERRORS])
ON_TRIP = card(
    {"run": "true", "id": "switch", "changes": "application"},
    HOLD | {"on_trip": "rollback"},
    monitors=[P95, ERRORS],
    rollback={"application": [{"confirm": "all is back", "id": "back"}]},
)


async def pass_time(flight: Flight, clock: ManualClock, seconds: float, **shown: str) -> None:
    """Let time pass, with a tick of the monitors every second."""
    for _ in range(round(seconds)):
        if shown:
            await flight.ticks.say(**shown)
        await clock.advance(1)


async def test_ends_when_its_time_is_over_and_all_it_watches_is_ok(tmp_path: Path) -> None:
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 595, p95="ok", errors="blind")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 10, p95="ok", errors="blind")
        assert flight.state.status("hold") is StepStatus.PASSED
        assert flight.evidence("hold") == "1 of 1 monitor ok, 100 samples"


@pytest.mark.law(1)
@pytest.mark.parametrize("state", ["blind", "breaching"])
async def test_never_ends_on_no_data(tmp_path: Path, state: str) -> None:
    """Law 1: blind or breaching past its end it goes on, is patient, and then gives up."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 595, p95="ok")
        await pass_time(flight, clock, 120, p95=state)
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 10, p95=state)
        expected = StepStatus.UNKNOWN if state == "blind" else StepStatus.FAILED
        assert flight.state.status("hold") is expected
        assert flight.evidence("hold").startswith(f"2m past its end still: p95 {state}")


@pytest.mark.law(1)
async def test_monitors_that_nobody_looks_at_any_more_end_no_hold(tmp_path: Path) -> None:
    """Law 1: an ok of long ago is no ok; what was never measured is none either."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await flight.ticks.say(p95="ok")
        await clock.advance(715)
        assert flight.state.status("hold") is StepStatus.RUNNING
        await clock.advance(10)
        assert flight.state.status("hold") is StepStatus.UNKNOWN
        assert "p95 blind" in flight.evidence("hold")


@pytest.mark.law(1)
async def test_old_data_ends_no_hold(tmp_path: Path) -> None:
    """Law 1: the target hangs just before the end; the last ok is not yet blind, and not enough."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 595, p95="ok")
        await flight.ticks.say(age_s=6.0, p95="ok")
        await clock.advance(8)
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 4, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 3, p95="ok")
        assert flight.state.status("hold") is StepStatus.PASSED
        assert flight.evidence("hold").startswith("held 10m watched, 9 s blind; 1 of 1 monitor ok")


@pytest.mark.law(1)
async def test_law_1_blind_time_is_made_up_for_and_named(tmp_path: Path) -> None:
    """Blind for a part of it, it lasts that much longer, and the GO does not hide it."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok")
        await pass_time(flight, clock, 100, p95="blind")
        await pass_time(flight, clock, 295, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        assert remaining_s(flight.engine.context.plan.find("hold"), flight.state, 0.0) <= 6
        await pass_time(flight, clock, 10, p95="ok")
        assert flight.state.status("hold") is StepStatus.PASSED
        held = "held 10m watched, 1m40s blind"
        assert flight.evidence("hold") == f"{held}; 1 of 1 monitor ok, 100 samples"
        assert caveats(flight.engine.context.plan, flight.state) == (f"hold 10m: {held}",)
        assert flight.replayed() == flight.state


@pytest.mark.law(1)
async def test_law_1_one_blind_monitor_of_those_watched_stops_the_count(tmp_path: Path) -> None:
    clock = ManualClock()
    text = card(HOLD | {"watch": ["p95", "errors"]}, monitors=[P95, ERRORS])
    async with flying(tmp_path, text, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok", errors="ok")
        await pass_time(flight, clock, 60, p95="ok", errors="blind")
        await pass_time(flight, clock, 295, p95="ok", errors="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 10, p95="ok", errors="ok")
        assert flight.evidence("hold").startswith("held 10m watched, 1m blind; 2 of 2 monitors ok")


@pytest.mark.law(1)
async def test_law_1_a_hold_that_cannot_gather_its_time_is_unknown(tmp_path: Path) -> None:
    """All are ok at its end, and were for ten seconds: that is no hold of ten minutes."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 100, p95="ok")
        await pass_time(flight, clock, 600, p95="blind")
        await pass_time(flight, clock, 15, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 10, p95="ok")
        assert flight.state.status("hold") is StepStatus.UNKNOWN
        held = "held 2m of 10m watched, 10m blind"
        want = f"2m past its end too little of its time was watched; {held}"
        assert flight.evidence("hold") == want


@pytest.mark.law(1)
async def test_law_1_data_that_lags_is_unknown_and_not_failed(tmp_path: Path) -> None:
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 605 - 10, p95="ok")
        for _ in range(135):
            await flight.ticks.say(age_s=6.0, p95="ok")
            await clock.advance(1)
        assert flight.state.status("hold") is StepStatus.UNKNOWN
        assert "2m past its end still: p95 is 6 s old" in flight.evidence("hold")


@pytest.mark.law(1)
async def test_law_1_a_cockpit_that_stood_still_held_nothing(tmp_path: Path) -> None:
    """Stopped or suspended for longer than the whole hold and its patience: it is made up for."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok")
        clock.stand_still(1800)
        await pass_time(flight, clock, 295, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 10, p95="ok")
        assert flight.state.status("hold") is StepStatus.PASSED
        assert flight.evidence("hold").startswith("held 10m watched, 30m01s blind; 1 of 1")


@pytest.mark.law(1)
async def test_law_1_a_standstill_lengthens_the_patience_by_no_more_than_it_took(
    tmp_path: Path,
) -> None:
    """Blind after it, a hold gives up as late as its patience says, and not never."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok")
        clock.stand_still(1800)
        await pass_time(flight, clock, 300 + 110, p95="blind")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 20, p95="blind")
        assert flight.state.status("hold") is StepStatus.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_after_a_standstill_it_does_not_end_before_it_has_looked(
    tmp_path: Path,
) -> None:
    """It stood still just before its end: what happened meanwhile may still trip."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 599, p95="ok")
        clock.stand_still(12)
        await clock.advance(0.5)
        assert flight.state.status("hold") is StepStatus.RUNNING
        await flight.ticks.say(p95="tripped")
        await clock.advance(0.5)
        assert flight.state.status("hold") is StepStatus.FAILED


async def test_a_trip_ends_it_at_once_and_the_operator_is_asked(tmp_path: Path) -> None:
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await flight.ticks.say(p95="ok", errors="tripped")
        await clock.advance(1)
        assert flight.state.status("hold") is StepStatus.RUNNING, "errors are not watched here"
        await flight.ticks.say(p95="tripped")
        await clock.advance(1)
        assert flight.state.status("hold") is StepStatus.FAILED
        assert flight.evidence("hold") == "p95 tripped: 300 ms over 250 ms for 5m (100 samples)"
        assert flight.state.rollback is None
        assert "hold 10m failed: run it again" in await flight.refused(orders.Next())


@pytest.mark.law(13)
async def test_a_stepped_wall_clock_moves_nothing(tmp_path: Path) -> None:
    """Law 13: an hour forward ends no hold and trips nothing, a day back prolongs none."""
    clock = ManualClock()
    async with flying(tmp_path, WATCHED, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok")
        clock.step(3600)
        await pass_time(flight, clock, 5, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        clock.step(-86_400)
        await pass_time(flight, clock, 300, p95="ok")
        assert flight.state.status("hold") is StepStatus.PASSED
        step = flight.state.steps["hold"]
        assert step.ended_s is not None
        assert step.ended_s - step.started_s == pytest.approx(600, abs=0.2)


async def test_time_in_which_nobody_watched_is_no_hold(tmp_path: Path) -> None:
    """Gone for an hour in the middle of it: what was left is still left, and all are blind."""
    clock, journal = ManualClock(), Memory()
    async with flying(tmp_path, WATCHED, clock=clock, journal=journal) as flight:
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok")
    await clock.advance(3600)
    async with flying(tmp_path, WATCHED, clock=clock, journal=journal) as flight:
        assert flight.state.monitors["p95"].state == "blind"
        await pass_time(flight, clock, 290, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 20, p95="ok")
        assert flight.state.status("hold") is StepStatus.PASSED
        assert flight.replayed() == flight.state


@pytest.mark.law(1)
async def test_law_1_what_was_watched_before_a_crash_is_kept_and_no_more(tmp_path: Path) -> None:
    clock, journal = ManualClock(), Memory()
    async with flying(tmp_path, WATCHED, clock=clock, journal=journal) as flight:
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok")
        await pass_time(flight, clock, 60, p95="blind")
    await clock.advance(3600)
    async with flying(tmp_path, WATCHED, clock=clock, journal=journal) as flight:
        await pass_time(flight, clock, 295, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, clock, 10, p95="ok")
        assert flight.evidence("hold").startswith("held 10m watched, 1h01m blind; 1 of 1")
        assert flight.replayed() == flight.state


@pytest.mark.law(13)
async def test_over_a_reboot_seconds_go_on(tmp_path: Path) -> None:
    """Law 13: monotonic seconds begin anew with a boot; the run's own seconds do not."""
    journal = Memory()
    clock = ManualClock(start_s=900_000.0)
    async with flying(tmp_path, WATCHED, clock=clock, journal=journal) as flight:
        assert flight.session.now_s() == pytest.approx(0, abs=0.01)
        await flight.begin()
        await pass_time(flight, clock, 300, p95="ok")
        before_s = flight.session.now_s()
    later = ManualClock(start_s=12.0, utc=clock.utc())
    await later.advance(60)
    async with flying(tmp_path, WATCHED, clock=later, journal=journal, boot="boot-2") as flight:
        assert flight.session.now_s() == pytest.approx(before_s + 60, abs=0.01)
        await pass_time(flight, later, 290, p95="ok")
        assert flight.state.status("hold") is StepStatus.RUNNING
        await pass_time(flight, later, 20, p95="ok")
        assert flight.state.status("hold") is StepStatus.PASSED
        assert flight.replayed() == flight.state


async def test_the_operators_hold_keeps_what_comes_next_from_beginning(tmp_path: Path) -> None:
    clock = ManualClock()
    text = card(HOLD, {"confirm": "and now?", "id": "after"}, monitors=[P95])
    async with flying(tmp_path, text, clock=clock, journal=Memory()) as flight:
        await flight.begin()
        await flight.until_status("hold", StepStatus.RUNNING)
        await flight.order(orders.HoldRun("Bob looks at a log"))
        assert flight.state.held == "Bob looks at a log"
        await pass_time(flight, clock, 605, p95="ok")
        assert flight.state.status("hold") is StepStatus.PASSED
        assert flight.state.status("after") is None
        await flight.order(orders.Release())
        await flight.until_status("after", StepStatus.RUNNING)


async def test_a_trip_rolls_back_by_the_cards_rule(tmp_path: Path) -> None:
    async with flying(tmp_path, ON_TRIP) as flight:
        await flight.begin()
        await flight.until_status("hold", StepStatus.RUNNING)
        await flight.ticks.say(p95="tripped")
        state = await flight.until_status("back", StepStatus.RUNNING)
        assert state.rollback is not None
        assert state.rollback.automatic
        assert state.rollback.reason.startswith("p95 tripped")


@pytest.mark.law(1)
async def test_blindness_never_rolls_back_by_itself(tmp_path: Path) -> None:
    """Law 1: no data is no trip either; the hold gives up as unknown, and a person decides."""
    async with flying(
        tmp_path,
        ON_TRIP.replace("patience: 2m", "patience: 0.1s").replace("hold: 10m", "hold: 0.1s"),
    ) as flight:
        await flight.begin()
        await flight.until_status("hold", StepStatus.UNKNOWN)
        await flight.idle()
        assert flight.state.rollback is None
