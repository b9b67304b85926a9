"""What all screens are: pages whose keys say what they would do now."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual.screen import Screen

from cockpit.screens.model.host import host_of
from widgets.draw import cells

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

    from cockpit.screens.model.presenter import Presenter
    from cockpit.screens.view.offers import Available

_TEXTUALS: Final = {"submit": "take what was typed"}
"""Keys of Textual's own widgets that are worth a line; the others only move a cursor."""


class Page(Screen[None]):
    """A screen of the cockpit; Textual's breakpoints pick its layout."""

    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (116, "-mid"), (190, "-wall")]  # noqa: RUF012

    @property
    def active_bindings(self) -> "dict[str, ActiveBinding]":
        """Textual's active bindings, in the words of now: its footer and its help show them."""
        found = super().active_bindings
        live = host_of(self.app).live
        if live is None:
            return found
        told = {
            key: _saying(active, words)
            for key, active in found.items()
            if (words := _told(active, live))
        }
        # A key that has priority stands where what it replaces stood: its group stays together.
        return dict(sorted(told.items(), key=lambda item: item[1].node is self.app))


def _saying(active: "ActiveBinding", words: str) -> "ActiveBinding":
    if words == active.tooltip:
        return active
    return active._replace(binding=replace(active.binding, tooltip=words), tooltip=words)


def _told(active: "ActiveBinding", live: "Presenter") -> str:
    """Say what a key would do; nothing for one that does nothing here."""
    action, _, rest = active.binding.action.partition("('")
    match action:
        case "breaker" | "digit":
            return _arms(live, rest.removesuffix("')"))
        case "app.next":
            return _begins(live.offers())
        case _:
            return active.tooltip or _TEXTUALS.get(action, "")


def _begins(offered: "Available") -> str:
    if offered.next_not:
        words = f"{offered.next_label}: {offered.next_not}"
    elif offered.next_step:
        words = f"go on with {offered.next_label}: {offered.next_step}"
    else:
        words = f"begin {offered.next_label}"
    return _text(words)


def _arms(live: "Presenter", key: str) -> str:
    breaker = live.breaker(key)
    if breaker is None:
        return ""
    title = breaker.title or breaker.breaker
    changes = breaker.changes.replace("{endpoint}", "the endpoint")
    return _text(f"{title}: {changes}" if changes else title)


def _text(words: str) -> str:
    """Give what a card says as text alone: Textual's table hands it on to the terminal."""
    return "".join(cells(words))
