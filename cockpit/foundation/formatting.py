"""How numbers are said: durations, shares, and a monitor's value in the unit of its limit."""

import math
from datetime import datetime


def span(seconds: float) -> str:
    """Say a duration: seconds inside an hour, none from one hour on.

    >>> span(161), span(5580), span(600), span(0.4), span(31)
    ('2m41s', '1h33m', '10m', '0.4s', '31s')
    """
    if seconds < 0:
        return "-" + span(-seconds)
    if 0 < seconds < 9.95 and not math.isclose(seconds, round(seconds), abs_tol=0.049):
        return f"{seconds:.1f}s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"
    if minutes:
        return f"{minutes}m{left:02d}s" if left else f"{minutes}m"
    return f"{left}s"


def exact(seconds: float) -> str:
    """Say a duration that was measured: below a second in milliseconds.

    >>> exact(340), exact(0.0486), exact(4.2)
    ('5m40s', '49 ms', '4.2s')
    """
    return f"{seconds * 1000:.0f} ms" if 0 < seconds < 1 else span(seconds)


def percent(ratio: float) -> str:
    """Say a ratio as a percentage.

    >>> percent(0.05), percent(0.048), percent(1.0), percent(0.0002)
    ('5 %', '4.8 %', '100 %', '0.02 %')
    """
    value = ratio * 100
    if value == 0 or abs(value) >= 0.995:
        return f"{value:.1f}".removesuffix(".0") + " %"
    return f"{value:.2f} %"


def quantity(value: float | None, limit: str) -> str:
    """Say a value in the unit in which its limit was written.

    >>> quantity(0.268, "250ms"), quantity(0.031, "0.5 %"), quantity(312, "100/min")
    ('268 ms', '3.1 %', '312 /min')
    """
    if value is None or not math.isfinite(value):
        return "no data"
    if limit.endswith("%"):
        return percent(value)
    if limit.endswith(("/min", "/h", "/s")):
        unit = limit.rsplit("/", 1)[1]
        scaled = value / {"s": 60.0, "min": 1.0, "h": 1 / 60}[unit]
        return f"{scaled:.0f} /{unit}"
    if limit.endswith("ms"):
        return f"{value * 1000:.0f} ms"
    if limit.endswith(("s", "m", "h", "d")):
        return span(value)
    return f"{value:g}"


def clock(at: datetime, *, seconds: bool = False) -> str:
    """Say an instant as the hour in UTC.

    >>> from datetime import UTC
    >>> clock(datetime(2027, 3, 1, 3, 48, 7, tzinfo=UTC))
    '03:48Z'
    """
    return f"{at:%H:%M:%S}Z" if seconds else f"{at:%H:%M}Z"


def instant(iso: str, *, seconds: bool = True) -> str:
    """Say an ISO instant as the hour in UTC; empty for an empty one."""
    return clock(datetime.fromisoformat(iso), seconds=seconds) if iso else ""
