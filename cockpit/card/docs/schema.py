"""The card's JSON Schema, for completion and validation in editors."""

from collections.abc import Callable
from inspect import getdoc
from typing import Any, Literal, get_args

from msgspec import NODEFAULT, Struct

from checks.core.durations import format_duration
from checks.core.units import duration, share
from checks.registry import AnyCheck
from cockpit.card.model.breakers import Breaker
from cockpit.card.model.card import Card
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.routers import Router
from cockpit.card.model.steps import AnyStep
from cockpit.card.read.messages import join_choices
from cockpit.card.read.shape import Key, Shape, choices, is_model, keys, own_keys, shape, tag

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_BREAKER_KEYS = join_choices(own_keys(get_args(Breaker)))
_UNIONS: dict[tuple[type[Struct], ...], tuple[str, str]] = {
    get_args(AnyCheck): (
        "Check",
        "One question to the target; `check` says which kind.",
    ),
    get_args(AnyStep): (
        "Step",
        "One thing that is done, looked at, waited for or vouched for; its key says what.",
    ),
    get_args(AnyMonitor): (
        "Monitor",
        "One value that is watched all the time; `source` says where it comes from.",
    ),
    get_args(Breaker): (
        "Breaker",
        f"One emergency action on a function key; its key {_BREAKER_KEYS} says which kind.",
    ),
    shape(Router).members: (
        "Router",
        "How traffic is shifted and observed; `router` says which kind.",
    ),
}
"""The name and the description of each union, by its members."""

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_WORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "pattern": "pattern",
}


def schema() -> dict[str, Any]:
    """Return the card's JSON Schema (dialect 2020-12) as plain values."""
    writer = _Writer()
    whole = writer.model(Card)
    definitions = dict(sorted(writer.definitions.items()))
    return {"$schema": DIALECT, "title": "go-live card", **whole, "$defs": definitions}


class _Writer:
    """Writes shapes as schemas; each model, enumeration and union is one entry of `definitions`."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def model(self, model: type[Struct], default_tag: str | None = None) -> dict[str, Any]:
        """Write a mapping with all of its keys; the tag is required unless it is the default."""
        properties = {name: self._key(key) for name, key in keys(model).items()}
        needed = [name for name, key in keys(model).items() if key.default is NODEFAULT]
        if mark := tag(model):
            by, kind = mark
            says = {"const": kind, "description": "its kind", "type": "string"}
            if kind == default_tag:
                says["default"] = kind
            else:
                needed = [by, *needed]
            properties = {by: says, **properties}
        schema = {
            "type": "object",
            "description": getdoc(model),
            "properties": properties,
            "additionalProperties": False,
        }
        return schema | ({"required": needed} if needed else {})

    def _key(self, key: Key) -> dict[str, Any]:
        schema = self._any(key.shape)
        if says := key.shape.says("description"):
            schema = {"description": says, **schema}
        default = _default(key.default, key.shape, schema.get("type"))
        return schema if default is None else {**schema, "default": default}

    def _any(self, kind: Shape) -> dict[str, Any]:
        schema = self._plain(kind)
        return {"anyOf": [schema, {"type": "null"}]} if kind.optional else schema

    def _plain(self, kind: Shape) -> dict[str, Any]:
        if written := kind.says("extra_json_schema"):
            return dict(written)
        if kind.members:
            return self._union(kind.members, kind.default_tag)
        if is_model(kind.base):
            return self._reference(kind.base)
        if options := choices(kind):
            return self._choice(kind, list(options))
        if kind.base is tuple:
            least = {"minItems": 1} if kind.says("min_length") else {}
            return {"type": "array", "items": self._any(kind.argument()), **least}
        return self._mapping(kind) if kind.base is dict else _scalar(kind)

    def _choice(self, kind: Shape, options: list[Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": _TYPES[type(options[0])]}
        schema |= {"const": options[0]} if len(options) == 1 else {"enum": options}
        if kind.base is Literal:
            return schema
        return self._defined(
            kind.base.__name__, lambda: {"description": getdoc(kind.base), **schema}
        )

    def _mapping(self, kind: Shape) -> dict[str, Any]:
        inner, pattern = self._any(kind.argument(1)), kind.argument(0).says("pattern")
        if not pattern:
            return {"type": "object", "additionalProperties": inner}
        only = {"patternProperties": {pattern: inner}, "additionalProperties": False}
        return {"type": "object", **only}

    def _union(self, members: tuple[type[Struct], ...], default_tag: str | None) -> dict[str, Any]:
        """Write a union as `oneOf`; the checks among the steps are a union of their own."""
        name, description = _UNIONS[members]
        tagged = tuple(model for model in members if tag(model))
        inner = tagged if len(tagged) < len(members) else ()

        def write() -> dict[str, Any]:
            own = [self._reference(model, default_tag) for model in members if model not in inner]
            more = [self._union(inner, None)] if inner else []
            return {"description": description, "oneOf": [*own, *more]}

        return self._defined(name, write)

    def _reference(self, model: type[Struct], default_tag: str | None = None) -> dict[str, Any]:
        return self._defined(model.__name__, lambda: self.model(model, default_tag))

    def _defined(self, name: str, write: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = write()
        return {"$ref": f"#/$defs/{name}"}


def _scalar(kind: Shape) -> dict[str, Any]:
    bounds = {word: kind.says(name) for name, word in _WORDS.items()}
    limits = {word: bound for word, bound in bounds.items() if bound is not None}
    return {
        "type": _TYPES[kind.base],
        **({"minLength": 1} if kind.says("min_length") else {}),
        **limits,
    }


def _default(value: Any, kind: Shape, json_type: Any) -> Any:
    """Return a default as a card would write it; None for an empty value or no default."""
    if kind.reader is share and isinstance(value, float):
        return f"{value * 100:g}%"
    if json_type == "string" and isinstance(value, float):
        text = format_duration(value).replace(" ", "")
        return text if duration(text) == value else f"{value:g}s"
    if isinstance(value, tuple):
        value = list(value)
    is_empty = value in ("", [], NODEFAULT) or isinstance(value, dict | Struct)
    return None if is_empty else value
