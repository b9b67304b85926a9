"""The notations of a load's options in a card: rates, multiples, latency limits."""

import re
from typing import Annotated, Any

from msgspec import Meta

from checks.core.units import duration
from checks.core.variables import PATTERN, is_variable

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_RATE = re.compile(rf"({_NUMBER})\s*/\s*(s|min|h)")
_MULTIPLE = re.compile(rf"({_NUMBER})\s*x")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_MOST_PER_S = 1_000_000.0


def rate_per_s(text: Any) -> float:
    """Parse a rate into requests a second; raises ValueError if it is not one.

    >>> rate_per_s("90/min")
    1.5
    """
    match = _RATE.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match or not 0 < float(match[1]) <= _MOST_PER_S:
        raise ValueError(f"{text!r} is not a rate: write 50/s or 3000/min")
    return float(match[1]) / _SECONDS[match[2]]


def multiple(text: str) -> float | None:
    """Parse a multiple of the expected rate; None if `text` is not a multiple.

    >>> multiple("3x"), multiple("3/s")
    (3.0, None)
    """
    match = _MULTIPLE.fullmatch(text.strip())
    return float(match[1]) if match else None


def _checked_offer(text: Any) -> Any:
    """Return `text` unchanged if it is a rate or a multiple; raises ValueError otherwise."""
    if isinstance(text, str) and 0 < (multiple(text) or 0) <= _MOST_PER_S:
        return text
    try:
        rate_per_s(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a rate: write 50/s, or 3x with `expects`") from error
    return text


def _checked_expectation(text: Any) -> Any:
    """Return `text` unchanged if it is a rate or one variable; raises ValueError otherwise."""
    if not (isinstance(text, str) and is_variable(text)):
        rate_per_s(text)
    return text


def _latency_limit_s(text: Any) -> float:
    """Parse a latency limit into seconds; a `<` before it is ignored."""
    return duration(text.strip().removeprefix("<") if isinstance(text, str) else text)


def _json_schema(pattern: str, *examples: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "examples": list(examples)}


ExpectedRate = Annotated[
    str,
    Meta(
        extra={"read": _checked_expectation},
        extra_json_schema=_json_schema(
            rf"^([0-9]+(\.[0-9]+)?\s*/\s*(s|min|h)|{PATTERN})$", "50/s", "${EXPECTED_RATE}"
        ),
    ),
]
"""A rate, or the variable that holds one."""

OfferedRate = Annotated[
    str,
    Meta(
        extra={"read": _checked_offer},
        extra_json_schema=_json_schema(r"^[0-9]+(\.[0-9]+)?\s*(x|/\s*(s|min|h))$", "50/s", "3x"),
    ),
]
LatencyLimit = Annotated[
    float,
    Meta(
        extra={"read": _latency_limit_s},
        gt=0,
        extra_json_schema=_json_schema(r"^<?\s*(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+$", "250ms"),
    ),
]
