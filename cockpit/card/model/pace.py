"""The same card, faster: for a rehearsal, whose waits are shortened and whose limits are not.

Every duration of the card's types is in `PACES`, or in `NOT_PACED` with the reason; a test walks
the types and names one that is in neither. Both name the struct that declares a field: what a
subclass inherits is paced as in its parent.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from checks.auth import Auth
from checks.backup import BackupAge
from checks.budget import ErrorBudget
from checks.clock import ClockSkew
from checks.core.base import CardEntry, Check
from checks.cors import Cors
from checks.dashboards import Dashboards
from checks.database import Database
from checks.dns import Dns
from checks.http import Http
from checks.load import Load
from checks.postgres import Postgres
from checks.prometheus import PrometheusHealth
from checks.rate_limit import RateLimit
from checks.sentry import Sentry
from cockpit.card.model.breakers import CommandBreaker
from cockpit.card.model.card import Card, CutoverWindow, Success
from cockpit.card.model.monitors import (
    CheckMonitor,
    MetricsMonitor,
    MonitorEntry,
    PrometheusMonitor,
)
from cockpit.card.model.steps import Hold, Run, Traffic
from cockpit.foundation.errors import UsageError

FASTEST = 3600.0

WINDOW_FLOOR_S = 4.0
HOLD_FLOOR_S = 1.5 * WINDOW_FLOOR_S
"""A hold outlasts the paced window of its monitors, which then sees a fault from its start."""

LOAD_TIMES = 3.0
"""A load is divided by this too: a rehearsal learns nothing by waiting for it."""

EVERY_FLOOR_S = 0.25
READINGS = 8
"""Measurements in a paced window or sustained time, as far as their own floor lets it."""

SAMPLES_FLOOR = 10

Field = tuple[type[Struct], str]
"""The struct that declares a field, and the field's name."""


class Pace(Struct, frozen=True):
    """How a duration shrinks: it is divided by the speed and by `times`, never below the floor.

    The floor is in seconds. What the card has shorter than that stays as it is.
    """

    floor_s: float
    times: float = 1.0


PACES: Mapping[Field, Pace] = {
    (CardEntry, "about"): Pace(0.5),
    (CutoverWindow, "lasts"): Pace(1800.0),
    (Hold, "hold"): Pace(HOLD_FLOOR_S),
    (Hold, "patience"): Pace(10.0),
    (Load, "duration"): Pace(5.0, LOAD_TIMES),
    (Load, "warmup"): Pace(1.0, LOAD_TIMES),
    (Database, "follow"): Pace(1.5),
    (MonitorEntry, "sustained"): Pace(2.0),
    (MonitorEntry, "clear"): Pace(2.0),
    (MetricsMonitor, "over"): Pace(WINDOW_FLOOR_S),
    (CheckMonitor, "every"): Pace(1.0),
}

_AGE = "the age of data: shorter waits do not make data younger"
_EFFECT = "how long an effect may take to be seen: shorter waits do not make it faster"
_EVERY = "follows from the paced window: see `_measured_often_enough`"
_LIMIT = "a limit: a rehearsal judges as the cutover does"
_PERIOD = "the stretch of data that is judged: shorter waits do not make more of it"
_TIMEOUT = "a timeout: shorter waits do not make a response faster"

NOT_PACED: Mapping[Field, str] = {
    (CardEntry, "fresh_for"): _AGE,
    (BackupAge, "within"): _AGE,
    (PrometheusHealth, "stale"): _AGE,
    (MonitorEntry, "stale"): _AGE,
    (PrometheusMonitor, "stale"): _AGE,
    (PrometheusHealth, "within"): _EFFECT,
    (Sentry, "within"): _EFFECT,
    (Run, "within"): _EFFECT,
    (Traffic, "within"): _EFFECT,
    (CommandBreaker, "within"): _EFFECT,
    (MonitorEntry, "every"): _EVERY,
    (ClockSkew, "skew"): _LIMIT,
    (Database, "blocked"): _LIMIT,
    (Database, "idle"): _LIMIT,
    (Database, "lag"): _LIMIT,
    (Database, "query"): _LIMIT,
    (Database, "waiting"): _LIMIT,
    (Dns, "ttl_at_most"): _LIMIT,
    (ErrorBudget, "p95"): _LIMIT,
    (ErrorBudget, "p99"): _LIMIT,
    (Http, "latency"): _LIMIT,
    (Load, "within"): _LIMIT,
    (RateLimit, "recovery"): _LIMIT,
    (Dashboards, "last"): _PERIOD,
    (ErrorBudget, "window"): _PERIOD,
    (Success, "window"): _PERIOD,
    (Auth, "each"): _TIMEOUT,
    (CommandBreaker, "timeout"): _TIMEOUT,
    (Check, "timeout"): _TIMEOUT,
    (Cors, "each"): _TIMEOUT,
    (MonitorEntry, "timeout"): _TIMEOUT,
    (Postgres, "within"): _TIMEOUT,
    (RateLimit, "each"): _TIMEOUT,
    (Run, "grace"): _TIMEOUT,
    (Run, "timeout"): _TIMEOUT,
    (Traffic, "timeout"): _TIMEOUT,
}

