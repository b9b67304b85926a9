"""The screens of lines: a step's output and the journal; both can be filtered."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Label, Log

from cockpit.screens.pages.help_texts import JOURNAL, OUTPUT
from cockpit.screens.pages.page import Page
from widgets.banner import Banner, BannerView
from widgets.footer import KeyFooter

MOST_LINES = 20_000


class LinesScreen(Page):
    """Shows lines, newest last, and follows the end; `/` filters, Esc goes back."""

    BINDING_GROUP_TITLE = "These lines"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", tooltip="to the bridge", id="lines.back"),
        Binding("slash", "filter", "filter", tooltip="lines that hold a text", id="lines.filter"),
    ]

    def __init__(self, title: str, banner: BannerView, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._title, self._banner, self._ascii = title, banner, ascii_only
        self._lines: tuple[str, ...] = ()
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """Lay out banner, title, filter and lines."""
        yield Banner(self._banner, ascii_only=self._ascii)
        yield Label(self._title, markup=False, classes="title")
        yield Input(placeholder="filter: lines that hold this text", max_length=200)
        yield Log(max_lines=MOST_LINES, highlight=False)
        yield KeyFooter(ascii_only=self._ascii)

    def on_mount(self) -> None:
        """Focus the lines, not the filter, so that letters stay keys."""
        self.query_one(Log).focus()

    def set_title(self, title: str) -> None:
        """Set the title."""
        if self.is_mounted and title != self._title:
            self._title = title
            self.query_one(".title", Label).update(self._title)

    def set_lines(self, lines: Iterable[str]) -> None:
        """Show these lines; appends where they continue what is shown."""
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
            if log.is_vertical_scroll_end:
                self.call_after_refresh(log.scroll_end, animate=False)

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Go back to the bridge."""
        self.dismiss()


class OutputScreen(LinesScreen):
    """The whole output of the running action, or of the last one."""

    HELP = OUTPUT


class JournalScreen(LinesScreen):
    """The journal in words."""

    HELP = JOURNAL
