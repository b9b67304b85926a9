"""The first opening of a card on this machine: what its monitors would run, shown and asked once.

While the screen is open, monitors of a command run it before any key is pressed. A card from
somebody else must not run anything because it was looked at.
"""

import argparse
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from cockpit.foundation.errors import UsageError

Ask = Callable[[str], str]


def ask_once(options: argparse.Namespace, ask: Ask = input) -> None:
    """Ask whether the monitors of the card to open may run their commands, unless that is known.

    Raises UsageError for any answer but yes, CardError if the card cannot be read.
    """
    path = _card(options)
    text = path.read_text(encoding="utf-8")
    known = _known(text)
    if known.exists():
        return
    if commands := _commands(text, path):
        listed = "\n".join(f"  {monitor}: {command}" for monitor, command in commands)
        question = (
            f"{path} was never opened here. While it is open, its monitors run:\n{listed}\n"
            "run these? [y/N] "
        )
        if _answer(ask, question) not in ("y", "yes"):
            raise UsageError("nothing was opened and nothing was run")
    known.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known.touch(mode=0o600)


def _answer(ask: Ask, question: str) -> str:
    try:
        return ask(question).strip().casefold()
    except EOFError:
        return ""


def _card(options: argparse.Namespace) -> Path:
    if not options.resume:
        return Path(options.card)
    from cockpit.cli.find_run import named  # noqa: PLC0415

    return named(options, options.resume, begun=False).card


def _known(text: str) -> Path:
    """Return the file that exists once a card with this text was opened."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "cockpit" / "cards" / hashlib.sha256(text.encode()).hexdigest()


def _commands(text: str, path: Path) -> tuple[tuple[str, str], ...]:
    from cockpit.card.load_card import loads  # noqa: PLC0415  (a card that is known needs none)
    from cockpit.card.model.monitors import CheckMonitor  # noqa: PLC0415
    from cockpit.foundation.redaction import clean  # noqa: PLC0415

    monitors = loads(text, str(path)).monitors
    checked = (one for one in monitors if isinstance(one, CheckMonitor))
    return tuple(
        (one.monitor, clean(command)) for one in checked for command in _commands_in(one.check)
    )


def _commands_in(value: object) -> Iterator[str]:
    """Yield each command in a check, and in the checks that it consists of."""
    if isinstance(value, tuple):
        for item in value:
            yield from _commands_in(item)
    for name in getattr(value, "__struct_fields__", ()):
        inner = getattr(value, name)
        if name == "command" and isinstance(inner, str) and inner:
            yield inner
        else:
            yield from _commands_in(inner)
