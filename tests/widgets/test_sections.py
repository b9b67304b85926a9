"""Each section in a tiny app at the three sizes."""

import pytest
from msgspec.structs import replace
from textual.widget import Widget

from cockpit.screens.themes import MONO, PALETTES
from tests.widgets.host import SIZES, Host, Wall, lines, screen_strips
from tests.widgets.samples import (
    ARMED,
    BLIND,
    BREACH,
    BREAKERS,
    CALM,
    CUTOVER,
    FEED,
    NO_GO,
    PICKER,
    SAMPLES,
    TRIP,
    rehearsal,
)
from widgets.banner import Banner
from widgets.breakers import BreakerBar, BreakerTile
from widgets.cutover import CutoverList
from widgets.drawn import Drawn
from widgets.feed import Feed, FeedLine
from widgets.form import FormLine
from widgets.glyphs import Status
from widgets.picker import Picker
from widgets.rows import ListRow
from widgets.slo import SloPanel, SloView
from widgets.strip import StatusStrip
from widgets.topbar import EnvironmentTag, TopBar

FOREIGN = "[/foo] [red] [link=http://x]l[/] \x1b]52;c;aGk=\x07 \x9b2J"
SHOWN = "[/foo] [red] [link=http://x]l[/] �]52;c;aGk=� �2J"


async def text_of(widget: Widget, width: int, height: int) -> str:
    app = Host(widget)
    widget.styles.height = height
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        return "\n".join(lines(app))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("name", SAMPLES)
async def test_never_dropped_at_any_size(name: str, width: int, height: int) -> None:
    sample = SAMPLES[name]
    app = Wall(sample, width)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        seen = "\n".join(lines(app))
    assert len(seen.splitlines()) == height
    for cell in sample.strip:
        assert cell.label in seen
    for row in sample.slo.rows:
        assert row.name in seen
        assert row.value in seen
    for tile in sample.breakers:
        assert tile.key in seen
    if sample.banner.armed is None:
        for choice in sample.banner.choices:
            assert f" {choice.key} " in seen
            assert choice.label in seen or choice.short in seen
        first = sample.banner.lines[0]
        assert first.text in seen or (first.short and first.short in seen)
        under = (sample.banner.under, sample.banner.under_short)
        assert any(words and words in seen for words in under)
        assert sample.banner.number_label in seen
    for words in ("control alice", "02:26:12Z", "2.4.0 → 2.5.0"):
        assert words in seen


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_armed_shows_command_change_check_and_keys(width: int, height: int) -> None:
    armed = ARMED.banner.armed
    assert armed is not None
    seen = await text_of(Banner(ARMED.banner), width, {80: 4, 120: 6, 200: 9}[width])
    for words in (armed.command, "nothing sent", "Enter  FIRES", "Esc  disarms"):
        assert words in seen
    assert armed.verify in seen or armed.short_verify in seen
    assert armed.others in seen or armed.short_others in seen
    assert "━" in seen


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_the_decision_keeps_its_place_in_every_state(width: int, height: int) -> None:
    height = {80: 4, 120: 6, 200: 9}[width]
    calm = (await text_of(Banner(CALM.banner), width, height)).splitlines()
    armed = (await text_of(Banner(ARMED.banner), width, height)).splitlines()
    block = {80: 36, 120: 38, 200: 72}[width]
    for row in range(height):
        if "▀" in calm[row][:block] or "█" in calm[row][:block]:
            assert calm[row][:block] == armed[row][:block]


@pytest.mark.law(9)
@pytest.mark.parametrize(
    "widget",
    [
        Banner(replace(BREACH.banner, lines=(FormLine(FOREIGN),), under=FOREIGN)),
        TopBar(replace(CALM.topbar, service=FOREIGN)),
        StatusStrip(tuple(replace(cell, value=FOREIGN) for cell in CALM.strip)),
        CutoverList(replace(CUTOVER, rows=(ListRow(FOREIGN, Status.OK, FOREIGN),), missing=None)),
        CutoverList(replace(CUTOVER, output=(FOREIGN,))),
        SloPanel(replace(CALM.slo, rows=(SloView("p95", Status.OK, "1", note=FOREIGN),))),
        Feed((FeedLine("02:00:00Z", Status.OK, FOREIGN),)),
        BreakerBar((BreakerTile("F2", FOREIGN),)),
        Picker(replace(PICKER, question=FOREIGN)),
    ],
    ids=lambda widget: type(widget).__name__,
)
async def test_law_9_foreign_text_is_only_text(widget: Widget) -> None:
    seen = await text_of(widget, 200, 20)
    assert SHOWN[:13] in seen
    assert "\x1b" not in seen
    assert "\x9b" not in seen


