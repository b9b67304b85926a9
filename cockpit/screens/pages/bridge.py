"""The bridge: the one screen that a war room needs."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from cockpit.screens.pages.help_texts import BRIDGE
from cockpit.screens.pages.page import Page
from cockpit.screens.view.bindings import CUTOVER
from cockpit.screens.view.first_paint import FirstPaint
from cockpit.screens.view.screenful import Screenful, before_open
from widgets.banner import Banner
from widgets.breakers import BreakerBar
from widgets.cutover import CutoverList
from widgets.feed import Feed
from widgets.footer import KeyFooter
from widgets.ground import Ground
from widgets.ruler import WindowRuler
from widgets.slo import SloPanel, chart_cells
from widgets.strip import StatusStrip
from widgets.topbar import EnvironmentTag, TopBar


class Bridge(Page):
    """Lays out the sections and sets the value of each."""

    BINDINGS: ClassVar = CUTOVER
    BINDING_GROUP_TITLE = "The cutover"
    HELP = BRIDGE

    def __init__(self, known: FirstPaint, *, ascii_only: bool = False) -> None:
        super().__init__(classes="rehearsal" if known.environment == "rehearsal" else "")
        self._first = before_open(known)
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """Lay out all sections; later only the panel of a question is added and removed."""
        shown, ascii_only = self._first, self._ascii
        self._take_breakpoint()
        yield TopBar(shown.topbar, ascii_only=ascii_only)
        with Ground(id="body"):
            yield Container(classes="edge")
            yield Container(classes="edge right")
            yield from self._page(shown, ascii_only=ascii_only)

    def _page(self, shown: Screenful, *, ascii_only: bool) -> ComposeResult:
        with Ground(id="page"):
            yield Banner(shown.banner, ascii_only=ascii_only)
            yield StatusStrip(shown.strip, ascii_only=ascii_only)
            yield WindowRuler(shown.ruler, ascii_only=ascii_only)
            with Ground(id="columns"):
                with Ground(id="left"):
                    yield CutoverList(shown.cutover, ascii_only=ascii_only)
                    yield Feed(shown.feed, ascii_only=ascii_only)
                yield SloPanel(shown.slo, ascii_only=ascii_only)
            yield Feed(shown.feed, id="below", ascii_only=ascii_only)
            yield BreakerBar(shown.breakers, ascii_only=ascii_only)
            yield KeyFooter(ascii_only=ascii_only)

    def _take_breakpoint(self) -> None:
        """Begin in the layout of the present size: Textual sets it only after the first paint."""
        width = self.app.size.width
        fitting = [name for least, name in self.HORIZONTAL_BREAKPOINTS if width >= least]
        self.add_class(*fitting[-1:])

    def on_mount(self) -> None:
        """Put the SLOs above the cutover at 80 columns, beside it from 116."""
        self._order_columns()

    def on_resize(self) -> None:
        """Put the columns in the order of the size."""
        self._order_columns()

    def _order_columns(self) -> None:
        left, panel = self.query_one("#left"), self.query_one(SloPanel)
        columns = self.query_one("#columns")
        wanted = [left, panel] if self.app.size.width >= 116 else [panel, left]
        if list(columns.children) != wanted:
            columns.move_child(wanted[0], before=0)

    def cells(self, monitors: int) -> int:
        """Return how many samples a chart shows at the present size."""
        panel = self.query_one(SloPanel)
        return chart_cells(panel.size.width, monitors, panel.size.height)

    def acknowledge(self, key: str, breaker: str = "") -> None:
        """Show at once that a key was pressed: in the footer, and on the tile of a breaker's key.

        It only says that the key arrived; the next screenful replaces it.
        """
        self.query_one(KeyFooter).acknowledge(key)
        if breaker:
            self.query_one(BreakerBar).acknowledge(breaker)

    def show(self, shown: Screenful) -> None:
        """Show one screenful."""
        rehearsal = shown.topbar.environment is EnvironmentTag.REHEARSAL
        self.set_class(rehearsal, "rehearsal")
        self.query_one(TopBar).value = shown.topbar
        self.query_one(Banner).value = shown.banner
        self.query_one(StatusStrip).value = shown.strip
        self.query_one(WindowRuler).value = shown.ruler
        self.query_one(CutoverList).value = shown.cutover
        self.query_one(SloPanel).value = shown.slo
        for feed in self.query(Feed):
            feed.value = shown.feed
        self.query_one(BreakerBar).value = shown.breakers

    @property
    def asking(self) -> bool:
        """Whether a panel takes the cutover's place."""
        return self.has_class("asking")

    async def ask(self, panel: Widget) -> None:
        """Show a panel in the cutover's place, instead of any other."""
        await self.put_back()
        self.add_class("asking")
        panel.add_class("asked")
        await self.query_one("#left").mount(panel, before=0)

    async def put_back(self) -> None:
        """Remove the panel and show the cutover again."""
        self.remove_class("asking")
        await self.query("#left > .asked").remove()
        self.set_focus(None)
