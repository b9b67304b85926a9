"""The card's types as shapes: the values that a place accepts, and their constraints.

A shape is derived from a field's type and its `msgspec.Meta`. The reader, the JSON Schema and the
reference pages all use it, so that they know the same keys.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import fields as struct_fields


class Shape(Struct, frozen=True):
    """A type without its annotations.

    `base` is `str`, `int`, `float`, `bool`, `Literal`, `tuple`, `dict`, `Union`, an enumeration, a
    Struct, or what the reader makes; `arguments` are its own, without None, which is `optional`.
    """

    base: Any
    arguments: tuple[Any, ...]
    metas: tuple[Meta, ...]
    optional: bool = False

    def says(self, name: str) -> Any:
        """Return the attribute `name` of the outermost Meta that sets it; None if none does."""
        values = (getattr(meta, name) for meta in reversed(self.metas))
        return next((value for value in values if value is not None), None)

    @property
    def reader(self) -> Callable[[Any], Any] | None:
        """The function that parses the card's value, if the type has one; it raises ValueError."""
        read: Callable[[Any], Any] | None = (self.says("extra") or {}).get("read")
        return read

    @property
    def members(self) -> "tuple[type[Struct], ...]":
        """The models of a union; a tagged model by itself is a union of one, any other of none."""
        if self.base is Union:
            return self.arguments
        return (self.base,) if is_model(self.base) and tag(self.base) else ()

    @property
    def default_tag(self) -> str | None:
        """The tag of an entry of this union that leaves its tag out; None where it is required."""
        default: str | None = (self.says("extra") or {}).get("default_tag")
        return default

    def argument(self, index: int = 0) -> "Shape":
        """Return the shape of a list's items, or of a mapping's keys (0) or values (1)."""
        return shape(self.arguments[index])


class Key(Struct, frozen=True):
    """A key of a mapping: the `name` of its field, its shape, and its default if it has one."""

    name: str
    shape: Shape
    default: Any
    """NODEFAULT for a required key."""


def shape(kind: Any) -> Shape:
    """Return the shape of a type."""
    metas: tuple[Meta, ...] = ()
    optional = False
    while True:
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            kind, metas = arguments[0], (*arguments[1:], *metas)
        elif origin in (Union, UnionType):
            members = tuple(member for member in arguments if member is not NoneType)
            optional = optional or len(members) < len(arguments)
            if len(members) > 1:
                return Shape(Union, members, metas, optional)
            kind = members[0]
        else:
            return Shape(origin or kind, arguments, metas, optional)


@cache
def keys(model: type[Struct]) -> Mapping[str, Key]:
    """Return a model's keys by the name that the card uses."""
    by_name = {}
    for field in struct_fields(model):
        default = field.default
        if field.default_factory is not NODEFAULT:
            default = field.default_factory()
        by_name[field.encode_name] = Key(field.name, shape(field.type), default)
    return by_name


def tag(model: type[Struct]) -> tuple[str, str] | None:
    """Return a model's tag field and tag, as `check` and `http`; None for an untagged model."""
    config = model.__struct_config__
    return (str(config.tag_field), str(config.tag)) if config.tag_field else None


def own_keys(models: Sequence[type[Struct]]) -> Mapping[str, type[Struct]]:
    """Return the untagged models of a union by the key that tells each: it alone requires it."""
    untagged = [model for model in models if not tag(model)]
    required = [
        (name, model)
        for model in untagged
        for name, key in keys(model).items()
        if key.default is NODEFAULT
    ]
    times = Counter(name for name, _ in required)
    return {name: model for name, model in required if times[name] == 1}


def choices(kind: Shape) -> dict[Any, Any]:
    """Return an enumeration's or Literal's values by how the card writes them; else nothing."""
    if kind.base is Literal:
        return {choice: choice for choice in kind.arguments}
    if isinstance(kind.base, type) and issubclass(kind.base, StrEnum):
        return {choice.value: choice for choice in kind.base}
    return {}


def is_model(base: Any) -> bool:
    """Whether a shape's base is a Struct."""
    return isinstance(base, type) and issubclass(base, Struct)
