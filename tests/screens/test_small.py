"""80 by 24: what is asked, armed and missing stays legible where there is least room."""

import re
from pathlib import Path

import pytest
from textual.widgets import Input

from cockpit.screens.app import CockpitApp
from cockpit.screens.model.presenter import Presenter
from cockpit.state import StepStatus
from screenshots.__main__ import Told
from screenshots.stories import STORIES
from tests.screens.flights import Flight, ready, shown, text
from widgets.picker import Picker

SMALL = (80, 24)


async def screen(name: str) -> list[str]:
    """Return the lines of a story's screen."""
    app = CockpitApp(None)
    app.hold_still()
    async with app.run_test(size=SMALL) as pilot:
        app.live = Presenter(Told(STORIES[name]()))
        app.draw()
        await pilot.pause()
        return text(app).splitlines()


@pytest.mark.law(4)
async def test_law_4_the_picker_shows_three_endpoints_what_would_run_and_its_keys(
    flight: Flight,
) -> None:
    async with flight.app.run_test(size=SMALL) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("f2")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Picker)))
        await shown(pilot, flight.app, lambda: "Esc  back" in text(flight.app))
        lines = [line.rstrip() for line in text(flight.app).splitlines()]
        for path in ("/api/analytics", "/api/[/foo]", "/internal"):
            assert any(re.fullmatch(rf" [ ►] {re.escape(path)}", line) for line in lines), path
        assert "  Enter  arms F2, fires nothing    Esc  back" in lines
        assert " would run  true /api/analytics" in lines


async def test_the_armed_banner_says_verify_and_keeps_its_keys_whole() -> None:
    lines = await screen("armed")
    assert any("verify: 0 % on the canary seen" in line for line in lines)
    keys = next(line for line in lines if "FIRES" in line)
    assert "Enter  FIRES" in keys
    assert "Esc  disarms" in keys
    assert "…" not in keys


@pytest.mark.law(2)
async def test_law_2_nothing_that_is_armed_reads_as_ready() -> None:
    assert not any(re.search("ready.*ARMED", line) for line in await screen("armed"))
    assert any("◇ ready" in line for line in await screen("calm"))


async def test_a_phase_that_went_back_runs_no_more() -> None:
    lines = await screen("rolled-back")
    assert not any("► T-0 canary" in line for line in lines)
    assert any("× T-0 canary" in line for line in lines)


@pytest.mark.parametrize("size", [SMALL, (120, 36)])
async def test_a_question_says_what_is_missing(tmp_path: Path, size: tuple[int, int]) -> None:
    flight = Flight(tmp_path, env={"DEMO_TOKEN": ""})
    async with flight.app.run_test(size=size) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("n")
        await flight.until(lambda state: state.status("secrets") is StepStatus.FAILED)
        await shown(pilot, flight.app, lambda: "waive secrets" in text(flight.app))
        await pilot.press("w")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Input)))
        await pilot.press("enter")
        await shown(pilot, flight.app, lambda: "a reason is needed" in text(flight.app))
        assert "Enter goes on" in text(flight.app)


async def test_the_output_of_a_failed_check_is_what_it_found(tmp_path: Path) -> None:
    flight = Flight(tmp_path, env={"DEMO_TOKEN": ""})
    async with flight.app.run_test(size=SMALL) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("n")
        state = await flight.until(lambda state: state.status("secrets") is StepStatus.FAILED)
        await shown(pilot, flight.app, lambda: "waive secrets" in text(flight.app))
        await pilot.press("o")
        await shown(pilot, flight.app, lambda: "output of secrets" in text(flight.app))
        words = f"secrets failed: {state.steps['secrets'].evidence}"
        await shown(pilot, flight.app, lambda: words in text(flight.app))
