"""What a page needs from the app that shows it: a protocol, so that no page imports the app."""

from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from textual.app import App

    from cockpit.screens.model.presenter import Presenter


class Host(Protocol):
    """The app, as a page sees it."""

    @property
    def live(self) -> "Presenter | None":
        """The run on the screen; None before it is open."""


def host_of(app: "App[None]") -> Host:
    """Return the app of a page as its host; every app of the cockpit is one."""
    return cast("Host", app)
