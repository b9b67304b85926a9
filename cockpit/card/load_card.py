"""Reading a card: from a file to a Card, or every problem at once, each with its place."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cockpit.card.model.card import Card
from cockpit.card.read.maker import make
from cockpit.card.rules import faults
from cockpit.card.rules.raw import checks
from cockpit.card.yaml.nodes import NodeError, Place, compose
from cockpit.card.yaml.places import NodePlaces, PathFault, dotted
from cockpit.foundation.errors import CardError, Problem, UsageError
from cockpit.foundation.redaction import Redactor, sanitize

MAX_BYTES = 1024 * 1024


def load(path: Path) -> Card:
    """Read the card in the file at `path`.

    Raises CardError with all of its problems, and UsageError when there is no such file to read.
    """
    try:
        data = _read(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{path}: the card cannot be read: {reason}") from error
    if len(data) > MAX_BYTES:
        message = "a card is at most 1 MiB long, and this file is longer: is it a card?"
        raise CardError((Problem(str(path), 1, 1, "", message),))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _undecodable(data[: error.start].decode(), str(path)) from None
    return loads(text, str(path))


def loads(text: str, name: str = "card") -> Card:
    """Read the card that `text` holds; `name` is what its problems call the file.

    Raises CardError with all of its problems, in the order of their lines.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _undecodable(text[: error.start], name) from None
    try:
        places = _places(text)
    except NodeError as error:
        raise CardError((_problem(name, "", error.place, str(error)),)) from None
    card, path_faults = _card(places)
    if card is None or path_faults:
        raise CardError(tuple(_problems(path_faults, places, name)))
    return card


def _read(path: Path) -> bytes:
    """Read one byte more than a card may have; a pipe or a device may never end, so it may not."""
    if not path.exists():
        raise UsageError(f"{path}: there is no such card: `cockpit init` writes one")
    if not stat.S_ISREG(path.stat().st_mode):
        kind = "a folder" if path.is_dir() else "no regular file"
        raise UsageError(f"{path}: this is {kind}: name the card's file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _places(text: str) -> NodePlaces:
    root = compose(text)
    if root is None:
        raise NodeError(Place(1, 1), "the card is empty: `cockpit init` writes one to begin with")
    places = NodePlaces(root)
    if not isinstance(places.data, dict):
        message = "a card is a mapping, and begins as `cockpit: 1`: this is none"
        raise NodeError(root.place, message)
    return places


def _card(places: NodePlaces) -> tuple[Card | None, list[PathFault]]:
    path_faults = [*places.faults, *faults(places.data)]
    _name_secrets(places.data)
    card, wrong = make(Card, places.data, places)
    return card, [*path_faults, *wrong]


def _name_secrets(raw: dict[str, Any]) -> None:
    """Fill in the card's secrets in each `secrets` check that names none of its own."""
    listed = raw.get("secrets")
    for _, check in checks(raw):
        if check["check"] == "secrets" and isinstance(listed, list):
            check.setdefault("names", [name for name in listed if _is_variable(name)])


def _is_variable(name: Any) -> bool:
    return isinstance(name, str) and name.isascii() and name.isidentifier()


def _problems(path_faults: list[PathFault], places: NodePlaces, name: str) -> Iterator[Problem]:
    problems = {
        _problem(name, dotted(fault.path), fault.at or places.of(fault.path), fault.message)
        for fault in path_faults
    }
    yield from sorted(problems, key=lambda problem: (problem.line, problem.column, problem.message))


def _problem(name: str, key: str, place: Place, message: str) -> Problem:
    """Make a problem; what it took over from the card is only text, and shown to a terminal."""
    shown = (sanitize(text, Redactor({})) for text in (key, message))
    return Problem(name, place.line, place.column, *shown)


def _undecodable(before: str, name: str) -> CardError:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    message = "this is not UTF-8: save the card in that encoding"
    return CardError((Problem(name, line, column, "", message),))
