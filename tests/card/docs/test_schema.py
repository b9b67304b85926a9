"""The schema is tested by a small validator of the part of JSON Schema that it uses."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from checks.core.units import duration
from cockpit.card.docs.schema import DIALECT, schema
from cockpit.card.packaged import text
from cockpit.card.yaml.nodes import compose
from cockpit.card.yaml.places import NodePlaces
from tests.card.cards import SMALL, edited

SCHEMA = schema()
TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, Decimal),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
KNOWN = frozenset(
    """$schema $ref $defs title description examples default type const enum pattern minLength
    minimum exclusiveMinimum maximum exclusiveMaximum minItems items properties required
    additionalProperties patternProperties anyOf oneOf""".split()  # noqa: SIM905  # a list of words
)


def raw(card: str) -> Any:
    root = compose(card)
    assert root is not None
    return NodePlaces(root).data


def valid(value: Any, rule: Any) -> bool:
    return not any(faults(value, rule))


def faults(value: Any, rule: Any) -> Iterator[str]:
    """Yield how a value violates a schema."""
    if "$ref" in rule:
        yield from faults(value, SCHEMA["$defs"][rule["$ref"].rsplit("/", 1)[1]])
    types = rule.get("type", list(TYPES))
    kinds = [TYPES[name] for name in ([types] if isinstance(types, str) else types)]
    is_number = not isinstance(value, bool) or bool in kinds
    if not (is_number and any(isinstance(value, kind) for kind in kinds)):
        yield f"{value!r} is no {types}"
    if value != rule.get("const", value) or value not in rule.get("enum", [value]):
        yield f"{value!r} is no choice"
    for key, wanted in (("anyOf", (1, 2, 3)), ("oneOf", (1,))):
        if key in rule and sum(valid(value, each) for each in rule[key]) not in wanted:
            yield f"{value!r} fits not {wanted} of {key}"
    yield from _by_type(value, rule)


def _by_type(value: Any, rule: Any) -> Iterator[str]:
    if isinstance(value, str):
        if not re.search(rule.get("pattern", ""), value) or len(value) < rule.get("minLength", 0):
            yield f"{value!r} does not fit {rule}"
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        low, high = rule.get("minimum", value), rule.get("maximum", value)
        above, below = rule.get("exclusiveMinimum"), rule.get("exclusiveMaximum")
        if not low <= value <= high:
            yield f"{value} is out of range"
        if (above is not None and value <= above) or (below is not None and value >= below):
            yield f"{value} is out of range"
    elif isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            yield "too short"
        yield from (fault for item in value for fault in faults(item, rule.get("items", {})))
    elif isinstance(value, dict):
        yield from _mapping(value, rule)


def _mapping(value: dict[str, Any], rule: Any) -> Iterator[str]:
    yield from (f"{key} is missing" for key in rule.get("required", []) if key not in value)
    for key, item in value.items():
        patterns = [
            each for name, each in rule.get("patternProperties", {}).items() if re.search(name, key)
        ]
        inner = rule.get("properties", {}).get(
            key, (patterns or [rule.get("additionalProperties", {})])[0]
        )
        yield from (
            [f"unknown {key}"] if inner is False else faults(item, {} if inner is True else inner)
        )


def nodes(rule: Any) -> Iterator[Any]:
    """Yield every schema inside a schema."""
    yield rule
    for key in ("$defs", "properties", "patternProperties"):
        for inner in rule.get(key, {}).values():
            yield from nodes(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(rule.get(key), dict):
            yield from nodes(rule[key])
    for key in ("anyOf", "oneOf"):
        for inner in rule.get(key, []):
            yield from nodes(inner)


def test_the_dialect_is_named() -> None:
    assert SCHEMA["$schema"] == DIALECT == "https://json-schema.org/draft/2020-12/schema"


def test_it_is_json() -> None:
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA


@pytest.mark.parametrize("card", [text(), SMALL])
def test_a_good_card_is_valid(card: str) -> None:
    assert list(faults(raw(card), SCHEMA)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("service: acme-api", "servise: acme-api"),
        ("cockpit: 1", "cockpit: 2"),
        ("hold: 10m", "hold: 10"),
        ("traffic: 5%", "traffic: 5"),
        ("above: 250ms", "above: fast"),
        ("check: surface", "check: ftp"),
        ("key: f2", "key: f1"),
        ("phase: T-30", "phase: now"),
        ("stable: 2.4.0", "stable: 2.4"),
        ("page: true", "page: yes"),
        ("public: 9", "public: nine"),
        ("  technical:", "  Tech nical:"),
        ("quantile: 0.95", "quantile: 1.5"),
    ],
)
def test_a_bad_card_is_not(old: str, new: str) -> None:
    assert not valid(raw(edited(old, new)), SCHEMA)


def test_it_uses_only_words_that_the_dialect_has() -> None:
    assert {word for each in nodes(SCHEMA) for word in each} <= KNOWN


def test_every_reference_leads_somewhere() -> None:
    names = {each["$ref"].rsplit("/", 1)[1] for each in nodes(SCHEMA) if "$ref" in each}
    assert names <= set(SCHEMA["$defs"])


def test_every_pattern_is_one_of_javascript_as_well() -> None:
    patterns = {each["pattern"] for each in nodes(SCHEMA) if "pattern" in each}
    assert patterns
    assert not any(re.search(r"\(\?[<PimsxaLu]|\\[AZ]", pattern) for pattern in patterns)


def test_defaults_are_written_as_a_card_would() -> None:
    for each in nodes(SCHEMA):
        if "default" in each:
            assert list(faults(raw(json.dumps(each["default"])), each)) == []
    assert SCHEMA["$defs"]["Database"]["properties"]["connections"]["default"] == "80%"
    hold = SCHEMA["$defs"]["Hold"]["properties"]["patience"]
    assert duration(hold["default"]) == 120.0


def test_every_key_is_described() -> None:
    for name, definition in SCHEMA["$defs"].items():
        for key, given in definition.get("properties", {}).items():
            assert given.get("description"), f"{name}.{key}"