@pytest.mark.law(11)
async def test_law_11_in_mono_every_monitor_state_is_told_by_glyph_and_word() -> None:
    rows = tuple(
        SloView(f"m{index}", status, "1 ms", note=str(status), series=(0.5,))
        for index, status in enumerate(
            (Status.OK, Status.BREACHING, Status.TRIPPED, Status.BLIND, Status.LEARNING)
        )
    )
    panel = SloPanel(replace(CALM.slo, rows=rows))
    panel.styles.height = 8
    app = Host(panel, theme=MONO)
    async with app.run_test(size=(78, 8)) as pilot:
        await pilot.pause()
        seen = lines(app)[1:6]
        colours = {
            segment.style.color.name
            for strip in screen_strips(app)
            for segment in strip
            if segment.style and segment.style.color
        }
    assert [line[0] for line in seen] == ["●", "▲", "■", "?", "…"]
    for line, status in zip(seen, ("ok", "breaching", "tripped", "blind", "learning"), strict=True):
        assert status in line
    assert colours <= {"#e6e6e6", "#000000"}


@pytest.mark.law(10)
@pytest.mark.parametrize("theme", PALETTES)
async def test_law_10_a_rehearsal_is_marked_in_every_theme(theme: str) -> None:
    app = Host(TopBar(rehearsal(CALM).topbar), theme=theme)
    async with app.run_test(size=(80, 1)) as pilot:
        await pilot.pause()
        (seen,) = lines(app)
    assert " REHEARSAL " in seen
    assert "╱" in seen
    assert "nothing real" in seen
    assert "2.4.0 → 2.5.0" in seen


async def test_an_observer_is_told_so() -> None:
    view = replace(CALM.topbar, observer="watching, no keys; c takes control")
    seen = await text_of(TopBar(view), 120, 1)
    assert "watching, no keys; c takes control" in seen
    assert "STAGING" in await text_of(
        TopBar(replace(CALM.topbar, environment=EnvironmentTag.STAGING)), 120, 1
    )


async def test_a_long_list_says_what_is_left_out() -> None:
    rows = tuple(ListRow(f"step {n}", Status.TODO, active=n == 30) for n in range(50))
    seen = await text_of(CutoverList(replace(CUTOVER, rows=rows)), 54, 15)
    assert "step 30" in seen
    assert "above" in seen
    assert "below" in seen


async def test_more_monitors_than_lines_are_counted_and_the_bad_ones_named() -> None:
    rows = (*CALM.slo.rows, replace(BLIND.slo.rows[1], name="late one"))
    seen = await text_of(SloPanel(replace(CALM.slo, rows=rows)), 78, 8)
    assert "2 more: late one blind" in seen


async def test_newest_feed_line_is_last() -> None:
    seen = (await text_of(Feed(FEED), 100, 3)).splitlines()
    assert "02:23:53Z" in seen[-1]
    assert "02:23:53Z" in await text_of(Feed(FEED), 78, 1)


@pytest.mark.parametrize("height", [1, 2])
async def test_breakers_keep_their_places_in_every_state(height: int) -> None:
    places = set()
    for tiles in (BREAKERS, ARMED.breakers, TRIP.breakers, NO_GO.breakers):
        seen = (await text_of(BreakerBar(tiles), 78, height)).splitlines()[0]
        places.add(tuple(seen.index(tile.key) for tile in tiles))
    assert len(places) == 1


async def test_a_clicked_breaker_says_which() -> None:
    pressed: list[str] = []

    class Clicked(Host):
        def on_breaker_bar_pressed(self, message: BreakerBar.Pressed) -> None:
            pressed.append(message.key)

    app = Clicked(BreakerBar(BREAKERS))
    async with app.run_test(size=(116, 2)) as pilot:
        await pilot.click(BreakerBar, offset=(50, 1))
    assert pressed == ["F4"]


async def test_ascii_draws_nothing_else() -> None:
    app = Wall(TRIP, 200, ascii_only=True)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert all(line.isascii() for line in lines(app))


@pytest.mark.parametrize(("width", "height"), [(20, 8), (3, 3), (300, 90)])
async def test_odd_sizes_break_nothing(width: int, height: int) -> None:
    for name in SAMPLES:
        sample = SAMPLES[name]
        parts: list[Drawn[object]] = [
            Banner(sample.banner),  # type: ignore[list-item]
            SloPanel(sample.slo),  # type: ignore[list-item]
            CutoverList(sample.cutover),  # type: ignore[list-item]
            StatusStrip(sample.strip),  # type: ignore[list-item]
        ]
        for part in parts:
            assert len((await text_of(part, width, height)).splitlines()) == height


async def test_in_ascii_the_legend_of_the_breakers_leaves_the_first_key_whole() -> None:
    tile = BreakerTile("F2", "demote")
    row = (await text_of(BreakerBar((tile,), ascii_only=True), 78, 1)).splitlines()[0]
    assert row.split()[:3] == ["ready", "F2", "demote"]
