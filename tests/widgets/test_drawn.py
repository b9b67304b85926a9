"""Only what changed is drawn anew and sent."""

import pytest
from msgspec.structs import replace
from rich.segment import Segment
from textual.geometry import Region
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from cockpit.screens.themes import LIGHT, PALETTES
from tests.widgets.host import Host, lines, screen_strips
from tests.widgets.samples import BREACH, CALM
from widgets.banner import Banner
from widgets.draw import Canvas
from widgets.ground import Ground
from widgets.slo import SloPanel
from widgets.topbar import TopBar, TopBarView


class CountingBar(TopBar):
    """Counts how often it paints and what it marks for repaint."""

    def __init__(self, value: TopBarView) -> None:
        super().__init__(value)
        self.painted = 0
        self.marked: list[Region] = []

    def paint(self, canvas: Canvas, value: TopBarView) -> None:
        self.painted += 1
        super().paint(canvas, value)

    def refresh(self, *regions: Region, **kwargs: bool) -> "CountingBar":
        self.marked.extend(regions)
        return super().refresh(*regions, **kwargs)


async def test_an_equal_value_draws_nothing() -> None:
    bar = CountingBar(CALM.topbar)
    app = Host(bar)
    async with app.run_test(size=(120, 1)) as pilot:
        await pilot.pause()
        painted = bar.painted
        bar.value = replace(CALM.topbar)
        await pilot.pause()
        assert bar.painted == painted


async def test_only_the_cells_that_differ_are_repainted() -> None:
    bar = CountingBar(CALM.topbar)
    app = Host(bar)
    async with app.run_test(size=(120, 1)) as pilot:
        await pilot.pause()
        bar.value = replace(CALM.topbar, utc="02:26:13Z")
        assert bar.marked == [Region(116, 0, 1, 1)]
        await pilot.pause()
        assert "02:26:13Z" in lines(app)[0]


async def test_a_value_set_before_mounting_is_shown() -> None:
    bar = TopBar(CALM.topbar)
    bar.value = replace(CALM.topbar, control="bob")
    app = Host(bar)
    async with app.run_test(size=(120, 1)) as pilot:
        await pilot.pause()
        assert "control bob" in lines(app)[0]
        assert bar.value.control == "bob"


async def test_a_new_theme_and_a_new_size_draw_everything() -> None:
    app = Host(Banner(CALM.banner), SloPanel(BREACH.slo))
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        app.theme = LIGHT
        await pilot.pause()
        names = {
            segment.style.bgcolor.name
            for strip in screen_strips(app)
            for segment in strip
            if segment.style and segment.style.bgcolor
        }
        assert PALETTES[LIGHT]["surface"] in names
        assert "#131922" not in names
        await pilot.resize_terminal(100, 24)
        await pilot.pause()
        assert all(len(line) == 100 for line in lines(app))


@pytest.mark.parametrize("theme", BUILTIN_THEMES)
async def test_a_theme_that_is_not_ours_breaks_nothing(theme: str) -> None:
    app = Host(Banner(BREACH.banner), SloPanel(BREACH.slo))
    async with app.run_test(size=(120, 24)) as pilot:
        app.theme = theme
        await pilot.pause()
        assert "traffic 0 %" in "\n".join(lines(app))


@pytest.mark.parametrize("no_color", ["", "1"])
async def test_lines_are_the_ones_that_textual_would_give(
    monkeypatch: pytest.MonkeyPatch, no_color: str
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    sections = (Banner(BREACH.banner), SloPanel(BREACH.slo))
    ground = Ground(*sections)
    app = Host(ground)
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        for widget in (*sections, ground):
            for crop in (widget.size.region, Region(7, 2, 50, 3)):
                ours = [list(strip) for strip in widget.render_lines(crop)]
                theirs = [list(strip) for strip in Widget.render_lines(widget, crop)]
                assert [_cells(line) for line in ours] == [_cells(line) for line in theirs]


def _cells(line: list[Segment]) -> list[tuple[str, str, str]]:
    """Return each cell with its colours; a blank one has no ink."""
    return [
        (char, "" if char == " " else str(style.color), str(style.bgcolor))
        for text, style, _ in line
        for char in text
        if style is not None
    ]
