"""A screen of lines of which one is chosen; Enter runs its check, or asks who vouches."""

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from cockpit.screens.pages.page import Page
from widgets.banner import Banner, BannerView
from widgets.board import Board, BoardView
from widgets.footer import KeyFooter
from widgets.topbar import TopBar, TopBarView

if TYPE_CHECKING:
    from cockpit.card.model.plan import Planned
    from cockpit.screens.view.snapshot import Snapshot


class BoardPage(Page):
    """The base of such screens: the arrows choose, Enter orders the check of the line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "check", "run again", tooltip="run its check, or vouch for it"),
        Binding("r", "check", "run again", tooltip="the same as Enter", show=False),
        Binding("up", "choose(-1)", "up", tooltip="the line before", show=False),
        Binding("down", "choose(1)", "down", tooltip="the line after", show=False),
        Binding("escape", "back", "back", tooltip="to the bridge"),
    ]

    class CheckRequested(Message):
        """The operator wants the check of line number `index` to run again."""

        def __init__(self, screen: "BoardPage", index: int) -> None:
            super().__init__()
            self.screen = screen
            self.index = index

    def __init__(self, topbar: TopBarView, banner: BannerView, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._topbar, self._banner, self._ascii = topbar, banner, ascii_only
        self._index = 0

    def compose(self) -> ComposeResult:
        """Lay out top bar, banner, body and keys."""
        yield TopBar(self._topbar, ascii_only=self._ascii)
        yield Banner(self._banner, ascii_only=self._ascii)
        yield from self.body(ascii_only=self._ascii)
        yield KeyFooter(ascii_only=self._ascii)

    def body(self, *, ascii_only: bool) -> ComposeResult:
        """Lay out the body, between banner and keys."""
        yield Board(BoardView(""), ascii_only=ascii_only)

    def show(self, snapshot: "Snapshot") -> None:
        """Show the lines of a snapshot."""
        if self.is_mounted:
            self.query_one(Board).value = replace(self.board(snapshot), chosen=self._index)

    def board(self, snapshot: "Snapshot") -> BoardView:
        """Return the lines of a snapshot."""
        raise NotImplementedError

    def items(self, snapshot: "Snapshot") -> "tuple[Planned, ...]":
        """Return the item of each line, in the order of the lines."""
        raise NotImplementedError

    def action_choose(self, by: int) -> None:
        """Choose another line, at once."""
        board = self.query_one(Board)
        self._index = max(0, min(len(board.value.lines()) - 1, self._index + by))
        board.value = replace(board.value, chosen=self._index)

    def action_check(self) -> None:
        """Ask for the check of the chosen line."""
        self.query_one(KeyFooter).acknowledge("Enter")
        self.post_message(self.CheckRequested(self, self._index))

    def action_back(self) -> None:
        """Go back to the bridge."""
        self.dismiss()
