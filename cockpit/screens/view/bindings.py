"""The key bindings with their labels and tooltips: the bridge's own, and those of every screen."""

from typing import Final

from textual.binding import Binding, BindingType

# Breakers lie on F2 to F9 alone: F1, F10, F11 and F12 belong to terminals. They have priority, so
# they work over a modal and with an input focused; so do Enter and Esc while something is armed.
BREAKER_KEYS: Final = tuple(f"f{number}" for number in range(2, 10))
LAST: Final = ("?", "^p", "^q")
"""The keys at the footer's right end: help, everything, leave."""

KEY_NAMES: Final = {
    **{key: key.upper() for key in BREAKER_KEYS},
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "up": "Up",
    "down": "Down",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def _key(key: str, action: str, label: str, tooltip: str, *, show: bool = True) -> Binding:
    name = action.removeprefix("app.")
    return Binding(key, action, label, tooltip=tooltip, show=show, id=name)


def _urgent(key: str, action: str, label: str, tooltip: str, name: str) -> Binding:
    """Return a binding that works over everything; the footer's view decides when it is shown."""
    return Binding(key, action, label, tooltip=tooltip, show=False, priority=True, id=name)


# Only the bridge shows what these would do, so they work only there.
CUTOVER: Final[list[BindingType]] = [
    _key("n", "app.next", "next", "the preflight, the next phase, the Done list"),
    _key("h", "app.hold", "hold", "begin no further step; again ends the hold"),
    _key("r", "app.again", "run again", "what did not pass; an action arms first"),
    _key("v", "app.verify", "verify", "check whether a step in doubt has happened"),
    _key("m", "app.mark", "mark done", "vouch that a step in doubt has happened; arms first"),
    _key("a", "app.answer", "vouch", "give your word, by name, for the step that asks"),
    _key("u", "app.outside", "act outside", "act outside the window, by name, with a reason"),
    _key("w", "app.waive", "waive", "go on without a passed step, by name, with a reason"),
]
BINDINGS: Final[list[BindingType]] = [
    _urgent("enter", "fire", "fires", "what is armed, and only that", "fire"),
    _urgent("escape", "disarm", "disarms", "disarm what is armed", "disarm"),
    Binding(
        "escape",
        "hide_help_panel",
        "close",
        tooltip="this help",
        priority=True,
        id="help.close",
    ),
    *(
        _urgent(key, f"breaker('{key}')", "arm", f"the breaker on {key.upper()}", f"breaker.{key}")
        for key in BREAKER_KEYS
    ),
    _key("b", "prefix", "breaker", "then a digit 2 to 9: the same as F2 to F9", show=False),
    *(
        Binding(
            key[1],
            f"digit('{key}')",
            "arm",
            tooltip=f"the same as {key.upper()}",
            show=False,
            id=f"digit.{key}",
        )
        for key in BREAKER_KEYS
    ),
    _key("o", "output", "output", "the whole output of the running action"),
    _key("d", "done", "done", "the Done list: what is done, since when, what is stale"),
    _key("y", "day_one", "day 1", "error budget, success metrics, what is due after the end"),
    _key("j", "journal", "journal", "the record of this run"),
    Binding(
        "question_mark",
        "help",
        "help",
        tooltip="this: what a screen is and what its keys do",
        key_display="?",
        id="help",
    ),
    _urgent("pagedown", "scroll_help(1)", "scroll", "the help down", "help.down"),
    _urgent("pageup", "scroll_help(-1)", "scroll", "the help up", "help.up"),
    _urgent("ctrl+p", "command_palette", "palette", "every command, to search by name", "palette"),
    _urgent("ctrl+q", "quit", "leave", "running steps continue", "quit"),
    Binding("ctrl+c", "help_quit", show=False, system=True),  # says how to leave
]
