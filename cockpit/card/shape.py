"""The card's types, walked by the location that an error of pydantic has.

Such a location holds the keys of the card and, at each union, the tag that chose its member.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic.fields import FieldInfo

from cockpit.card.model import Card
from cockpit.card.places import Path

DISCRIMINATORS = ("check", "source")
"""The keys whose value says which model an entry is."""


@dataclass(frozen=True, slots=True)
class Member:
    """One type that may stand at a place, and the tags by which a union chooses it."""

    kind: Any
    tags: frozenset[str]

    @property
    def model(self) -> type[BaseModel] | None:
        """Give the type if it is a model."""
        is_model = isinstance(self.kind, type) and issubclass(self.kind, BaseModel)
        return self.kind if is_model else None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an error is: its path in the card, and the model whose key it is about, if any."""

    path: Path
    model: type[BaseModel] | None

    def field(self) -> FieldInfo | None:
        """Give the field that the path's last key names."""
        last = str(self.path[-1]) if self.path else ""
        return fields(self.model).get(last) if self.model else None


def locate(location: Path) -> Spot:
    """Take the tags out of a location."""
    spot, members = Spot((), None), [Member(Card, frozenset())]
    for item in location:
        if len(members) > 1 and (chosen := [each for each in members if item in each.tags]):
            members = chosen
        elif item != "[key]":
            holder = members[0].model if len(members) == 1 else None
            spot = Spot((*spot.path, item), holder)
            members = [inner for each in members for inner in _inside(each.kind, item)]
    return spot


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Give a model's fields by the key that the card uses."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def members(kind: Any, tags: frozenset[str] = frozenset()) -> Iterator[Member]:
    """Give the types that a union is made of, None left out; any other type is its own member."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        named = {extra.tag for extra in arguments[1:] if isinstance(extra, Tag)}
        yield from members(arguments[0], tags | named)
    elif origin in (Union, UnionType):
        for each in arguments:
            yield from members(each, tags)
    elif kind is not type(None):
        member = Member(kind, tags)
        yield Member(kind, tags | _literals(member.model)) if member.model else member


def _literals(model: type[BaseModel]) -> frozenset[str]:
    found = (model.model_fields[key] for key in DISCRIMINATORS if key in model.model_fields)
    return frozenset(value for field in found for value in get_args(field.annotation))


def _inside(kind: Any, item: str | int) -> Iterator[Member]:
    """Give what may stand at a key or index of a type; nothing where it has none."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (tuple, list):
        yield from members(arguments[0])
    elif origin is dict:
        yield from members(arguments[1])
    elif (model := Member(kind, frozenset()).model) and (field := fields(model).get(str(item))):
        yield from members(field.annotation)
