"""Views of schemas: references resolved, `allOf` merged, `oneOf` and `anyOf` separated."""

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from checks.core.errors import UnreadableError
from checks.openapi.document import Document

Nodes = tuple[Any, ...]
"""Schemas that all apply to the same value, as those of an `allOf` do."""

TYPES = frozenset(["string", "number", "integer", "boolean", "array", "object", "null"])
LOWER_BOUNDS = ("minimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS = ("maximum", "maxLength", "maxItems", "maxProperties")
OPAQUE: tuple[str, ...] = (
    *("not", "if", "then", "else", "contains", "minContains", "maxContains", "prefixItems"),
    *("patternProperties", "propertyNames", "dependencies", "dependentRequired"),
    *("dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef"),
)
"""Keywords too expressive to be compared: any difference is reported as uncertain."""

_MOST_ALTERNATIVES = 64
_NON_CONSTRAINING = frozenset(["$ref", "allOf", "title", "description", "summary"])
_TYPE_HINTS: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "array": ("items", "maxItems"),
    "object": ("properties", "required", "additionalProperties", "maxProperties"),
}


class SchemaView(Struct, frozen=True):
    """One alternative of a schema.

    `label` is the name of the referenced schema, empty without one. `enum` is None if every value
    is allowed; its values, and those of `keywords`, are JSON texts. `additional` are the schemas of
    `additionalProperties`; `is_closed` if these are forbidden.
    """

    nodes: Nodes
    label: str
    types: frozenset[str]
    enum: frozenset[str] | None
    properties: Mapping[str, Nodes]
    required: frozenset[str]
    is_closed: bool
    additional: Nodes
    items: Nodes
    bounds: Mapping[str, float] = field(default_factory=dict)
    keywords: Mapping[str, frozenset[str]] = field(default_factory=dict)


