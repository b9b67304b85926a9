"""The same card, faster: for a rehearsal, whose waits are shortened and whose limits are not."""

from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from checks.database import Database
from checks.load import Load
from cockpit.card.model.card import Card, CutoverWindow
from cockpit.card.model.monitors import CheckMonitor, MetricsMonitor, PrometheusMonitor
from cockpit.card.model.steps import Hold
from cockpit.foundation.errors import UsageError

FASTEST = 3600.0
FLOORS_S = {
    "hold": 2.0,
    "patience": 10.0,
    "sustained": 2.0,
    "clear": 2.0,
    "every": 1.0,
    "over": 4.0,
    "follow": 1.5,
    "about": 0.5,
    "lasts": 1800.0,
    "duration": 5.0,
    "warmup": 1.0,
}
"""Seconds under which a faster pace shortens nothing; what the card has shorter stays as it is."""

LOAD_TIMES = 3.0
"""A load is shortened so many times as much: a rehearsal learns nothing by waiting for it."""

EVERY_FLOOR_S = 0.25
READINGS = 8
"""Measurements in a paced window or sustained time, as far as their own floor lets it."""

SAMPLES_FLOOR = 10

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
    return card if speed == 1 else _model(card, speed)


def shortened(seconds: float, speed: float, floor_s: float) -> float:
    """Divide a duration, not below its floor, and never make it longer.

    >>> shortened(600, 60, 2), shortened(60, 60, 2), shortened(1, 60, 2)
    (10.0, 2, 1)
    """
    return min(seconds, max(seconds / speed, floor_s))


def _any(value: Any, speed: float) -> Any:
    if isinstance(value, Struct):
        return _model(value, speed)
    if isinstance(value, tuple):
        return tuple(_any(item, speed) for item in value)
    if isinstance(value, dict):
        return {key: _any(item, speed) for key, item in value.items()}
    return value


def _model(model: Model, speed: float) -> Model:
    """Pace a model and all that it holds; only the kinds below have waits of their own."""
    update = {name: _any(getattr(model, name), speed) for name in model.__struct_fields__}
    update |= _waits(model, ("about",), speed)
    match model:
        case Hold():
            update |= _waits(model, ("hold", "patience"), speed)
        case Load():
            update |= _waits(model, ("duration", "warmup"), LOAD_TIMES * speed)
        case Database():
            update |= _waits(model, ("follow",), speed)
        case CutoverWindow():
            update |= _waits(model, ("lasts",), speed)
        case MetricsMonitor():
            update |= _waits(model, ("sustained", "clear", "over"), speed)
            update["every"] = _every(model.every, update["over"])
            least = max(round(model.samples * update["over"] / model.over), SAMPLES_FLOOR)
            update["samples"] = min(model.samples, least)
        case CheckMonitor():
            update |= _waits(model, ("sustained", "clear", "every"), speed)
        case PrometheusMonitor():
            update |= _waits(model, ("sustained", "clear"), speed)
            update["every"] = _every(model.every, update["sustained"] or update["clear"])
    return replace(model, **update)


def _waits(model: Struct, names: tuple[str, ...], speed: float) -> dict[str, float]:
    given = {name: getattr(model, name, None) for name in names}
    return {
        name: shortened(seconds, speed, FLOORS_S[name])
        for name, seconds in given.items()
        if seconds is not None
    }


def _every(every_s: float, window_s: float) -> float:
    return min(every_s, max(window_s / READINGS, EVERY_FLOOR_S))
