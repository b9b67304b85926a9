"""A YAML text as a tree of nodes with their places, bounded in depth.

Built from libyaml's events, one at a time, so that a hostile text is left before it costs anything.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

_BREAK = re.compile("\r\n?|[\n\x85\u2028\u2029]")
MAX_DEPTH = 40
"""Levels of nesting; the deepest entry of a card needs eight."""


MAX_NODES = 10_000
"""Keys and values in the text itself, before aliases repeat any."""


class Place(Struct, frozen=True):
    """A 1-based line and column."""

    line: int
    column: int


class Leaf(Struct, frozen=True):
    """A scalar: its text, its explicit tag if it has one, and whether it stood without quotes."""

    place: Place
    text: str
    tag: str | None
    plain: bool


class Sequence(Struct, frozen=True):
    """A list of nodes."""

    place: Place
    tag: str | None
    items: "tuple[Node, ...]"


class Mapping(Struct, frozen=True):
    """Pairs of nodes, in the order of the text; a key may still stand twice."""

    place: Place
    tag: str | None
    pairs: "tuple[tuple[Node, Node], ...]"


Node = Leaf | Sequence | Mapping


class NodeError(Exception):
    """The text is not YAML that a card accepts; has the message and the place."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


def compose(text: str) -> Node | None:
    """Read the one document that `text` holds; None when it is empty; raises NodeError."""
    parser = (yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader)(text)
    try:
        return _Composer(_events(parser, text)).document()
    finally:
        parser.dispose()


class _Composer:
    """Folds events into nodes; an alias gives the node itself, and never one that is still open."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._nodes = 0

    def document(self) -> Node | None:
        """Return the root of the only document."""
        event = self._next(yaml.DocumentStartEvent, yaml.StreamEndEvent)
        if isinstance(event, yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 0)
        event = self._next(yaml.DocumentStartEvent, yaml.StreamEndEvent)
        if isinstance(event, yaml.DocumentStartEvent):
            raise NodeError(
                place_of(event.start_mark), "a card is one document, and here a second one begins"
            )
        return root

    def _next(self, *kinds: type) -> Any:
        return next(event for event in self._events if isinstance(event, kinds))

    def _node(self, event: Any, depth: int) -> Node:
        place = place_of(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), place)
        if depth > MAX_DEPTH:
            raise NodeError(place, f"this is nested more than {MAX_DEPTH} levels deep")
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise NodeError(place, f"a card holds at most {MAX_NODES} keys and values")
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Leaf(place, event.value, event.tag, event.style is None or event.style == "")
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Sequence(place, event.tag, tuple(self._items(depth)))
        else:
            items = list(self._items(depth))
            node = Mapping(place, event.tag, tuple(zip(items[::2], items[1::2], strict=True)))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield self._node(event, depth + 1)

    def _alias(self, name: str, place: Place) -> Node:
        if name not in self._anchors:
            raise NodeError(place, f"*{name} stands for nothing: no &{name} was completed before")
        return self._anchors[name]


def place_of(mark: Any) -> Place:
    """Turn libyaml's 0-based mark into a place."""
    return Place(mark.line + 1, mark.column + 1)


def _events(parser: Any, text: str) -> Iterator[Any]:
    try:
        while parser.check_event():
            yield parser.get_event()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _within(place_of(mark) if mark else Place(1, 1), text)
        raise NodeError(place, _sentence(error)) from None
    except yaml.reader.ReaderError as error:
        place = Place(*_line_and_column(text, error.position))
        message = "this character may not stand in YAML: take it out, or escape it in double quotes"
        raise NodeError(place, message) from None


def _within(place: Place, text: str) -> Place:
    """Bring a place that lies behind the text's end to the end of its last line."""
    lines = _BREAK.split(text.rstrip())
    return place if place.line <= len(lines) else Place(len(lines), len(lines[-1]) + 1)


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    before = text[: max(position, 0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


_SENTENCES = {
    "cannot start any token": "this character cannot start a value: indent with spaces, not tabs,"
    " and quote a text that begins with @, ` or %",
    "mapping values are not allowed": "a `: ` where none can stand: quote the text, or mend the"
    " indentation",
    "could not find expected ':'": "a key without its `: `: write `key: value`",
    "did not find expected key": "the indentation does not fit: write the key under its siblings",
    "did not find expected '-' indicator": "the indentation does not fit: begin each entry with"
    " `- `",
    "did not find expected ',' or": "a bracket is not closed: end a list with ] and a mapping"
    " with }",
    "unexpected end of stream": "the text ends inside quotes or brackets: close them",
    "expected <document start>": "the card has ended before this line: take the `...` away",
}


def _sentence(error: Any) -> str:
    problem = str(error.problem or error.context or "it cannot be read")
    for cause, sentence in _SENTENCES.items():
        if cause in problem:
            return sentence
    return f"this is not YAML: {problem}"
