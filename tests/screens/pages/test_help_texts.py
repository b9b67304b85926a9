"""`?` lays Textual's help over any screen; every key works on; where text is typed it is text."""

import pytest
from msgspec.structs import replace
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Input

from cockpit.screens.app import CockpitApp
from cockpit.screens.model.presenter import Presenter
from cockpit.screens.pages import help_texts as texts
from cockpit.screens.pages.lines import LinesScreen
from cockpit.screens.pages.question import Question
from cockpit.screens.view.bindings import BINDINGS, CUTOVER
from cockpit.state import BreakerStatus
from screenshots.__main__ import Told
from screenshots.stories import STORIES
from tests.screens.flights import Flight, ready, shown, text
from tests.widgets.host import SIZES, lines
from widgets.breakers import BreakerBar
from widgets.footer import KeyFooter
from widgets.glyphs import Status, glyph
from widgets.picker import Picker
from widgets.slo import SloPanel

WIDTHS = (*SIZES, (160, 45))


async def helped(pilot: Pilot[None], app: CockpitApp) -> None:
    """Press `?` and wait until the help is there, its words, too."""
    await pilot.press("question_mark")
    await shown(pilot, app, lambda: app.helping and "Everywhere" in text(app))


def state_of(flight: Flight, breaker: str) -> BreakerStatus | None:
    found = flight.state.breakers.get(breaker)
    return found.status if found else None


@pytest.mark.parametrize("size", WIDTHS)
async def test_it_lies_over_the_charts_and_hides_neither_decision_nor_breakers(
    flight: Flight, size: tuple[int, int]
) -> None:
    async with flight.app.run_test(size=size) as pilot:
        await ready(pilot, flight.app)
        await shown(pilot, flight.app, lambda: "? help" in text(flight.app))
        panel, bar = (flight.app.screen.query_one(kind) for kind in (SloPanel, BreakerBar))
        before, plain = panel.size, lines(flight.app)
        await pilot.press("question_mark")
        await shown(pilot, flight.app, lambda: "The bridge shows" in text(flight.app))
        assert panel.size == before
        seen = lines(flight.app)
        top = {80: 7, 120: 12, 160: 12, 200: 19}[size[0]]
        assert seen[:top] == plain[:top]
        assert seen[bar.region.y : -1] == plain[bar.region.y : -1]
        assert "Esc close" in seen[-1]
        await pilot.press("question_mark")
        await shown(pilot, flight.app, lambda: lines(flight.app) == plain)


@pytest.mark.law(4)
async def test_law_4_with_the_help_open_a_breaker_arms_and_esc_puts_that_back_first(
    flight: Flight,
) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await helped(pilot, flight.app)
        await pilot.press("f3")
        await flight.until(lambda _: state_of(flight, "freeze") is BreakerStatus.ARMED)
        await shown(pilot, flight.app, lambda: "Enter fires   Esc disarms" in text(flight.app))
        await pilot.press("escape")
        await flight.until(lambda _: state_of(flight, "freeze") is BreakerStatus.READY)
        assert flight.app.helping
        await pilot.press("b", "3")
        await flight.until(lambda _: state_of(flight, "freeze") is BreakerStatus.ARMED)
        await pilot.press("enter")
        await flight.until(lambda _: state_of(flight, "freeze") is not BreakerStatus.ARMED)
        assert flight.state.breakers["freeze"].attempt == 1
        await pilot.press("escape")
        await shown(pilot, flight.app, lambda: not flight.app.helping)


async def test_the_table_follows_what_is_possible(flight: Flight) -> None:
    async with flight.app.run_test(size=(160, 45)) as pilot:
        await ready(pilot, flight.app)
        await helped(pilot, flight.app)
        for words in ("n next begin Preflight", "F2 arm demote endpoint: the endpoint is hidden"):
            assert words in text(flight.app)
        assert " F9 arm" not in text(flight.app), "no breaker lies there"
        assert "what is armed" not in text(flight.app)
        await pilot.press("f3")
        fires = "Enter fires what is armed, and only that"
        await shown(pilot, flight.app, lambda: fires in text(flight.app))


async def test_it_scrolls_by_keys_where_there_is_little_room(flight: Flight) -> None:
    async with flight.app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("question_mark")
        await shown(pilot, flight.app, lambda: "The bridge shows" in text(flight.app))
        assert "running steps continue" not in text(flight.app)
        await pilot.press("pagedown", "pagedown", "pagedown")
        await shown(pilot, flight.app, lambda: "leave running steps continue" in text(flight.app))
        await pilot.press("pageup", "pageup", "pageup")
        await shown(pilot, flight.app, lambda: "The bridge shows" in text(flight.app))