class SchemaReader:
    """Makes the views of a document's schemas, each once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._views: dict[tuple[int, ...], list[SchemaView]] = {}
        self._identities: dict[tuple[int, ...], tuple[int, ...]] = {}

    def views(self, nodes: Nodes) -> list[SchemaView]:
        """Return the alternatives of `nodes`, at most 64.

        Raises UnreadableError if there are more, or a reference cannot be resolved.
        """
        key = tuple(map(id, nodes))
        if key not in self._views:
            expanded = itertools.islice(self._expand(nodes, ()), _MOST_ALTERNATIVES + 1)
            alternatives = list(expanded)
            if len(alternatives) > _MOST_ALTERNATIVES:
                name = self._document.name
                raise UnreadableError(f"{name}: a schema has too many alternatives")
            self._views[key] = [schema_view(plain, label) for plain, label in alternatives]
        return self._views[key]

    def identity(self, nodes: Nodes) -> tuple[int, ...]:
        """Return a key that is equal for schemas that resolve to the same nodes."""
        key = tuple(map(id, nodes))
        if key not in self._identities:
            self._identities[key] = tuple(map(id, self._flatten(nodes, ())[0]))
        return self._identities[key]

    def _expand(self, nodes: Nodes, ancestors: tuple[int, ...]) -> Iterator[tuple[Nodes, str]]:
        """Yield plain schemas and their label for each choice among `oneOf` and `anyOf`."""
        plain, label = self._flatten(nodes, ())
        choices = [
            node[keyword]
            for node in plain
            for keyword in ("oneOf", "anyOf")
            if isinstance(node, Mapping) and isinstance(node.get(keyword), list)
        ]
        if not choices:
            yield plain, label
            return
        for choice in itertools.product(*choices):
            # An alternative that contains itself adds nothing.
            if any(id(node) in ancestors for node in choice):
                continue
            deeper = (*ancestors, *map(id, choice))
            expanded = [list(self._expand((node,), deeper)) for node in choice]
            for parts in itertools.product(*expanded):
                labels = [part_label for _, part_label in parts if part_label]
                part_nodes = (node for nodes_of_part, _ in parts for node in nodes_of_part)
                yield (*plain, *part_nodes), (labels[0] if labels else label)

    def _flatten(self, nodes: Nodes, ancestors: tuple[int, ...]) -> tuple[Nodes, str]:
        """Resolve references and merge `allOf`; the label is the last part of a reference."""
        flat: list[Any] = []
        label = ""
        for node in nodes:
            # A node that only refers to others is left out, so that two references to one
            # schema have the same identity.
            if not isinstance(node, Mapping) or node.keys() - _NON_CONSTRAINING:
                flat.append(node)
            if not isinstance(node, Mapping) or id(node) in ancestors:
                continue
            all_of = node.get("allOf")
            referenced = list(all_of) if isinstance(all_of, list) else []
            if isinstance(reference := node.get("$ref"), str):
                label = label or reference.rpartition("/")[2]
                referenced.append(self._document.resolve(reference))
            if referenced:
                inner, inner_label = self._flatten(tuple(referenced), (*ancestors, id(node)))
                flat += inner
                label = label or inner_label
        return tuple(flat), label


def split_by_type(view: SchemaView) -> list[SchemaView]:
    """Return one view for each type; number and integer stay together, as do all types at once."""
    type_sets = _single_types(view.types)
    if len(type_sets) <= 1 or view.types == TYPES:
        return [view]
    return [
        replace(
            view,
            types=types,
            enum=_restrict_enum(view.enum, types),
            label=view.label if "null" not in types else "null",
        )
        for types in type_sets
    ]


def _single_types(types: frozenset[str]) -> list[frozenset[str]]:
    numbers = types & {"number", "integer"}
    others = [frozenset([name]) for name in sorted(types - numbers)]
    return [*others, *([numbers] if numbers else [])]


def _restrict_enum(enum: frozenset[str] | None, types: frozenset[str]) -> frozenset[str] | None:
    if enum is None or "null" not in types:
        return enum and frozenset(enum - {"null"})
    return frozenset(enum & {"null"})


def schema_view(nodes: Nodes, label: str) -> SchemaView:
    """Return one view of schemas that hold neither references nor alternatives."""
    maps = [node for node in nodes if isinstance(node, Mapping)]
    names = {name for node in maps for name in _mapping(node.get("properties"))}
    additional = [node["additionalProperties"] for node in maps if "additionalProperties" in node]
    return SchemaView(
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
        is_closed=any(schema is False for schema in additional),
        additional=tuple(schema for schema in additional if isinstance(schema, Mapping)),
        items=tuple(node["items"] for node in maps if "items" in node),
        bounds=_bounds(maps),
        keywords=_keywords(maps),
    )


def _types(maps: list[Mapping[str, Any]]) -> frozenset[str]:
    types = TYPES
    for node in maps:
        declared = node.get("type")
        names = frozenset([declared] if isinstance(declared, str) else declared or _implied(node))
        if node.get("nullable") is True:
            names |= {"null"}
        if "number" in names:
            names |= {"integer"}
        types &= names or TYPES
    return types


def _implied(node: Mapping[str, Any]) -> list[str]:
    """Return the type that the keywords of a schema without `type` imply; empty if unclear."""
    return [
        name
        for name, keywords in _TYPE_HINTS.items()
        if any(keyword in node for keyword in keywords)
    ][:1]


def _enum(maps: list[Mapping[str, Any]]) -> frozenset[str] | None:
    enums = [node["enum"] for node in maps if isinstance(node.get("enum"), list)]
    enums += [[node["const"]] for node in maps if "const" in node]
    sets = [frozenset(json.dumps(value, sort_keys=True) for value in values) for values in enums]
    return frozenset.intersection(*sets) if sets else None


def _bounds(maps: list[Mapping[str, Any]]) -> dict[str, float]:
    """Return the strictest bound for each keyword; exclusive ones as `exclusive minimum`."""
    bounds: dict[str, float] = {}
    for node in maps:
        for keyword in (*LOWER_BOUNDS, *UPPER_BOUNDS):
            exclusive = node.get("exclusive" + keyword[0].upper() + keyword[1:])
            # In OpenAPI 3.0 `exclusiveMinimum` is a flag beside the bound, since 3.1 a bound.
            candidates = {f"exclusive {keyword}": exclusive, keyword: node.get(keyword)}
            if exclusive is True:
                candidates = {f"exclusive {keyword}": node.get(keyword)}
            stricter = max if keyword in LOWER_BOUNDS else min
            for name, bound in candidates.items():
                if isinstance(bound, int | float) and not isinstance(bound, bool):
                    bounds[name] = stricter(bounds.get(name, bound), bound)
    return bounds


def _keywords(maps: list[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Return the values, as JSON, of the keywords that can only be compared for equality."""
    names = ("pattern", "format", "multipleOf", "uniqueItems", *OPAQUE)
    return {
        name: frozenset(json.dumps(node[name], sort_keys=True) for node in maps if node.get(name))
        for name in names
        if any(node.get(name) for node in maps)
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
