"""The card's JSON Schema, for editors that complete and check while one types."""

from collections.abc import Callable
from typing import Any

from checks.units import duration
from cockpit.card.model import Card
from cockpit.units import span

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NOISE = ("title", "discriminator", "gt", "ge")
_NUMERIC = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_NAMED_UNIONS = {"Command": "Check", "Hold": "Step", "Scraped": "Monitor"}
"""A member that only this union has, and the name under which the union stands once."""

_SAYS = {
    "Check": "One question to the target; `check` says which kind.",
    "Step": "One thing that is done, looked at, waited for or vouched for; its key says what.",
    "Monitor": "One value that is watched all the time; `source` says where it comes from.",
}


def schema() -> dict[str, Any]:
    """Give the card's JSON Schema (dialect 2020-12), as plain values."""
    made = Card.model_json_schema()
    unions: dict[str, Any] = {}
    tidied = _tidy(made, unions)
    definitions = tidied.pop("$defs") | {
        name: {"description": _SAYS[name], "oneOf": union} for name, union in unions.items()
    }
    return {
        "$schema": DIALECT,
        "title": "go-live card",
        **tidied,
        "$defs": dict(sorted(definitions.items())),
    }


def _tidy(node: dict[str, Any], unions: dict[str, Any]) -> dict[str, Any]:
    """Take away what pydantic says beside the point; write defaults as a card would."""
    made = {key: value for key, value in node.items() if key not in _NOISE}
    if made.get("type") == "string":
        made = {key: value for key, value in made.items() if key not in _NUMERIC}
    if "default" in made:
        default = _default(made.pop("default"), made.get("type"))
        made |= {} if default is None else {"default": default}
    if "patternProperties" in made:
        made["additionalProperties"] = False
    for key, inside in _INSIDE.items():
        if key in made:
            made[key] = inside(made[key], unions)
    if name := _union_name(made.get("oneOf", [])):
        unions[name] = made.pop("oneOf")
        made["$ref"] = f"#/$defs/{name}"
    return made


def _default(value: Any, kind: Any) -> Any:
    if kind == "string" and isinstance(value, float):
        text = span(value)
        return text if duration(text) == value else f"{value:g}s"
    is_empty = value in ("", [], ()) or isinstance(value, dict)
    return None if is_empty else value


def _each(value: dict[str, Any], unions: dict[str, Any]) -> dict[str, Any]:
    return {key: _tidy(item, unions) for key, item in value.items()}


def _all(value: list[Any], unions: dict[str, Any]) -> list[Any]:
    return [_tidy(item, unions) for item in value]


def _one(value: Any, unions: dict[str, Any]) -> Any:
    return _tidy(value, unions) if isinstance(value, dict) else value


_INSIDE: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "$defs": _each,
    "properties": _each,
    "patternProperties": _each,
    "items": _one,
    "additionalProperties": _one,
    "propertyNames": _one,
    "anyOf": _all,
    "oneOf": _all,
}


def _union_name(union: list[Any]) -> str | None:
    members = {str(item.get("$ref", "")).rsplit("/", 1)[-1] for item in union}
    return next((name for member, name in _NAMED_UNIONS.items() if member in members), None)
