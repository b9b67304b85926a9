"""A screen of lines under the banner: a step's output, or the journal; both can be filtered."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Label, Log

from widgets.banner import Banner, BannerView

MOST_LINES = 20_000
_KEYS = "    Esc back    / filter    F2 to F9 and Enter still work"


class LinesScreen(Screen[None]):
    """Shows lines, newest last, and follows the end; `/` filters, Esc goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", tooltip="Back to the bridge", id="lines.back"),
        Binding(
            "slash", "filter", "filter", tooltip="Show lines that hold a text", id="lines.filter"
        ),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (116, "-mid"), (190, "-wall")]  # noqa: RUF012

    def __init__(
        self, title: str, banner: BannerView, *, follows: bool = True, ascii_only: bool = False
    ) -> None:
        super().__init__()
        self._follows = follows
        self._title, self._banner, self._ascii = f"{title}{_KEYS}", banner, ascii_only
        self._lines: tuple[str, ...] = ()
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """Lay out banner, title, filter and lines."""
        yield Banner(self._banner, ascii_only=self._ascii)
        yield Label(self._title, markup=False, classes="title")
        yield Input(placeholder="filter: lines that hold this text", max_length=200)
        yield Log(max_lines=MOST_LINES, highlight=False, auto_scroll=self._follows)

    def on_mount(self) -> None:
        """Begin in the lines, so that keys keep their meaning."""
        self.query_one(Log).focus()

    def set_title(self, title: str) -> None:
        """Say what is shown."""
        if self.is_mounted and f"{title}{_KEYS}" != self._title:
            self._title = f"{title}{_KEYS}"
            self.query_one(Label).update(self._title)

    def set_lines(self, lines: Iterable[str]) -> None:
        """Show these lines; adds to what is shown where it can."""
        before, self._lines = self._lines, tuple(lines)
        if not self.is_mounted or self._lines == before:
            return
        if before and self._lines[: len(before)] == before:
            self._write(self._lines[len(before) :])
        else:
            self._all()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        self._wanted = event.value.casefold()
        self._all()

    def on_input_submitted(self) -> None:
        """Go back to the lines."""
        self.query_one(Log).focus()

    def _all(self) -> None:
        log = self.query_one(Log)
        log.clear()
        self._write(self._lines)

    def _write(self, lines: Iterable[str]) -> None:
        shown = [line for line in lines if self._wanted in line.casefold()]
        if shown:
            log = self.query_one(Log)
            log.write_lines(shown)
            if not self._follows:
                self.call_after_refresh(log.scroll_home, animate=False)
            elif log.is_vertical_scroll_end:
                self.call_after_refresh(log.scroll_end, animate=False)

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Go back to the bridge."""
        self.dismiss()
