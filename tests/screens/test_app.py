"""The real app over a real run: keys become orders, orders become entries, entries are shown."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from textual.widgets import Input

from cockpit.engine import orders
from cockpit.journal import events as ev
from cockpit.screens.app import CockpitApp
from cockpit.screens.pages.question import Question
from cockpit.state import BreakerStatus, StepStatus
from tests.screens.flights import CARD, FIRST, Flight, orders_done, ready, shown, text
from tests.widgets.host import SIZES
from widgets.picker import Picker


@pytest.fixture
def flight(tmp_path: Path) -> Flight:
    return Flight(tmp_path)


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_opens_and_says_what_waits(flight: Flight, size: tuple[int, int]) -> None:
    async with flight.app.run_test(size=size) as pilot:
        assert "opening…" in text(flight.app)
        await ready(pilot, flight.app)
        await shown(pilot, flight.app, lambda: "waits for you" in text(flight.app))
        seen = text(flight.app)
        for words in ("demo", "1.0.0 → 1.1.0", "control alice", "F2", "F3", "n Preflight"):
            assert words in seen
        for words in ("? help", "^p palette", "^q leave"):
            assert words in seen
        await pilot.press("ctrl+q")
    assert flight.app.return_code == 3


@pytest.mark.law(9)
async def test_next_begins_and_a_word_is_given_by_name(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("n")
        await flight.until(lambda state: state.status("awake") is StepStatus.RUNNING)
        await flight.until(lambda state: state.status("secrets") is StepStatus.PASSED)
        await shown(pilot, flight.app, lambda: "waits for your word" in text(flight.app))
        assert "[/foo]" in text(flight.app), "law 9: foreign text is only text"
        await pilot.press("a")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Input)))
        assert "the operator is awake, [/foo] [red]" in text(flight.app)
        await pilot.press("enter")
        state = await flight.until(lambda state: state.status("awake") is StepStatus.PASSED)
        assert state.steps["awake"].by == "alice"
        await shown(pilot, flight.app, lambda: not flight.app.screen.query(Question))


async def test_waiving_needs_a_reason(tmp_path: Path) -> None:
    flight = Flight(tmp_path, env={"DEMO_TOKEN": ""})
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("n")
        await flight.until(lambda state: state.status("secrets") is StepStatus.FAILED)
        await shown(pilot, flight.app, lambda: "w  waive secrets" in text(flight.app))
        await pilot.press("w")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Input)))
        await pilot.press("enter")
        assert flight.state.status("secrets") is StepStatus.FAILED, "a reason is asked for"
        await pilot.press(*"it is known", "enter")
        state = await flight.until(lambda state: state.status("secrets") is StepStatus.WAIVED)
        assert "waived by alice: it is known" in state.steps["secrets"].evidence


async def test_a_breaker_arms_and_enter_fires_it(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("f3")
        await flight.until(lambda state: _at(state, "freeze") is BreakerStatus.ARMED)
        await shown(pilot, flight.app, lambda: "FIRES" in text(flight.app))
        assert "nothing sent; disarms in" in text(flight.app)
        await pilot.press("enter")
        await flight.until(lambda state: _at(state, "freeze") is not BreakerStatus.ARMED)
        assert flight.state.breakers["freeze"].attempt == 1


def _at(state: object, name: str) -> BreakerStatus | None:
    found = getattr(state, "breakers", {}).get(name)
    return found.status if found else None


async def test_esc_disarms_and_enter_then_fires_nothing(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("b", "3")
        await flight.until(lambda state: _at(state, "freeze") is BreakerStatus.ARMED)
        await pilot.press("escape")
        await flight.until(lambda state: _at(state, "freeze") is BreakerStatus.READY)
        await pilot.press("enter")
        assert flight.state.breakers["freeze"].attempt == 0


@pytest.mark.law(4)
async def test_law_4_a_breaker_works_over_a_modal_and_with_an_input_focused(
    flight: Flight,
) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert len(flight.app.screen_stack) == 2
        await pilot.press("f3")
        await flight.until(lambda state: _at(state, "freeze") is BreakerStatus.ARMED)
        await pilot.press("enter")
        await flight.until(lambda state: _at(state, "freeze") is not BreakerStatus.ARMED)
        assert flight.state.breakers["freeze"].attempt == 1


@pytest.mark.law(9)
async def test_a_held_enter_cannot_pick_and_fire(flight: Flight) -> None:
    now = [100.0]
    flight.app.ticks_s = lambda: now[0]
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("f2")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Picker)))
        await shown(pilot, flight.app, lambda: "/api/analytics" in text(flight.app))
        assert "/api/[/foo]" in text(flight.app), "law 9: foreign text is only text"
        await pilot.press("enter")
        await flight.until(lambda state: _at(state, "demote") is BreakerStatus.ARMED)
        for _ in range(5):
            now[0] += 0.5
            await pilot.press("enter")
        assert _at(flight.state, "demote") is BreakerStatus.ARMED
        assert flight.state.breakers["demote"].argument == "/api/analytics"
        now[0] += 1.1
        await pilot.press("enter")
        await flight.until(lambda state: _at(state, "demote") is not BreakerStatus.ARMED)
        assert flight.state.breakers["demote"].attempt == 1


async def test_hold_and_release(flight: Flight) -> None:
    async with flight.app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("h")
        await flight.until(lambda state: state.held is not None)
        await shown(pilot, flight.app, lambda: "end the hold" in text(flight.app))
        await pilot.press("h")
        await flight.until(lambda state: state.held is None)


async def test_a_run_that_went_all_the_way_is_ended_and_done(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        for name in ("awake", "fine"):
            async with asyncio.timeout(20):
                while flight.state.status(name) is not StepStatus.RUNNING:
                    await pilot.press("n")  # pressed again it is the same order
                    await flight.clock.advance(0.1)
                    await pilot.pause()
            await flight.app.live.source.order(orders.AnswerConfirm(name, "bob"))  # type: ignore[union-attr]
        await flight.until(lambda state: state.settled("fine"))
        await pilot.pause()
        await flight.app._tick()
        state = await flight.until(lambda state: state.report is not None)
        assert state.ended is not None
        assert state.ended.word == "GO"
        await shown(pilot, flight.app, lambda: "GO: 1.1.0 live" in text(flight.app))
        await shown(pilot, flight.app, lambda: "shifted" in text(flight.app))
        await pilot.press("ctrl+q")
    assert flight.app.return_code == 0


async def test_leaving_asks_while_something_runs(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36), notifications=True) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("n")
        await flight.until(lambda state: state.status("awake") is StepStatus.RUNNING)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert flight.app.return_code is None
        await pilot.press("ctrl+q")
    assert flight.app.return_code == 3
    assert not flight.state.open


async def test_output_and_journal_have_a_screen_each(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("j")
        await shown(pilot, flight.app, lambda: "in control" in text(flight.app))
        assert "HOLD" not in text(flight.app).split("\n")[0]
        await pilot.press("escape")
        await pilot.press("o")
        await shown(pilot, flight.app, lambda: "output of" in text(flight.app))
        await pilot.press("f3")
        await flight.until(lambda state: _at(state, "freeze") is BreakerStatus.ARMED)


async def test_an_observer_gives_no_orders(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        watcher = CockpitApp(flight.opening(), first=FIRST, watching=flight.watching)
        async with watcher.run_test(size=(120, 36)) as other:
            await ready(other, watcher)
            await shown(other, watcher, lambda: "watching, no keys" in text(watcher))
            assert "control alice" in text(watcher)
            await other.press("n", "f3", "h", "enter")
            await orders_done(watcher)
            assert not flight.state.sections
            assert not flight.state.breakers
            assert flight.state.held is None
        await pilot.press("ctrl+q")


async def test_a_card_that_cannot_be_opened_ends_with_its_sentence(tmp_path: Path) -> None:
    flight = Flight(tmp_path)
    flight.app._opening = None
    flight.app._watching = None
    async with flight.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await flight.app.workers.wait_for_complete()
    assert flight.app.failure == "there is no run to open and none to watch"
    assert flight.app.return_code == 1


async def test_an_error_ends_in_a_sentence_without_secrets(flight: Flight) -> None:
    def broken() -> object:
        token = "hush-hush-1234"
        raise RuntimeError(token)

    flight.app._opening = broken  # type: ignore[assignment]
    async with flight.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        async with asyncio.timeout(20):
            while flight.app.return_code is None:
                await pilot.pause()
    assert flight.app.return_code == 1
    assert "hush" not in flight.app.failure
    assert "RuntimeError" in flight.app.failure


def test_the_first_paint_imports_nothing_heavy() -> None:
    heavy = ("httpx", "asyncpg", "aiohttp", "locust", "yaml")
    code = f"import sys, cockpit.screens.app; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


GUARD = """
monitors:
  - {monitor: guard, source: check, check: {check: command, run: "true"}, page: true}
  - {monitor: quiet, source: check, check: {check: command, run: "true"}}
