"""Law 11: whatever takes a status draws its glyph and its word, so that no colour is needed."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping

import msgspec
import pytest
from textual.widget import Widget

import widgets
from cockpit.screens.themes import MONO
from tests.widgets.host import Host, lines
from widgets.banner import Banner, BannerStyle, BannerView
from widgets.board import Board, BoardGroup, BoardLine, BoardView
from widgets.breakers import BreakerBar, BreakerTile
from widgets.budget import BudgetPanel, BudgetView, MeterRow
from widgets.cutover import CutoverList, CutoverView, PhaseChip
from widgets.feed import Feed, FeedLine
from widgets.form import FormLine
from widgets.glyphs import Status, glyph
from widgets.picker import Option, Picker, PickerView
from widgets.rows import ListRow
from widgets.slo import SloPanel, SloPanelView, SloView

DRAWN: Mapping[str, Callable[[Status], Widget]] = {
    "BoardLine": lambda status: Board(
        BoardView("DONE", (BoardGroup("g", "", (BoardLine("a", status, right=status.value),)),))
    ),
    "BreakerTile": lambda status: BreakerBar((BreakerTile("F2", "demote", status, status.value),)),
    "BudgetView": lambda status: BudgetPanel(BudgetView(status=status, left_label=status.value)),
    "FeedLine": lambda status: Feed((FeedLine("02:00:00Z", status, status.value),)),
    "FormLine": lambda status: Banner(
        BannerView(BannerStyle.QUIET, "GO", lines=(FormLine(status.value, status),))
    ),
    "ListRow": lambda status: CutoverList(
        CutoverView(rows=(ListRow("gate", status, evidence=status.value),))
    ),
    "MeterRow": lambda status: BudgetPanel(
        BudgetView(rows=(MeterRow("p95", status, status.value, "250 ms"),))
    ),
    "Option": lambda status: Picker(
        PickerView("F2", "?", ("a", "b"), (Option("/a", (status.value,), status=status),))
    ),
    "SloView": lambda status: SloPanel(
        SloPanelView((SloView("p95", status, "1 ms", note=status.value),))
    ),
}
"""How each value that takes a status is shown, with the status' word where the value has one."""

WITHOUT_WORD = {
    "PhaseChip": "a phase has room for its name alone; the rows below it have the words",
}
STATUSES = [status for status in Status if status is not Status.NONE]


def takers() -> set[str]:
    """Return the name of each value of the widgets that has a `status`."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.iter_modules(widgets.__path__, "widgets.")
    ]
    values = [value for module in modules for value in vars(module).values()]
    return {
        value.__name__
        for value in values
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
        if any(field.type is Status for field in msgspec.structs.fields(value))
    }


async def drawn(widget: Widget) -> str:
    app = Host(widget, theme=MONO)
    widget.styles.height = 12
    async with app.run_test(size=(120, 12)) as pilot:
        await pilot.pause()
        return "\n".join(lines(app))


@pytest.mark.law(11)
def test_each_value_that_takes_a_status_is_drawn_here() -> None:
    assert takers() == {*DRAWN, *WITHOUT_WORD}


@pytest.mark.law(11)
@pytest.mark.parametrize("name", DRAWN)
async def test_each_status_is_drawn_with_its_glyph_and_its_word(name: str) -> None:
    screens = {status: await drawn(DRAWN[name](status)) for status in STATUSES}
    assert [s for s, screen in screens.items() if glyph(s) not in screen] == []
    assert [s for s, screen in screens.items() if s.value not in screen] == []
    assert len(set(screens.values())) == len(STATUSES), "two statuses are drawn alike"


@pytest.mark.law(11)
async def test_a_phase_has_the_glyph_of_its_status() -> None:
    for status in STATUSES:
        phases = CutoverList(CutoverView(phases=(PhaseChip("T-0 canary", status),)))
        phases.styles.height = 4
        app = Host(phases, theme=MONO)
        async with app.run_test(size=(78, 4)) as pilot:
            await pilot.pause()
            assert lines(app)[1].startswith(f"{glyph(status)} T-0 canary")


@pytest.mark.law(11)
@pytest.mark.parametrize("figures", [(), ("1 ms",), ("1 ms", "18")])
async def test_an_option_has_the_glyph_of_its_status_with_any_figures(
    figures: tuple[str, ...],
) -> None:
    for status in STATUSES:
        options = (Option("/plain", figures), Option("/odd", figures, status=status))
        seen = await drawn(Picker(PickerView("F2", "?", ("path", "p95", "a minute"), options)))
        plain, odd = (next(x for x in seen.splitlines() if at in x) for at in ("/plain", "/odd"))
        assert f"{glyph(status)} {figures[0] if figures else ''}" in odd
        assert glyph(status) not in plain.replace("►", "", 1)
