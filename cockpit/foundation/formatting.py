"""Percentages and instants in the form that a person reads."""

from datetime import datetime

from checks.core.percentages import with_decimals


def percent(ratio: float) -> str:
    """Format a ratio (1.0 is 100 %) as a percentage.

    >>> percent(0.05), percent(0.048), percent(1.0), percent(0.0002)
    ('5 %', '4.8 %', '100 %', '0.02 %')
    >>> percent(0.9998), percent(0.00002)
    ('99.98 %', '0.002 %')
    """
    value = ratio * 100
    if value == 0 or abs(value) >= 0.995:
        return with_decimals(value, 1).removesuffix(".0") + " %"
    return f"{with_decimals(value, 2)} %"


def clock(at: datetime, *, seconds: bool = False) -> str:
    """Format an instant, which must be in UTC, as the time of day.

    >>> from datetime import UTC
    >>> clock(datetime(2027, 3, 1, 3, 48, 7, tzinfo=UTC))
    '03:48Z'
    """
    return f"{at:%H:%M:%S}Z" if seconds else f"{at:%H:%M}Z"


def instant(iso: str, *, seconds: bool = True) -> str:
    """Format an ISO instant in UTC as the time of day; empty for an empty string."""
    return clock(datetime.fromisoformat(iso), seconds=seconds) if iso else ""
