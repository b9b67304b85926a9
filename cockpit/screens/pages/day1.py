"""The Day-1 screen: error budget, success metrics, and the drumbeat with its due times."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from cockpit.screens.pages.board_page import BoardPage
from cockpit.screens.pages.help_texts import DAY1
from cockpit.screens.view.day1 import board, budget, items
from widgets.board import Board, BoardView
from widgets.budget import BudgetPanel, BudgetView
from widgets.ground import Ground

if TYPE_CHECKING:
    from cockpit.card.model.plan import Planned
    from cockpit.screens.view.snapshot import Snapshot


class DayOneScreen(BoardPage):
    """The error budget beside the success metrics and the drumbeat."""

    BINDING_GROUP_TITLE = "Day 1"
    HELP = DAY1

    def body(self, *, ascii_only: bool) -> ComposeResult:
        """Lay out the budget beside, or above, the lines."""
        with Ground(id="day1"):
            yield BudgetPanel(BudgetView(), ascii_only=ascii_only)
            yield Board(BoardView(""), ascii_only=ascii_only)

    def show(self, snapshot: "Snapshot") -> None:
        """Show budget and lines of a snapshot."""
        super().show(snapshot)
        if self.is_mounted:
            self.query_one(BudgetPanel).value = budget(snapshot)

    def board(self, snapshot: "Snapshot") -> BoardView:
        """Return the success metrics and the drumbeat."""
        return board(snapshot)

    def items(self, snapshot: "Snapshot") -> "tuple[Planned, ...]":
        """Return the item of each line."""
        return items(snapshot)
