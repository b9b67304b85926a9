"""The Done screen: every line with its status, evidence and age; Enter checks one again."""

from typing import TYPE_CHECKING

from cockpit.screens.pages.board_page import BoardPage
from cockpit.screens.pages.help_texts import DONE
from cockpit.screens.view.done import board, lines

if TYPE_CHECKING:
    from cockpit.card.model.plan import Planned
    from cockpit.screens.view.snapshot import Snapshot
    from widgets.board import BoardView


class DoneScreen(BoardPage):
    """The Done list."""

    BINDING_GROUP_TITLE = "The Done list"
    HELP = DONE

    def board(self, snapshot: "Snapshot") -> "BoardView":
        """Return every line of the list."""
        return board(snapshot)

    def items(self, snapshot: "Snapshot") -> "tuple[Planned, ...]":
        """Return the list's items."""
        return tuple(line.item for line in lines(snapshot))
