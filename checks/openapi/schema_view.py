"""A schema as what it means: references followed, `allOf` taken together, alternatives apart."""

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from checks.core.files import UnreadableError
from checks.openapi.document import Document

Nodes = tuple[Any, ...]
"""Schemas that hold together, as those of an `allOf`."""

TYPES = frozenset(["string", "number", "integer", "boolean", "array", "object", "null"])
LEAST = ("minimum", "minLength", "minItems", "minProperties")
MOST = ("maximum", "maxLength", "maxItems", "maxProperties")
OPAQUE: tuple[str, ...] = (
    *("not", "if", "then", "else", "contains", "minContains", "maxContains", "prefixItems"),
    *("patternProperties", "propertyNames", "dependencies", "dependentRequired"),
    *("dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef"),
)
"""What says too much of a value to be compared; it may only stay as it is."""

_MOST_ALTERNATIVES = 64
_LEADING = frozenset(["$ref", "allOf", "title", "description", "summary"])
_HINTS: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "array": ("items", "maxItems"),
    "object": ("properties", "required", "additionalProperties", "maxProperties"),
}


class View(Struct, frozen=True):
    """One alternative of a schema; None stands for no limit."""

    nodes: Nodes
    label: str
    types: frozenset[str]
    enum: frozenset[str] | None
    properties: Mapping[str, Nodes]
    required: frozenset[str]
    closed: bool
    others: Nodes
    items: Nodes
    bounds: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Reader:
    """Gives the views of a document's schemas; a schema is read once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[tuple[int, ...], list[View]] = {}
        self._same: dict[tuple[int, ...], tuple[int, ...]] = {}

    def views(self, nodes: Nodes) -> list[View]:
        """Give the alternatives of schemas that hold together, each of a single type if it can."""
        key = tuple(map(id, nodes))
        if key not in self._known:
            every = list(itertools.islice(self._expanded(nodes, ()), _MOST_ALTERNATIVES + 1))
            if len(every) > _MOST_ALTERNATIVES:
                name = self._document.name
                raise UnreadableError(f"{name}: a schema has too many alternatives")
            self._known[key] = [view(plain, label) for plain, label in every]
        return self._known[key]

    def same(self, nodes: Nodes) -> tuple[int, ...]:
        """Give what is equal for schemas that are the same once their references are followed."""
        key = tuple(map(id, nodes))
        if key not in self._same:
            self._same[key] = tuple(map(id, self._flat(nodes, ())[0]))
        return self._same[key]

    def _expanded(self, nodes: Nodes, inside: tuple[int, ...]) -> Iterator[tuple[Nodes, str]]:
        """Give plain schemas, one for each choice among the `oneOf` and `anyOf` in `nodes`."""
        plain, label = self._flat(nodes, ())
        choices = [
            node[word]
            for node in plain
            for word in ("oneOf", "anyOf")
            if isinstance(node, Mapping) and isinstance(node.get(word), list)
        ]
        if not choices:
            yield plain, label
            return
        for chosen in itertools.product(*choices):
            # An alternative that is the whole again adds nothing to it.
            fresh = [each for each in chosen if id(each) not in inside]
            if len(fresh) < len(chosen):
                continue
            deeper = (*inside, *map(id, chosen))
            inner = [list(self._expanded((each,), deeper)) for each in chosen]
            for parts in itertools.product(*inner):
                names = [name for _, name in parts if name]
                yield (
                    (*plain, *(node for each, _ in parts for node in each)),
                    (names[0] if names else label),
                )

    def _flat(self, nodes: Nodes, inside: tuple[int, ...]) -> tuple[Nodes, str]:
        """Follow references and take `allOf` apart; the label is the last part of a reference."""
        found: list[Any] = []
        label = ""
        for node in nodes:
            # What only leads elsewhere is not a schema of its own: two of them are the same.
            if not isinstance(node, Mapping) or node.keys() - _LEADING:
                found.append(node)
            if not isinstance(node, Mapping) or id(node) in inside:
                continue
            parts = node.get("allOf")
            more = list(parts) if isinstance(parts, list) else []
            if isinstance(reference := node.get("$ref"), str):
                label = label or reference.rpartition("/")[2]
                more.append(self._document.follow(reference))
            inner, name = self._flat(tuple(more), (*inside, id(node))) if more else ((), "")
            found += inner
            label = label or name
        return tuple(found), label


def apart(view: View) -> list[View]:
    """Give a view for each of its types: null, above all, is a value of its own."""
    kinds = _single(view.types)
    if len(kinds) <= 1 or view.types == TYPES:
        return [view]
    return [
        replace(
            view,
            types=kind,
            enum=_of_type(view.enum, kind),
            label=view.label if "null" not in kind else "null",
        )
        for kind in kinds
    ]


def _single(types: frozenset[str]) -> list[frozenset[str]]:
    numbers = types & {"number", "integer"}
    rest = [frozenset([name]) for name in sorted(types - numbers)]
    return [*rest, *([numbers] if numbers else [])]


def _of_type(enum: frozenset[str] | None, kind: frozenset[str]) -> frozenset[str] | None:
    if enum is None or "null" not in kind:
        return enum and frozenset(enum - {"null"})
    return frozenset(enum & {"null"})


def view(nodes: Nodes, label: str) -> View:
    """Read schemas without references and alternatives as one."""
    maps = [node for node in nodes if isinstance(node, Mapping)]
    names = {name for node in maps for name in _mapping(node.get("properties"))}
    others = tuple(node["additionalProperties"] for node in maps if "additionalProperties" in node)
    return View(
        nodes=nodes,
        label=label,
        types=frozenset() if False in nodes else _types(maps),
        enum=_enum(maps),
        properties={
            name: tuple(
                node["properties"][name]
                for node in maps
                if name in _mapping(node.get("properties"))
            )
            for name in sorted(names)
        },
        required=frozenset(
            name for node in maps for name in node.get("required") or () if isinstance(name, str)
        ),
        closed=any(each is False for each in others),
        others=tuple(each for each in others if isinstance(each, Mapping)),
        items=tuple(node["items"] for node in maps if "items" in node),
        bounds=_bounds(maps),
        words=_words(maps),
    )


def _types(maps: list[Mapping[str, Any]]) -> frozenset[str]:
    types = TYPES
    for node in maps:
        given = node.get("type")
        names = frozenset([given] if isinstance(given, str) else given or _hinted(node))
        if node.get("nullable") is True:
            names |= {"null"}
        if "number" in names:
            names |= {"integer"}
        types &= names or TYPES
    return types


def _hinted(node: Mapping[str, Any]) -> list[str]:
    """Give the type that a schema without one must mean, by what else it says."""
    return [kind for kind, words in _HINTS.items() if any(word in node for word in words)][:1]


def _enum(maps: list[Mapping[str, Any]]) -> frozenset[str] | None:
    given = [node["enum"] for node in maps if isinstance(node.get("enum"), list)]
    given += [[node["const"]] for node in maps if "const" in node]
    sets = [frozenset(json.dumps(value, sort_keys=True) for value in each) for each in given]
    return frozenset.intersection(*sets) if sets else None


def _bounds(maps: list[Mapping[str, Any]]) -> dict[str, float]:
    """Give the strictest bound of each name; `exclusive minimum` and its like are of their own."""
    found: dict[str, float] = {}
    for node in maps:
        for word in (*LEAST, *MOST):
            exclusive = node.get("exclusive" + word[0].upper() + word[1:])
            # Up to 3.0 it is a truth beside the bound, since 3.1 a bound itself.
            edges = {f"exclusive {word}": exclusive, word: node.get(word)}
            if exclusive is True:
                edges = {f"exclusive {word}": node.get(word)}
            for name, edge in edges.items():
                if isinstance(edge, int | float) and not isinstance(edge, bool):
                    stricter = max if word in LEAST else min
                    found[name] = stricter(found.get(name, edge), edge)
    return found


def _words(maps: list[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Give the values of the keywords that are only the same or not."""
    names = ("pattern", "format", "multipleOf", "uniqueItems", *OPAQUE)
    return {
        name: frozenset(json.dumps(node[name], sort_keys=True) for node in maps if node.get(name))
        for name in names
        if any(node.get(name) for node in maps)
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