@pytest.mark.parametrize(("key", "words"), [("j", "Journal: the record"), ("o", "Output: what")])
async def test_it_lies_over_the_other_screens_and_esc_takes_one_away_at_a_time(
    flight: Flight, key: str, words: str
) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press(key)
        await shown(pilot, flight.app, lambda: "Esc back" in text(flight.app))
        await helped(pilot, flight.app)
        await shown(pilot, flight.app, lambda: words in text(flight.app))
        await pilot.press("f3")
        await flight.until(lambda _: state_of(flight, "freeze") is BreakerStatus.ARMED)
        for holds in (
            lambda: state_of(flight, "freeze") is BreakerStatus.READY and flight.app.helping,
            lambda: not flight.app.helping and isinstance(flight.app.screen, LinesScreen),
            lambda: len(flight.app.screen_stack) == 1,
        ):
            await pilot.press("escape")
            await shown(pilot, flight.app, holds)


async def test_where_text_is_typed_it_is_text(flight: Flight) -> None:
    async with flight.app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("f2")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Picker)))
        await shown(pilot, flight.app, lambda: "Enter goes on  Esc back  F2" in text(flight.app))
        await pilot.press("question_mark")
        assert flight.app.screen.query_one(Picker).typed == "?"
        assert "? help" not in text(flight.app)
        await pilot.press("escape", "j")
        await shown(pilot, flight.app, lambda: "in control" in text(flight.app))
        await pilot.press("slash", "question_mark")
        assert flight.app.screen.query_one(Input).value == "?"
        assert not flight.app.helping
        await pilot.press("f3")
        await flight.until(lambda _: state_of(flight, "freeze") is BreakerStatus.ARMED)


async def test_the_palette_opens_it_over_a_picker_and_says_what_that_is(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("f2")
        await shown(pilot, flight.app, lambda: bool(flight.app.screen.query(Picker)))
        flight.app.action_show_help_panel()
        await shown(pilot, flight.app, lambda: "The picker: type to filter" in text(flight.app))
        await pilot.press("escape")
        await shown(pilot, flight.app, lambda: not flight.app.helping)
        assert flight.app.screen.query(Picker), "Esc took the help alone away"


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("size", WIDTHS)
async def test_the_footer_keeps_help_palette_and_what_the_banner_names(
    name: str, size: tuple[int, int]
) -> None:
    app = CockpitApp(None)
    app.hold_still()
    async with app.run_test(size=size) as pilot:
        app.live = Presenter(Told(STORIES[name]()))
        app.draw()
        await pilot.pause()
        foot = lines(app)[-1]
        view = app.live.screenful(10).banner
        first = app.screen.query_one(KeyFooter).hints[0].shown
    assert foot.rstrip().endswith("^q leave")
    for words in ("? help", "^p palette"):
        assert f"  {words}  " in foot
    named = view.armed.choices if view.armed else view.choices
    letters = [choice.key for choice in named if not choice.key.startswith("F")]
    assert all(f" {key} " in foot for key in letters)
    assert not letters or first == letters[0]


def test_every_key_has_a_description_and_a_tooltip() -> None:
    ours = (*BINDINGS, *CUTOVER, *LinesScreen.BINDINGS, *Question.BINDINGS, *Picker.BINDINGS)
    for binding in ours:
        assert isinstance(binding, Binding)
        assert binding.system or (binding.description and binding.tooltip), binding


def test_the_legend_has_every_glyph() -> None:
    for status in Status:
        told = f"**{glyph(status)}** {status.value}"
        assert told in texts.BRIDGE or status is Status.NONE


@pytest.mark.law(9)
async def test_law_9_what_a_card_says_is_only_text_in_the_table(flight: Flight) -> None:
    async with flight.app.run_test(size=(160, 45)) as pilot:
        await ready(pilot, flight.app)
        assert flight.app.live is not None
        breakers = flight.app.live.source.plan.breakers
        foreign = "[/foo] [red]\x1b]52;c;aGk=\x07"
        flight.app.live.breaker = lambda _: replace(breakers[0], changes=foreign)  # type: ignore[method-assign]
        await helped(pilot, flight.app)
        assert "[/foo] [red]" in text(flight.app)
        assert "\x1b" not in text(flight.app)
