"""Durations, latencies, shares and rates as a card writes them, and as numbers.

A duration is seconds: `250ms`, `10s`, `5m`, `1h30m`. A share is a ratio 0..1: `0.5 %`, `5%`.
A type whose values are read from a card's text names its reader as `extra["read"]`.
"""

import re
from typing import Annotated, Any

from msgspec import Meta

LONGEST_S = 366 * 86400.0
"""Seconds; no duration of a cutover is longer, and clocks cannot add much more."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)\s*)+")
_PART = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def duration(text: Any) -> float:
    """Read a duration in seconds; raises ValueError with what would be right.

    >>> duration("1h30m"), duration("250ms")
    (5400.0, 0.25)
    """
    if not (isinstance(text, str) and _DURATION.fullmatch(text.strip())):
        raise ValueError(
            f"{text!r} is not a duration: write a number with its unit, as 250ms, 10s, 5m or 1h30m"
        )
    seconds = float(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    if seconds > LONGEST_S:
        raise ValueError("this is longer than a year: write a shorter duration")
    return seconds


def share(text: Any) -> float:
    """Read a share as a ratio 0..1; raises ValueError with what would be right.

    >>> share("0.5 %")
    0.005
    """
    if (
        isinstance(text, str)
        and (match := _PERCENT.fullmatch(text.strip()))
        and float(match[1]) <= 100
    ):
        return float(match[1]) / 100
    raise ValueError(
        f"{text!r} is not a share: write a percentage from 0 % to 100 %, as 0.5 % or 5%"
    )


Text = Annotated[str, Meta(min_length=1)]
Shown = Annotated[str, Meta(pattern=r"\S")]
"""A text of more than white space."""

Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""The name of a variable in the environment."""

Duration = Annotated[
    float,
    Meta(
        extra={"read": duration},
        extra_json_schema={
            "type": "string",
            "pattern": r"^(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+$",
            "examples": ["10m", "250ms"],
        },
    ),
]
Span = Annotated[Duration, Meta(gt=0)]
"""A duration that is not zero."""

Share = Annotated[
    float,
    Meta(
        extra={"read": share},
        extra_json_schema={
            "type": "string",
            "pattern": r"^\d+(\.\d+)?\s*%$",
            "examples": ["5%", "0.5 %"],
        },
    ),
]
