"""Values that pydantic would convert, and a card may not leave to it.

YAML 1.2 knows `true` and `false` alone: a `yes` is a text, which would silently become true.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from cockpit.card.monitors import Limit
from cockpit.card.places import Fault, Path

LONGEST_S = 366 * 86400.0
"""Seconds; no duration of a cutover is longer, and clocks cannot add much more."""


def inexact(made: Any, raw: Any, path: Path = ()) -> Iterator[Fault]:
    """Compare what the model made of the raw values; give what does not stand as it is meant."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            yield from inexact(_part(made, key), value, (*path, key))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from inexact(made[index], value, (*path, index))
    elif message := _message(made, raw):
        yield Fault(path, message)


def _part(made: Any, key: str) -> Any:
    if not isinstance(made, BaseModel):
        return made[key]
    named = (name for name, field in type(made).model_fields.items() if field.alias == key)
    return getattr(made, next(named, key))


def _message(made: Any, raw: Any) -> str | None:
    if isinstance(made, bool) and not isinstance(raw, bool):
        return f"`{raw}` stands where a truth belongs: write `true` or `false`"
    is_number = isinstance(made, int) and not isinstance(made, bool)
    if is_number and (not isinstance(raw, int) or isinstance(raw, bool)):
        return f"`{raw}` stands where a whole number belongs: write {made}"
    if isinstance(made, float) and not isinstance(made, Limit):
        if not isinstance(raw, str | Decimal):
            return f"`{raw}` stands where a number with a point belongs: write {made}"
        if made > LONGEST_S:
            return "this is longer than a year: write a shorter duration"
    return None
