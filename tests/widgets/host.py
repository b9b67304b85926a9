"""A tiny app that shows all sections of one sample, laid out for the size it runs at."""

import importlib
import pkgutil
from collections.abc import Iterator

from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.strip import Strip
from textual.widget import Widget

import widgets
from cockpit.screens.themes import DARK, PALETTES, themes
from tests.widgets.samples import Shown
from widgets.banner import Banner
from widgets.breakers import BreakerBar
from widgets.cutover import CutoverList
from widgets.drawn import Drawn
from widgets.feed import Feed
from widgets.ruler import WindowRuler
from widgets.slo import SloPanel
from widgets.strip import StatusStrip
from widgets.topbar import TopBar

SIZES = ((80, 24), (120, 36), (200, 60))


class Host(App[None]):
    """Shows given widgets, one below the other."""

    CSS = "Screen { background: $background; overflow: hidden; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *shown: Widget, theme: str = DARK) -> None:
        super().__init__()
        self._shown = shown
        self._named = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(PALETTES[DARK])

    def compose(self) -> ComposeResult:
        for theme in themes():
            self.register_theme(theme)
        self.theme = self._named
        yield from self._shown


class Wall(Host):
    """A stand-in for the bridge, to look at the sections together."""

    CSS = (
        Host.CSS
        + """
    .m { margin: 0 1; }
    StatusStrip { height: 2; }
    Banner { height: 4; }
    #left { height: 6; width: 1fr; }
    SloPanel { height: 8; }
    .w120 .m { margin: 0 2; }
    .w120 Banner { height: 6; } .w120 StatusStrip { height: 3; }
    .w120 #left { width: 54; height: 15; margin: 0 4 0 2; }
    .w120 SloPanel { height: 15; margin: 0 2 0 0; }
    .w120 #columns { margin-top: 1; height: 15; }
    .w120 .gap { margin: 1 2 0 2; }
    .w200 .m { margin: 0 3; }
    .w200 Banner { height: 9; } .w200 StatusStrip { height: 5; margin-top: 1; }
    .w200 #left { width: 78; height: 36; margin: 0 6 0 3; }
    .w200 SloPanel { height: 36; margin: 0 3 0 0; }
    .w200 #columns { margin-top: 1; height: 36; }
    .w200 .gap { margin: 1 3 0 3; } .w200 #left .gap { margin: 0; }
    """
    )

    def __init__(
        self, sample: Shown, width: int, *, theme: str = DARK, ascii_only: bool = False
    ) -> None:
        super().__init__(*self._sections(sample, width, ascii_only), theme=theme)

    def _sections(self, sample: Shown, width: int, ascii_only: bool) -> Iterator[Widget]:
        root = Vertical(classes=f"w{width}")
        columns = Horizontal(id="columns")
        cutover = CutoverList(sample.cutover, ascii_only=ascii_only)
        slo = SloPanel(sample.slo, ascii_only=ascii_only)
        small, wall = width == 80, width == 200
        feed = Feed(sample.feed, classes="" if wall else "m gap", ascii_only=ascii_only)
        feed.styles.height = 1 if small else 3
        if wall:
            feed.styles.height = 7
        left = Vertical(cutover, *([feed] if wall else []), id="left")
        bars: list[Widget] = [
            TopBar(sample.topbar, ascii_only=ascii_only),
            Banner(sample.banner, ascii_only=ascii_only),
            StatusStrip(sample.strip, classes="m", ascii_only=ascii_only),
        ]
        if not small:
            ruler = WindowRuler(
                sample.ruler, classes="m gap" if wall else "m", ascii_only=ascii_only
            )
            bars.append(ruler)
        breakers = BreakerBar(sample.breakers, classes="m gap", ascii_only=ascii_only)
        breakers.styles.height = 1 if small else 2
        if small:
            slo.add_class("m")
            left.add_class("m")
            body: list[Widget] = [slo, left, feed, breakers]
        else:
            columns.compose_add_child(left)
            columns.compose_add_child(slo)
            body = [columns, *([] if wall else [feed]), breakers]
        for part in (*bars, *body):
            root.compose_add_child(part)
        yield root


def lines(app: App[None]) -> list[str]:
    """Return the text of the screen, line by line."""
    return ["".join(segment.text for segment in strip) for strip in screen_strips(app)]


def screen_strips(app: App[None]) -> list[Strip]:
    """Return the screen's strips as they would be sent to the terminal."""
    compositor = app.screen._compositor
    return compositor.render_strips(app.size)


def subclasses(of: type[Drawn[object]]) -> Iterator[type[Drawn[object]]]:
    for kind in of.__subclasses__():
        yield kind
        yield from subclasses(kind)


def drawing() -> set[type[Drawn[object]]]:
    """Return the widgets of the package that draw a value."""
    for module in pkgutil.iter_modules(widgets.__path__, "widgets."):
        importlib.import_module(module.name)
    return {kind for kind in subclasses(Drawn) if kind.__module__.startswith("widgets.")}
