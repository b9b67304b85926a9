"""The keys: one table for the footer, the help panel, the palette and what they do."""

from typing import Any, Final

from textual.binding import Binding, BindingType
from textual.screen import Screen

from cockpit.screens.shown import Shown
from widgets.keys import KeyBarView, KeyHint
from widgets.topbar import Environment

_FLIGHT: Final = Binding.Group("the cutover")
_LOOKING: Final = Binding.Group("looking")
_BREAKERS: Final = Binding.Group("breakers")
ALWAYS: Final = frozenset({"help"})

# Breakers lie on F2 to F9 alone: F1, F10, F11 and F12 belong to terminals. They have priority, so
# they work over a modal and with an input focused; so do Enter and Esc while something is armed.
BREAKER_KEYS: Final = tuple(f"f{number}" for number in range(2, 10))
BINDINGS: Final[list[BindingType]] = [
    Binding(
        "n",
        "next",
        "next",
        id="next",
        group=_FLIGHT,
        tooltip="Begin what comes next: the preflight, the next phase, the Done list",
    ),
    Binding(
        "h",
        "hold",
        "hold",
        id="hold",
        group=_FLIGHT,
        tooltip="Begin no further step; again ends the hold",
    ),
    Binding(
        "r",
        "again",
        "run again",
        id="again",
        group=_FLIGHT,
        tooltip="Run again what did not pass; an action arms first",
    ),
    Binding(
        "v",
        "verify",
        "verify",
        id="verify",
        group=_FLIGHT,
        tooltip="Look whether a step in doubt has happened",
    ),
    Binding(
        "m",
        "mark",
        "mark done",
        id="mark",
        group=_FLIGHT,
        tooltip="Vouch by name that a step in doubt has happened; arms first",
    ),
    Binding(
        "a",
        "answer",
        "vouch",
        id="answer",
        group=_FLIGHT,
        tooltip="Give your word, by name, for the step that asks",
    ),
    Binding(
        "w",
        "waive",
        "waive",
        id="waive",
        group=_FLIGHT,
        tooltip="Go on without a passed step, by name and with a reason",
    ),
    Binding(
        "o",
        "output",
        "output",
        id="output",
        group=_LOOKING,
        tooltip="The whole output of the step that acts",
    ),
    Binding(
        "j", "journal", "journal", id="journal", group=_LOOKING, tooltip="The record of this run"
    ),
    Binding(
        "question_mark",
        "help",
        "help",
        key_display="?",
        id="help",
        group=_LOOKING,
        tooltip="What each key does, and what each glyph means",
    ),
    Binding(
        "b",
        "prefix",
        "breaker",
        show=False,
        id="prefix",
        group=_BREAKERS,
        tooltip="Then a digit 2 to 9: the same as F2 to F9",
    ),
    *(
        Binding(
            key,
            f"breaker('{key}')",
            key.upper(),
            show=False,
            priority=True,
            id=f"breaker.{key}",
            group=_BREAKERS,
            tooltip=f"Arm the breaker on {key.upper()}",
        )
        for key in BREAKER_KEYS
    ),
    *(
        Binding(key[1], f"digit('{key}')", key[1], show=False, id=f"digit.{key}")
        for key in BREAKER_KEYS
    ),
    Binding(
        "enter",
        "fire",
        "fires",
        show=False,
        priority=True,
        id="fire",
        group=_BREAKERS,
        tooltip="Fire what is armed, and only that",
    ),
    Binding(
        "escape",
        "disarm",
        "disarms",
        show=False,
        priority=True,
        id="disarm",
        group=_BREAKERS,
        tooltip="Put back what is armed",
    ),
    Binding(
        "ctrl+q",
        "quit",
        "leave",
        show=False,
        priority=True,
        key_display="^q",
        id="quit",
        tooltip="Leave; what runs runs on",
    ),
]


def key_bar(screen: Screen[Any], shown: Shown, next_label: str, next_not: str) -> KeyBarView:
    """Give the keys that can be pressed now; those that the banner names are always among them."""
    named = {choice.key for choice in shown.banner.choices}
    hints = []
    if shown.banner.armed is not None:
        armed = shown.banner.armed.choices
        hints += [KeyHint(choice.key, choice.label.lower(), keep=True) for choice in armed]
    elif shown.topbar.observer:
        hints.append(KeyHint("watching", "control is taken when the other one leaves", keep=True))
    if screen.has_class("asking"):
        hints += [KeyHint("Enter", "goes on", keep=True), KeyHint("Esc", "back", keep=True)]
        hints.append(KeyHint("F2 to F9", "still work", keep=True))
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.show or binding.system:
            continue
        key = binding.key_display or binding.key
        label, short = binding.description, binding.description
        if binding.action == "next" and next_label:
            label = f"next: {next_not}" if next_not else f"next: {next_label}"
        keep = key in named or binding.id in ALWAYS
        hints.append(KeyHint(key, label, keep, active.enabled, short))
    hatch = shown.topbar.environment is Environment.REHEARSAL
    return KeyBarView((*hints, KeyHint("^p", "all")), KeyHint("^q", "leave"), hatch)