Model = TypeVar("Model", bound=Struct)


def paced(card: Card, speed: float) -> Card:
    """Divide the card's waits by `speed` (1 to 3600); raises UsageError outside of that.

    Holds and their patience, a load's length, how long sessions are followed, a monitor's `for`,
    `clear` and `over`, what steps are expected to take and the window's length shrink, each down to
    its floor. A monitor is measured more often, and its sample floor shrinks with its window.
    Limits, timeouts and instants stay.
    """
    if not 1 <= speed <= FASTEST:
        raise UsageError(f"a speed of {speed:g} is out of range: take 1 to {FASTEST:g}")
    return card if speed == 1 else paced_struct(card, speed)


def shortened(seconds: float, speed: float, floor_s: float) -> float:
    """Divide a duration, not below its floor, and never make it longer.

    >>> shortened(600, 60, 2), shortened(60, 60, 2), shortened(1, 60, 2)
    (10.0, 2, 1)
    """
    return min(seconds, max(seconds / speed, floor_s))


def paced_struct(model: Model, speed: float) -> Model:
    """Pace one part of a card and all that it holds."""
    update = {name: _paced_value(getattr(model, name), speed) for name in model.__struct_fields__}
    for name, pace in _paces(type(model)).items():
        seconds = getattr(model, name)
        if seconds is not None:
            update[name] = shortened(seconds, speed * pace.times, pace.floor_s)
    faster = replace(model, **update)
    if isinstance(model, MonitorEntry) and isinstance(faster, MonitorEntry):
        return replace(faster, **_measured_often_enough(model, faster))
    return faster


def _paced_value(value: Any, speed: float) -> Any:
    if isinstance(value, Struct):
        return paced_struct(value, speed)
    if isinstance(value, tuple):
        return tuple(_paced_value(item, speed) for item in value)
    if isinstance(value, dict):
        return {key: _paced_value(item, speed) for key, item in value.items()}
    return value


@cache
def _paces(model: type[Struct]) -> Mapping[str, Pace]:
    """Return how the fields of a struct are paced, its inherited ones included."""
    paces = {name: pace_of(model, name) for name in model.__struct_fields__}
    return {name: pace for name, pace in paces.items() if isinstance(pace, Pace)}


def pace_of(model: type[Struct], name: str) -> Pace | str | None:
    """Return how a struct's field is paced, or why it is not; None where nothing is known of it.

    If several parent classes define a field's pace, that of the nearest one applies.
    """
    for parent in model.__mro__:
        if pace := PACES.get((parent, name)) or NOT_PACED.get((parent, name)):
            return pace
    return None


def _measured_often_enough(monitor: MonitorEntry, faster: MonitorEntry) -> Mapping[str, Any]:
    """Return `every` and `samples` that fit the paced window of a monitor.

    Without a window, several readings must fall into the time that a breach must last, or into the
    time that clears it. An `every` with a pace of its own stays as it was paced.
    """
    window_s, faster_s = monitor.window_s(), faster.window_s()
    update: dict[str, Any] = {}
    if "every" not in _paces(type(monitor)):
        within_s = faster_s or faster.sustained or faster.clear
        update["every"] = min(monitor.every, max(within_s / READINGS, EVERY_FLOOR_S))
    if window_s and faster_s:
        least = max(round(monitor.samples * faster_s / window_s), SAMPLES_FLOOR)
        update["samples"] = min(monitor.samples, least)
    return update
