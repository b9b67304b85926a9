"""The base of all screens: pages whose keys describe what they would do now."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual.screen import Screen

from cockpit.screens.model.page_host import host_of
from widgets.draw import cells

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

    from cockpit.screens.model.presenter import Presenter
    from cockpit.screens.view.offers import Available

_TEXTUALS: Final = {"submit": "apply the filter or the line"}
"""Keys of Textual's own widgets that are worth a line in the help; the others move a cursor."""


class Page(Screen[None]):
    """A screen of the cockpit; Textual's breakpoints pick its layout."""

    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (116, "-mid"), (190, "-wall")]  # noqa: RUF012

    @property
    def active_bindings(self) -> "dict[str, ActiveBinding]":
        """Textual's active bindings with tooltips for the present state, for footer and help."""
        bindings = super().active_bindings
        live = host_of(self.app).live
        if live is None:
            return bindings
        described = {
            key: _with_tooltip(active, tooltip)
            for key, active in bindings.items()
            if (tooltip := _tooltip(active, live))
        }
        # The app's keys come last, each group together, even where one replaces a screen's key.
        return dict(sorted(described.items(), key=lambda item: item[1].node is self.app))


def _with_tooltip(active: "ActiveBinding", tooltip: str) -> "ActiveBinding":
    if tooltip == active.tooltip:
        return active
    return active._replace(binding=replace(active.binding, tooltip=tooltip), tooltip=tooltip)


def _tooltip(active: "ActiveBinding", live: "Presenter") -> str:
    """Return what a key would do; empty for one that does nothing here."""
    action, _, rest = active.binding.action.partition("('")
    match action:
        case "breaker" | "digit":
            return _describe_breaker(live, rest.removesuffix("')"))
        case "app.next":
            return _describe_next(live.offers())
        case _:
            return active.tooltip or _TEXTUALS.get(action, "")


def _describe_next(offered: "Available") -> str:
    if offered.next_not:
        text = f"{offered.next_label}: {offered.next_not}"
    elif offered.next_step:
        text = f"go on with {offered.next_label}: {offered.next_step}"
    else:
        text = f"begin {offered.next_label}"
    return _printable(text)


def _describe_breaker(live: "Presenter", key: str) -> str:
    breaker = live.breaker(key)
    if breaker is None:
        return ""
    title = breaker.title or breaker.breaker
    changes = breaker.changes.replace("{endpoint}", "the endpoint")
    return _printable(f"{title}: {changes}" if changes else title)


def _printable(text: str) -> str:
    """Return a card's text without control characters: Textual's table prints it as it is."""
    return "".join(cells(text))
