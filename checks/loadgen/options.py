"""How a card writes what a load offers and what it allows: rates, multiples, latencies."""

import re
from typing import Annotated, Any

from msgspec import Meta

from checks.core.units import duration

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_RATE = re.compile(rf"({_NUMBER})\s*/\s*(s|min|h)")
_TIMES = re.compile(rf"({_NUMBER})\s*x")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_MOST_PER_S = 1_000_000.0


def rate_per_s(text: Any) -> float:
    """Read a rate in requests a second; raises ValueError with what would be right.

    >>> rate_per_s("90/min")
    1.5
    """
    found = _RATE.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found or not 0 < float(found[1]) <= _MOST_PER_S:
        raise ValueError(f"{text!r} is not a rate: write 50/s or 3000/min")
    return float(found[1]) / _SECONDS[found[2]]


def times(text: str) -> float | None:
    """Read a multiple of the expected rate; None for what is none.

    >>> times("3x"), times("3/s")
    (3.0, None)
    """
    found = _TIMES.fullmatch(text.strip())
    return float(found[1]) if found else None


def _offer(text: Any) -> Any:
    """Give a rate, or a multiple of the expected one, as it stands; raises ValueError else."""
    if isinstance(text, str) and 0 < (times(text) or 0) <= _MOST_PER_S:
        return text
    try:
        rate_per_s(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a rate: write 50/s, or 3x with `expects`") from error
    return text


def _latency(text: Any) -> float:
    """Read the limit of a latency; a `<` in front of it says nothing more."""
    return duration(text.strip().removeprefix("<") if isinstance(text, str) else text)


def _written(pattern: str, *examples: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "examples": list(examples)}


Rate = Annotated[
    float,
    Meta(
        extra={"read": rate_per_s},
        extra_json_schema=_written(r"^[0-9]+(\.[0-9]+)?\s*/\s*(s|min|h)$", "50/s"),
    ),
]
Offer = Annotated[
    str,
    Meta(
        extra={"read": _offer},
        extra_json_schema=_written(r"^[0-9]+(\.[0-9]+)?\s*(x|/\s*(s|min|h))$", "50/s", "3x"),
    ),
]
Latency = Annotated[
    float,
    Meta(
        extra={"read": _latency},
        gt=0,
        extra_json_schema=_written(r"^<?\s*(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+$", "250ms"),
    ),
]
