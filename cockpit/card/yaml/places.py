"""The nodes of a card as plain values, with the place of every key and value.

What can go on is gone on with, so that one reading names every problem: a key that stands twice,
a tag, a number that is none.
"""

from typing import Any, assert_never

from msgspec import Struct

from cockpit.card.yaml.nodes import MAX_DEPTH, Leaf, Mapping, Node, NodeError, Place, Sequence
from cockpit.card.yaml.scalars import Scalar, plain

Path = tuple[str | int, ...]
"""Keys and 0-based indices from the root: `("phases", 2, "steps", 0, "hold")`."""

MAX_VALUES = 5_000
"""Values in a card, ten times what a long one has; those that aliases repeat count each time."""

MAX_TEXT = 16_384
"""Characters in one key or value; the longest query or script line is far shorter."""

_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = ("!", f"{_CORE}str")
_HARMLESS = {Leaf: _TEXT_TAGS, Sequence: (f"{_CORE}seq",), Mapping: (f"{_CORE}map",)}


class PathFault(Struct, frozen=True):
    """Something wrong at a path; `at` where the path's own place would mislead."""

    path: Path
    message: str
    at: Place | None = None


class NodePlaces:
    """Where each value and each key of a card stands."""

    def __init__(self, root: Node) -> None:
        self.faults: list[PathFault] = []
        self._nodes: dict[Path, Node] = {}
        self._keys: dict[Path, Place] = {}
        self.data: Any = self._value(root, ())

    def of(self, path: Path) -> Place:
        """Return the place of the value at `path`, else of the nearest one that holds it."""
        while path not in self._nodes:
            path = path[:-1]
        return self._nodes[path].place

    def of_key(self, path: Path) -> Place:
        """Return the place of the last key of `path`, else of its value."""
        return self._keys.get(path) or self.of(path)

    def text(self, path: Path) -> str | None:
        """Return a scalar as the card wrote it; None for anything else."""
        node = self._nodes.get(path)
        return node.text if isinstance(node, Leaf) else None

    def _value(self, node: Node, path: Path) -> Any:
        self._bounded(node)
        if len(path) > MAX_DEPTH:
            raise NodeError(node.place, f"this is nested more than {MAX_DEPTH} levels deep")
        self._nodes[path] = node
        if node.tag is not None and node.tag not in _HARMLESS[type(node)]:
            shown = node.tag.replace(_CORE, "!!")
            self._fault(path, f"a card has no use for the tag {shown}: take it away", node.place)
        match node:
            case Leaf():
                return self._scalar(node, path)
            case Sequence(items=items):
                return [self._value(item, (*path, index)) for index, item in enumerate(items)]
            case Mapping():
                return self._mapping(node, path)
            case _:
                assert_never(node)

    def _bounded(self, node: Node) -> None:
        if len(self._nodes) + len(self.faults) >= MAX_VALUES:
            raise NodeError(node.place, f"a card holds at most {MAX_VALUES} values")
        if isinstance(node, Leaf) and len(node.text) > MAX_TEXT:
            raise NodeError(node.place, f"a text has at most {MAX_TEXT} characters")

    def _scalar(self, leaf: Leaf, path: Path) -> Scalar:
        if not leaf.plain or leaf.tag in _TEXT_TAGS:
            return leaf.text
        try:
            return plain(leaf.text)
        except ValueError as error:
            self._fault(path, str(error), leaf.place)
            return leaf.text

    def _mapping(self, node: Mapping, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.pairs:
            self._bounded(key)
            if not isinstance(key, Leaf):
                self._fault(path, "a key is a text, not a list or a mapping", key.place)
            elif key.text in values:
                first = self._keys[(*path, key.text)]
                message = f"this key stands twice, first in line {first.line}: keep one of the two"
                self._fault((*path, key.text), message, key.place)
            else:
                self._keys[(*path, key.text)] = key.place
                values[key.text] = self._value(value, (*path, key.text))
        return values

    def _fault(self, path: Path, message: str, at: Place) -> None:
        self.faults.append(PathFault(path, message, at))


def dotted(path: Path) -> str:
    """Write a path as an operator reads it.

    >>> dotted(("phases", 2, "steps", 0, "hold"))
    'phases[2].steps[0].hold'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")
