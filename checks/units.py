"""Durations, latencies, shares and rates as a card writes them, and as numbers.

A duration is seconds: `250ms`, `10s`, `5m`, `1h30m`. A share is a ratio 0..1: `0.5 %`, `5%`.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)\s*)+")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def duration(text: Any) -> float:
    """Read a duration in seconds; raises ValueError with what would be right.

    >>> duration("1h30m"), duration("250ms")
    (5400.0, 0.25)
    """
    if isinstance(text, str) and _DURATION.fullmatch(text.strip()):
        return float(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    raise ValueError(
        f"{text!r} is not a duration: write a number with its unit, as 250ms, 10s, 5m or 1h30m"
    )


def share(text: Any) -> float:
    """Read a share as a ratio 0..1; raises ValueError with what would be right.

    >>> share("0.5 %")
    0.005
    """
    if (
        isinstance(text, str)
        and (found := _PERCENT.fullmatch(text.strip()))
        and float(found[1]) <= 100
    ):
        return float(found[1]) / 100
    raise ValueError(
        f"{text!r} is not a share: write a percentage from 0 % to 100 %, as 0.5 % or 5%"
    )


Duration = Annotated[
    float,
    BeforeValidator(lambda value: value if isinstance(value, float) else duration(value)),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+$",
            "examples": ["10m", "250ms"],
        }
    ),
]
Share = Annotated[
    float,
    BeforeValidator(lambda value: value if isinstance(value, float) else share(value)),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$", "examples": ["5%", "0.5 %"]}
    ),
]
