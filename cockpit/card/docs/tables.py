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
        f"| `{key}` | {_type(part, definitions)} | {_default(key, part, model)} "
        f"| {cell(part.get('description', ''))} |"
        for key, part in model["properties"].items()
        if key not in without
    ]
    return "\n".join(["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows])


def inner(model: Schema) -> Iterator[tuple[str, str]]:
    """Yield each key that holds a mapping with keys of its own, and that mapping's definition."""
    for key, part in model["properties"].items():
        for inner_part in (part, part.get("items", {}), *part.get("anyOf", ())):
            name = inner_part.get("$ref", "").removeprefix(_REFERENCE)
            if name and name not in (*UNIONS, *CHOICES):
                yield key, name


def cell(text: str) -> str:
    """Escape a text for a table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _default(key: str, part: Schema, model: Schema) -> str:
    if key in model.get("required", []):
        return "**needed**"
    if "default" not in part:
        return ""
    return f"`{_written(part['default'])}`"


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(part: Schema, definitions: Schema) -> str:
    """Return the type of a key in a few words."""
    if reference := part.get("$ref"):
        return _named(reference.removeprefix(_REFERENCE), definitions)
    if options := part.get("anyOf"):
        is_null = {"type": "null"}
        return " or ".join(_type(option, definitions) for option in options if option != is_null)
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return _choices(part)
    for example in part.get("examples", [])[:1]:
        return _BY_EXAMPLE[str(example)]
    return _plain(part, definitions)


def _plain(part: Schema, definitions: Schema) -> str:
    kind = part.get("type")
    if kind == "array":
        return f"list of {_type(part['items'], definitions)}"
    if kind == "object":
        values = part.get("patternProperties", {"": part.get("additionalProperties")})
        return f"mapping of {_type(next(iter(values.values())), definitions)}"
    names = {"string": "text", "integer": "whole number", "number": "number", "boolean": "truth"}
    return names[str(kind)]


def _named(name: str, definitions: Schema) -> str:
    if name in UNIONS:
        return UNIONS[name]
    if name in CHOICES:
        return _choices(definitions[name])
    return "mapping, see below"


def _choices(part: Schema) -> str:
    return ", ".join(f"`{choice}`" for choice in part["enum"])
