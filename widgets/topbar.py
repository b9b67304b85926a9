"""The top bar: environment, service and run, who is in control, and the time."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from widgets.draw import Canvas, width_of
from widgets.drawn import Drawn


class EnvironmentTag(StrEnum):
    """The environment that the cockpit acts on; it sets the tag's word, colour and hatch."""

    PRODUCTION = "PRODUCTION"
    STAGING = "STAGING"
    REHEARSAL = "REHEARSAL"


_TAGS: Final = {
    EnvironmentTag.PRODUCTION: ("on-tag", "tag"),
    EnvironmentTag.STAGING: ("on-staging", "staging"),
    EnvironmentTag.REHEARSAL: ("on-rehearsal", "rehearsal"),
}


class TopBarView(Struct, frozen=True):
    """Tag, service and versions, then from the right: UTC, control, watchers, run.

    `control` names who gives orders ("alice"); `observer` replaces it on a screen that only watches
    ("watching, no keys; c takes control"). `note` follows the versions ("touches nothing real"),
    `note_short` where it does not fit.
    """

    environment: EnvironmentTag
    service: str
    versions: str = ""
    run: str = ""
    watching: int = 0
    control: str = ""
    observer: str = ""
    utc: str = ""
    note: str = ""
    note_short: str = ""


class TopBar(Drawn[TopBarView]):
    """Draws one line; with too little room the run is left out first, then observers, then note."""

    DEFAULT_CSS = "TopBar { height: 1; }"

    def paint(self, canvas: Canvas, value: TopBarView) -> None:
        """Draw the tag in inverse; a rehearsal fills the free cells with its hatch."""
        margin = 1 if canvas.width < 100 else 2 if canvas.width < 160 else 3
        rehearsal = value.environment is EnvironmentTag.REHEARSAL
        if rehearsal:
            canvas.put(0, 0, "╱" * canvas.width, "rehearsal")
        right = _who(canvas, value, canvas.width - margin, " " if rehearsal else "")
        ink, ground = _TAGS[value.environment]
        x = canvas.put(margin, 0, f" {value.environment} ", ink, bold=True, ground=ground)
        x = canvas.put(x, 0, f"  {value.service} ", bold=True, end=right)
        x = canvas.put(x, 0, f"{value.versions} " if value.versions else "", end=right)
        for note in (value.note, value.note_short):
            if note and x + width_of(note) + 1 <= right:
                x = canvas.put(x, 0, f"{note} ", "rehearsal", bold=True)
                break
        _extras(canvas, value, x, right)


def _who(canvas: Canvas, value: TopBarView, right: int, tail: str) -> int:
    """Draw the time and who is in control, never left out; return the column where they begin."""
    x = canvas.put_right(right, 0, f"{value.utc}{tail}", bold=True)
    if value.observer:
        return canvas.put_right(x, 0, f" {value.observer}  ", "warning", bold=True)
    x = canvas.put_right(x, 0, f"{value.control or 'nobody'}  ", bold=True)
    return canvas.put_right(x, 0, " control ", "muted")


def _extras(canvas: Canvas, value: TopBarView, left: int, right: int) -> None:
    extras = [f"{value.watching} watching"] if value.watching else []
    extras += [f"run {value.run}"] if value.run else []
    for text in extras:
        if right - width_of(text) - 2 < left:
            return
        right = canvas.put_right(right, 0, f" {text} ", "muted")
