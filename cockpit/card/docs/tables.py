"""Tables for the reference pages: the keys of a mapping, from the card's JSON Schema."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

CHOICES = ("Environment", "OnTrip", "Part")
UNIONS = {
    "Step": "step",
    "Check": "[check](checks.md)",
    "Monitor": "monitor",
    "Breaker": "breaker",
    "Router": "router",
}
_BY_EXAMPLE = {
    "10m": "duration",
    "5%": "share",
    "250ms": "limit",
    "50/s": "rate",
    "2027-03-01T02:00Z": "instant",
}
_REFERENCE = "#/$defs/"

Schema = Mapping[str, Any]
"""A JSON Schema, or a part of it."""


def table(model: Schema, definitions: Schema, without: Container[str] = ()) -> str:
    """Return a Markdown table of a mapping's keys: type, default and meaning."""
    rows = [
        f"| `{key}` | {_type(given, definitions)} | {_default(key, given, model)} "
        f"| {cell(given.get('description', ''))} |"
        for key, given in model["properties"].items()
        if key not in without
    ]
    return "\n".join(["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows])


def inner(model: Schema) -> Iterator[tuple[str, str]]:
    """Yield each key that holds a mapping with keys of its own, and that mapping's definition."""
    for key, given in model["properties"].items():
        for part in (given, given.get("items", {}), *given.get("anyOf", ())):
            name = part.get("$ref", "").removeprefix(_REFERENCE)
            if name and name not in (*UNIONS, *CHOICES):
                yield key, name


def cell(text: str) -> str:
    """Escape a text for a table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _default(key: str, given: Schema, model: Schema) -> str:
    if key in model.get("required", []):
        return "**needed**"
    if "default" not in given:
        return ""
    return f"`{_written(given['default'])}`"


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(given: Schema, definitions: Schema) -> str:
    """Return the type of a key in a few words."""
    if reference := given.get("$ref"):
        return _named(reference.removeprefix(_REFERENCE), definitions)
    if options := given.get("anyOf"):
        is_null = {"type": "null"}
        return " or ".join(_type(each, definitions) for each in options if each != is_null)
    if "const" in given:
        return f"`{given['const']}`"
    if "enum" in given:
        return _choices(given)
    for example in given.get("examples", [])[:1]:
        return _BY_EXAMPLE[str(example)]
    return _plain(given, definitions)


def _plain(given: Schema, definitions: Schema) -> str:
    kind = given.get("type")
    if kind == "array":
        return f"list of {_type(given['items'], definitions)}"
    if kind == "object":
        held = given.get("patternProperties", {"": given.get("additionalProperties")})
        return f"mapping of {_type(next(iter(held.values())), definitions)}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "truth"}
    return words[str(kind)]


def _named(name: str, definitions: Schema) -> str:
    if name in UNIONS:
        return UNIONS[name]
    if name in CHOICES:
        return _choices(definitions[name])
    return "mapping, see below"


def _choices(given: Schema) -> str:
    return ", ".join(f"`{choice}`" for choice in given["enum"])