"""


async def test_a_monitor_that_pages_rings_the_bell_once_when_it_trips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight, rung = Flight(tmp_path, card=CARD + GUARD), list[str]()
    monkeypatch.setattr(flight.app, "bell", lambda: rung.append("bell"))
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        assert flight.running is not None
        record = flight.running.session.record
        for name, after in (("guard", "breaching"), ("quiet", "tripped"), ("guard", "tripped")):
            said = ev.MonitorChanged(
                monitor=name,
                before=ev.MonitorStatus.OK,
                after=ev.MonitorStatus(after),
                text=f"{name} {after}",
            )
            await record(said, by="monitors")
        assert rung == ["bell"]


@pytest.mark.law(1)
async def test_outside_the_window_it_asks_for_a_name_and_a_reason(tmp_path: Path) -> None:
    """Law 1: the screen says why nothing acts, and which key gives the word."""
    closed = "window: {opens: 2020-03-01T02:00Z, closes: 2020-03-01T04:00Z}"
    flight = Flight(tmp_path, card=CARD.replace("window: {lasts: 2h}", closed))
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("n")
        await flight.until(lambda state: state.status("awake") is StepStatus.RUNNING)
        await shown(pilot, flight.app, lambda: "waits for your word" in text(flight.app))
        await pilot.press("a")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Input)))
        await pilot.press("enter")
        await flight.until(lambda state: state.sections["preflight"].ended_s is not None)
        act = "u  let steps act outside the window"
        await shown(pilot, flight.app, lambda: act in text(flight.app))
        assert "║ outside the window" in text(flight.app)
        await pilot.press("n")
        await orders_done(flight.app)
        assert flight.state.status("shift") is None
        await pilot.press("u")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Input)))
        assert "the window closed at 2020-03-01T04:00Z" in text(flight.app)
        await pilot.press(*"it moved", "enter")
        await flight.until(lambda state: bool(state.window_waivers))
        await shown(pilot, flight.app, lambda: "start T-0 canary" in text(flight.app))
        assert flight.state.window_waivers[0].name == "alice"
