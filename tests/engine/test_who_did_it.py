"""What no person did is by the card or by the cockpit, never in the operator's name."""

import asyncio
from pathlib import Path

import pytest

from cockpit.engine import orders
from cockpit.journal import events as ev
from cockpit.state import StepStatus
from tests.clocks import ManualClock
from tests.engine.kit import P95, Memory, card, flying, sh

HOLD = {"hold": "10m", "id": "hold", "watch": ["p95"], "on_trip": "rollback"}
UNDO = {
    "healthy": {"check": "command", "run": "true"},
    "application": [sh("true", id="undo")],
}
OBSERVED = {
    ev.MonitorsSampled,
    ev.MonitorChanged,
    ev.StepEnded,
    ev.SectionEnded,
    ev.RollbackEnded,
}


@pytest.mark.law(3)
async def test_a_rollback_that_the_card_ordered_is_by_the_card(tmp_path: Path) -> None:
    """Law 3: only a person's order is in a person's name."""
    text = card(sh("true", id="switch", changes="application"), HOLD, monitors=[P95], rollback=UNDO)
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("hold", StepStatus.RUNNING)
        await flight.ticks.say(p95="tripped")
        await flight.until(lambda now: now.rollback and now.rollback.outcome)
        entries = tuple(flight.folder.entries())
        by = {flight.state.steps[name].by for name in ("undo", "rollback.healthy")}
    assert by == {"the card"}
    began = next(n for n, one in enumerate(entries) if isinstance(one.event, ev.RollbackStarted))
    ordered = (ev.RollbackStarted, ev.StepStarted)
    assert {one.by for one in entries[began:] if isinstance(one.event, ordered)} == {"the card"}
    assert {one.by for one in entries[:began] if isinstance(one.event, ordered)} == {"alice"}
    vouched = ("vouched for by Ann",)
    seen = [one for one in entries if type(one.event) in OBSERVED]
    assert {type(one.event) for one in seen} == OBSERVED
    for one in seen:
        word = getattr(one.event, "evidence", "") in vouched
        assert one.by == ("Ann" if word else "the cockpit"), one


async def test_a_step_is_by_whoever_ordered_it(tmp_path: Path) -> None:
    async with flying(tmp_path, card(sh("true", id="switch"))) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.state.steps["switch"].by == "alice"
        assert flight.state.steps["ready"].by == "Ann"


async def test_what_nobody_disarmed_is_disarmed_by_the_cockpit(tmp_path: Path) -> None:
    clock, journal = ManualClock(), Memory()
    text = card(breakers=[{"breaker": "freeze", "key": "f3", "run": "true"}])
    async with flying(tmp_path, text, clock=clock, journal=journal) as flight:
        await flight.order(orders.Arm("freeze"))
        await clock.advance(11)
        await flight.until(lambda now: now.breakers["freeze"].status == "ready")
        await flight.order(orders.Arm("freeze"), orders.Disarm("freeze"))
        await flight.order(orders.Arm("freeze"))
    async with flying(tmp_path, text, clock=clock, journal=journal) as flight:
        await asyncio.sleep(0)
    disarmed = [one.by for one in journal.entries() if isinstance(one.event, ev.BreakerDisarmed)]
    assert disarmed == ["the cockpit", "alice", "the cockpit"]
