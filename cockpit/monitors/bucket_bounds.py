"""The unit and the bounds of a histogram's buckets, and whether a limit is one of them. Pure."""

import math
import re
from collections.abc import Iterable

from msgspec import Struct

from checks.core.durations import format_duration
from checks.telemetry.histogram_quantile import is_same
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.monitors.exposition import MetricSample
from cockpit.monitors.page_blocks import matches

_MS = re.compile(r"(?:^|_)(?:ms|millis|milliseconds?)(?:_|$)")
_S = re.compile(r"(?:^|_)(?:s|sec|seconds?)(?:_|$)")
_LONG_S = 120.0
"""No request takes longer: a highest bound over this is in milliseconds."""


class Unit(Struct, frozen=True):
    """How many of a histogram's unit are one second; `note` says what told, if it was a guess."""

    per_s: float
    note: str = ""


def unit_of(monitor: MetricsMonitor, family: str, text: str, bounds: Iterable[float]) -> Unit:
    """Return the unit of a histogram whose page has the whole text `text`."""
    if monitor.unit:
        return Unit(1000.0 if monitor.unit == "ms" else 1.0)
    if _S.search(family):
        return Unit(1.0)
    if _MS.search(family):
        return Unit(1000.0, "in milliseconds, by its name")
    unit = re.compile(rf"^# UNIT {re.escape(family)} (\S+)", re.MULTILINE)
    declared = next(matches(unit, text), None)
    if declared:
        is_ms = declared[1] in ("ms", "milliseconds")
        return Unit(1000.0, "in milliseconds, by its # UNIT") if is_ms else Unit(1.0)
    highest = max(bounds, default=0.0)
    if highest > _LONG_S:
        return Unit(1000.0, f"in milliseconds, by its bounds up to {highest:g} (else `unit: s`)")
    return Unit(1.0)


def bounds_of(series: Iterable[MetricSample]) -> tuple[float, ...]:
    """Return the finite upper bounds of buckets, rising; what cannot be read is left out."""
    found = set()
    for one in series:
        try:
            found.add(float(dict(one.labels)["le"]))
        except (KeyError, ValueError):
            continue
    return tuple(sorted(bound for bound in found if math.isfinite(bound)))


def bound_fault(monitor: MetricsMonitor, bounds_s: tuple[float, ...]) -> str:
    """Return why `bound` cannot stand for the limit: it is no bound next to it; empty if it can."""
    if monitor.bound is None:
        return ""
    near = next_to(float(monitor.above), bounds_s)
    if any(is_same(bound, float(monitor.bound)) for bound in near):
        return ""
    those = " and ".join(map(_exact, near)) or "none"
    limit = format_duration(float(monitor.above))
    return (
        f"has no bound {monitor.bound.text} next to the limit {limit}; the bounds there are {those}"
    )


def undecided(monitor: MetricsMonitor, bounds_s: tuple[float, ...]) -> str:
    """Return that the limit is no bound, and what would decide; empty if it is one."""
    limit_s = float(monitor.judged_at())
    near = next_to(limit_s, bounds_s)
    if not near or limit_s <= 0 or any(is_same(bound, limit_s) for bound in near):
        return ""
    limit, shown = format_duration(limit_s), [format_duration(bound) for bound in near]
    if len(near) == 2:
        where = f"between the bounds {shown[0]} and {shown[1]}"
    elif near[0] > limit_s:
        where = f"below the lowest bound, {shown[0]}"
    else:
        where = f"above the highest bound, {shown[0]}"
    return f"{limit} lies {where}: `bound: {_exact(near[-1])}` or a bucket at {limit} would decide"


def next_to(limit_s: float, bounds_s: tuple[float, ...]) -> tuple[float, ...]:
    """Return the limit if it is a bound, else the bounds next to it.

    >>> next_to(0.25, (0.1, 0.3, 1.0)), next_to(0.3, (0.1, 0.3)), next_to(2.0, (0.1, 0.3))
    ((0.1, 0.3), (0.3,), (0.3,))
    """
    if same := [bound for bound in bounds_s if is_same(bound, limit_s)]:
        return (same[0],)
    below = [bound for bound in bounds_s if bound < limit_s]
    above = [bound for bound in bounds_s if bound > limit_s]
    return (*below[-1:], *above[:1])


def _exact(bound_s: float) -> str:
    """Write a bound as a card does, with all its digits.

    >>> _exact(0.3), _exact(0.268435456), _exact(1.2)
    ('300ms', '268.435456ms', '1.2s')
    """
    return f"{bound_s * 1000:.12g}ms" if bound_s < 1 else f"{bound_s:.12g}s"
