"""A limit as a card writes it: a latency, a share, a rate or a bare number, in base units."""

import math
import re
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from checks.core.units import duration, share

_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|min|h)")
_PER_MINUTE = {"s": 60.0, "min": 1.0, "h": 1 / 60}


class Limit(float):
    """A limit in base units, with the text that the card gave.

    Seconds for a latency, a ratio 0..1 for a share, events a minute for a rate, else a bare number.
    """

    text: str

    def __new__(cls, value: float, text: str) -> "Limit":
        """Make a limit of `value` that shows as `text`."""
        instance = super().__new__(cls, value)
        instance.text = text
        return instance


def limit(value: Any) -> Limit:
    """Read a limit: `250ms`, `0.5 %`, `100/min` or a bare number; raises ValueError otherwise.

    >>> limit("100/min") == 100.0, limit("250ms").text
    (True, '250ms')
    """
    if isinstance(value, Limit):
        return value
    text = str(value).strip()
    number = _number(value, text)
    if number is None or not 0 <= number < math.inf:
        raise ValueError(f"{value!r} is not a limit: write 250ms, 0.5 %, 100/min or a number")
    return Limit(number, text)


def _number(value: Any, text: str) -> float | None:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    if match := _RATE.fullmatch(text):
        return float(match[1]) * _PER_MINUTE[match[2]]
    for read in (duration, share):
        try:
            return read(text)
        except ValueError:
            continue
    return None


_NUMBER = r"[0-9]+(\.[0-9]+)?"
_PATTERN = rf"^\s*(({_NUMBER}\s*(ms|s|m|h|d)\s*)+|{_NUMBER}\s*%|{_NUMBER}\s*/\s*(s|min|h))\s*$"

AnyLimit = Annotated[
    Limit,
    Meta(
        extra={"read": limit},
        extra_json_schema={
            "type": ["string", "number"],
            "pattern": _PATTERN,
            "minimum": 0,
            "examples": ["250ms", "0.5 %", "100/min", 0],
        },
    ),
]
