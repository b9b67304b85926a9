"""The Done screen: every line with state, evidence and age; Enter looks again, and only looks."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cockpit.engine import orders
from cockpit.screens.app import CockpitApp
from cockpit.screens.model.presenter import Presenter
from cockpit.screens.pages.board_page import BoardPage
from cockpit.screens.view.bindings import CUTOVER
from cockpit.state import BreakerStatus, StepStatus
from screenshots.__main__ import Told
from screenshots.stories import STORIES
from tests.screens.flights import CARD, Flight, orders_done, ready, shown, text
from tests.widgets.host import SIZES, lines

SHIFT = """      - {id: shift, title: shift, run: "/bin/sh -c 'echo shifted'"}\n"""
DONE = (
    CARD.replace(SHIFT, "")
    + """
done:
  technical:
    - {check: command, id: gate, title: gate is green,
       run: "sh -c 'echo x >> looked; echo 3 passed'",
       fresh_for: 1h}
  security:
    - {confirm: "the logs were read, [/foo]", id: pii, title: no PII in logs}
"""
)


@pytest.fixture
def flown(tmp_path: Path) -> Flight:
    return Flight(tmp_path, card=DONE)


async def to_done(flight: Flight) -> None:
    """Fly up to the Done list, whose gate has passed and whose word is asked for."""
    assert flight.running is not None
    engine = flight.running.engine
    await engine.order(orders.Next())
    await flight.until(lambda now: now.status("awake") is StepStatus.RUNNING)
    await engine.order(orders.AnswerConfirm("awake", "Ann"))
    await engine.idle()
    await engine.order(orders.Next())
    await flight.until(lambda now: now.status("fine") is StepStatus.RUNNING)
    await engine.order(orders.AnswerConfirm("fine", "Ann"))
    await engine.idle()
    await engine.order(orders.Next())
    await flight.until(lambda now: now.status("gate") is StepStatus.PASSED)


async def on_done(pilot: Pilot[None], flight: Flight) -> None:
    await ready(pilot, flight.app)
    await to_done(flight)
    await pilot.press("d")
    await shown(pilot, flight.app, lambda: "DONE 1 of 2" in text(flight.app))


@pytest.mark.parametrize("size", SIZES)
async def test_all_sixteen_lines_stand_there_at_every_size(size: tuple[int, int]) -> None:
    app = CockpitApp(None)
    app.hold_still()
    async with app.run_test(size=size) as pilot:
        app.live = Presenter(Told(STORIES["done"]()))
        app.draw()
        await pilot.press("d")
        await shown(pilot, app, lambda: "DONE 16 of 16" in text(app))
        seen = lines(app)
        assert "PRODUCTION" in seen[0]
        assert "DONE" in text(app)
        for item in (i for group in app.live.source.plan.done for i in group.items):
            assert any(f"✓ {item.title[:12]}" in line for line in seen), item.title
        assert text(app).count("passed") + text(app).count("vouched") >= 16
        assert "^q leave" in seen[-1]
        assert "Enter run again" in seen[-1]
        await pilot.press("escape")
        assert len(app.screen_stack) == 1


async def test_it_says_state_evidence_and_age(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_done(pilot, flown)
        await flown.clock.advance(75)
        await shown(pilot, flown.app, lambda: "passed 1m15s ago" in text(flown.app))
        assert "✓ gate is green" in text(flown.app)
        assert "3 passed" in text(flown.app)
        assert "► no PII in logs" in text(flown.app)
        assert "the logs were read, [/foo]" in text(flown.app)
        assert "✓ 1 passed   ► 1 running" in text(flown.app)


@pytest.mark.law(1)
async def test_law_1_what_is_too_old_is_stale_and_the_banner_says_so(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_done(pilot, flown)
        await flown.clock.advance(3700)
        await shown(pilot, flown.app, lambda: "stale 1h01m ago" in text(flown.app))
        assert "gate is green stale" in text(flown.app)
        assert "DONE 0 of 2" in text(flown.app)
        await pilot.press("escape")
        await shown(pilot, flown.app, lambda: "d  Done: run again" in text(flown.app))
        await pilot.press("d", "enter")
        await shown(pilot, flown.app, lambda: "DONE 1 of 2" in text(flown.app))


@pytest.mark.law(3)
async def test_law_3_enter_looks_again_once_and_the_cutover_stands(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_done(pilot, flown)
        before = flown.state.sections["preflight"], flown.state.sections["t-0"]
        await pilot.press("enter")
        await orders_done(flown.app)
        await flown.until(
            lambda now: now.steps["gate"].attempt == 2 and now.status("gate") is StepStatus.PASSED
        )
        assert (flown.root / "looked").read_text() == "x\nx\n"
        assert (flown.state.sections["preflight"], flown.state.sections["t-0"]) == before


async def test_a_word_is_asked_for_by_name(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_done(pilot, flown)
        await pilot.press("down", "down", "r")
        await shown(pilot, flown.app, lambda: bool(flown.app.screen.query(Input)))
        assert "your word: no PII in logs" in text(flown.app)
        await pilot.press("enter")
        await flown.until(lambda now: now.status("pii") is StepStatus.PASSED)
        assert flown.state.steps["pii"].evidence == "vouched for by alice"


@pytest.mark.law(4)
async def test_law_4_breakers_work_over_it_and_enter_fires_what_is_armed(flown: Flight) -> None:
    async with flown.app.run_test(size=(120, 36)) as pilot:
        await on_done(pilot, flown)
        await pilot.press("f3")
        await flown.until(lambda now: "freeze" in now.breakers)
        await shown(pilot, flown.app, lambda: "Enter fires" in text(flown.app))
        await pilot.press("enter")
        await flown.until(lambda now: now.breakers["freeze"].status is not BreakerStatus.ARMED)
        assert flown.state.steps["gate"].attempt == 1, "Enter looked at nothing"


async def test_before_it_has_begun_a_look_is_refused_in_words(flown: Flight) -> None:
    async with flown.app.run_test(size=(80, 24), notifications=True) as pilot:
        await ready(pilot, flown.app)
        await pilot.press("d")
        await shown(pilot, flown.app, lambda: "○ 2 to do" in text(flown.app))
        await pilot.press("enter")
        await shown(pilot, flown.app, lambda: "Done list has not" in text(flown.app))
        assert "gate" not in flown.state.steps


def test_each_key_has_a_description_and_a_tooltip() -> None:
    assert all(key.description and key.tooltip for key in BoardPage.BINDINGS)  # type: ignore[union-attr]
    assert "d" not in [key.key for key in CUTOVER]  # type: ignore[union-attr]
