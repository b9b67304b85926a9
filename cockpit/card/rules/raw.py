"""Traversal of a card's raw values, which may have any shape."""

from collections.abc import Iterable, Iterator
from typing import Any

from cockpit.card.yaml.places import Path

Found = tuple[Path, dict[str, Any]]

_LISTS: tuple[Path, ...] = (
    ("preflight",),
    ("phases", "*", "steps"),
    ("rollback", "traffic"),
    ("rollback", "application"),
    ("rollback", "database"),
    ("done", "*"),
    ("success", "items"),
    ("drumbeat", "*"),
)


def at(value: Any, path: Path, here: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the values at `path`, each with its own path; `*` matches every key or index."""
    if not path:
        yield here, value
    elif isinstance(value, dict):
        for key in value if path[0] == "*" else [path[0]] if path[0] in value else []:
            yield from at(value[key], path[1:], (*here, key))
    elif isinstance(value, list) and path[0] == "*":
        for index, item in enumerate(value):
            yield from at(item, path[1:], (*here, index))


def mappings(raw: dict[str, Any], *path: str | int) -> Iterator[Found]:
    """Yield the mappings at `path`."""
    return ((here, value) for here, value in at(raw, path) if isinstance(value, dict))


def steps(raw: dict[str, Any]) -> Iterator[Found]:
    """Yield every step of the card, in the order of the plan."""
    for path in _LISTS:
        yield from mappings(raw, *path, "*")


def checks(raw: dict[str, Any]) -> Iterator[Found]:
    """Yield every check of the card, at any depth: `verify` and monitors' checks too."""
    yield from ((path, value) for path, value in nested(raw) if "check" in value)


def nested(value: Any, here: Path = ()) -> Iterator[Found]:
    """Yield every mapping inside `value`, at any depth."""
    if isinstance(value, dict):
        yield here, value
    for key, item in _children(value):
        yield from nested(item, (*here, key))


def texts(value: Any, here: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text inside `value`, at any depth."""
    if isinstance(value, str):
        yield here, value
    for key, item in _children(value):
        yield from texts(item, (*here, key))


def _children(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()
