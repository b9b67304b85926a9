"""What the footer shows beyond the bindings: which keys come first, and what `n` would begin."""

from collections.abc import Iterator

from cockpit.screens.view.bindings import LAST
from cockpit.screens.view.offers import Available
from cockpit.screens.view.screenful import Screenful
from widgets.form import Choice
from widgets.hints import FooterView, KeyLabel
from widgets.topbar import EnvironmentTag

STILL = "F2 to F9 still work"
_TEXTUALS = {"Enter": "enter", "Esc": "escape"}


def footer(shown: Screenful, offered: Available, *, elsewhere: bool) -> FooterView:
    """Return the footer; `elsewhere` where a question or another page hides the cutover.

    Enter, which fires what is armed, comes first, then Esc, then the banner's keys in order.
    """
    armed = shown.banner.armed
    choices = armed.choices if armed is not None else ()
    named = () if elsewhere or armed is not None else shown.banner.choices
    first = ("Enter", "Esc", *(choice.key for choice in named))
    note = STILL if elsewhere and armed is None else ""
    if shown.topbar.observer:
        note = "watching: control is taken when the other one leaves"
    return FooterView(
        first=first,
        last=LAST,
        labels=tuple(_labels(choices, offered)),
        note=note,
        hatch=shown.topbar.environment is EnvironmentTag.REHEARSAL,
    )


def _labels(armed: tuple[Choice, ...], offered: Available) -> Iterator[KeyLabel]:
    for choice in armed:
        yield KeyLabel(_TEXTUALS.get(choice.key, choice.key), choice.label.lower())
    if offered.next_label:
        why = f": {offered.next_not}" if offered.next_not else ""
        yield KeyLabel("n", f"{offered.next_label}{why}", offered.next_label)
