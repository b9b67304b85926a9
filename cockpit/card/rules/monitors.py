"""A monitor measures one thing, in the unit of its limit, often enough to have data."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from checks.core.units import duration, share
from checks.core.whole_pattern import whole_fault
from cockpit.card.model.monitors import MetricsMonitor, MonitorEntry, PrometheusMonitor
from cockpit.card.read.shape import keys, tag
from cockpit.card.rules.raw import Found, at, mappings
from cockpit.card.yaml.places import PathFault

_MEASURES = ("quantile", "share", "rate")
_RATE = re.compile(r"[0-9.]+\s*/\s*(s|min|h)")
_UNITS = {
    "quantile": "a latency is compared: write the limit with its unit, as 250ms",
    "share": "a share is compared: write the limit as a percentage, as 0.5 %",
    "rate": "events a minute are compared: write the limit as 100/min",
}


def one_measure(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a `metrics` monitor computes exactly one of quantile, share and rate."""
    for path, monitor in _from(MetricsMonitor, raw):
        measures = [key for key in _MEASURES if monitor.get(key) is not None]
        if not measures:
            message = "what it measures is missing: write `quantile: 0.95`, `share: {code: 5..}` or"
            yield PathFault(path, f"{message} `rate: {{code: 401}}`")
        for extra in measures[1:]:
            message = (
                f"it measures `{measures[0]}` already: make the `{extra}` a monitor of its own"
            )
            yield PathFault((*path, extra), message)
        if monitor.get("share") == {}:
            message = "a share of everything is always 100 %: name the labels, as {code: 5..}"
            yield PathFault((*path, "share"), message)


def limit_fits(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a limit has its measure's unit or is 0; another trips never or always."""
    for path, monitor in _from(MetricsMonitor, raw):
        measures = [key for key in _MEASURES if monitor.get(key) is not None]
        if len(measures) == 1 and "above" in monitor and not _fits(measures[0], monitor["above"]):
            yield PathFault((*path, "above"), _UNITS[measures[0]])


def of_a_quantile(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that `bound` and `unit` stand beside a quantile, and that the bound is a latency."""
    for path, monitor in _from(MetricsMonitor, raw):
        other = next((key for key in ("share", "rate") if monitor.get(key) is not None), None)
        is_quantile = monitor.get("quantile") is not None
        for key in ("bound", "unit"):
            if monitor.get(key) is not None and other and not is_quantile:
                message = f"only a `quantile` has buckets, a `{other}` has none: delete `{key}`"
                yield PathFault((*path, key), message)
        if is_quantile and not _is_bound(monitor.get("bound")):
            message = "a bound of the histogram is a latency: write it with its unit, as 300ms"
            yield PathFault((*path, "bound"), message)


def labels_compile(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the patterns of labels are of RE2, or begin by looking ahead."""
    for key in ("share", "rate", "labels"):
        for path, pattern in at(raw, ("monitors", "*", key, "*")):
            if isinstance(pattern, str) and (wrong := whole_fault(pattern)):
                yield PathFault(path, wrong)


def measured_often_enough(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that two readings fit into the window, which a difference needs."""
    for path, monitor in _from(MetricsMonitor, raw):
        every, over = (_seconds(monitor, key) for key in ("every", "over"))
        if every is not None and over is not None and every > over / 2:
            at_key = "every" if "every" in monitor else "over"
            message = "the window must hold two readings: make `every` at most half of `over`"
            yield PathFault((*path, at_key), message)


def samples_are_counted(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a minimum of `samples` comes with the query that counts them."""
    for path, monitor in _from(PrometheusMonitor, raw):
        if monitor.get("samples") is not None and not monitor.get("count"):
            message = "nothing counts the samples: write the query for their number as `count`"
            yield PathFault((*path, "samples"), message)


def _from(source: type[MonitorEntry], raw: dict[str, Any]) -> Iterator[Found]:
    """Yield the monitors of a source."""
    key, kind = tag(source) or ("source", "")
    monitors = mappings(raw, "monitors", "*")
    return ((path, monitor) for path, monitor in monitors if monitor.get(key) == kind)


def _fits(measure: str, above: Any) -> bool:
    if not isinstance(above, str):
        return not isinstance(above, int | Decimal) or above == 0
    if measure == "rate":
        return bool(_RATE.fullmatch(above.strip()))
    try:
        return (duration if measure == "quantile" else share)(above) >= 0
    except ValueError:
        return False


def _is_bound(bound: Any) -> bool:
    return bound is None or (_fits("quantile", bound) and bound not in (0, "0"))


def _seconds(monitor: dict[str, Any], key: str) -> float | None:
    if key not in monitor:
        return float(keys(MetricsMonitor)[key].default)
    try:
        return duration(monitor[key])
    except ValueError:
        return None


RULES = (
    one_measure,
    limit_fits,
    of_a_quantile,
    labels_compile,
    measured_often_enough,
    samples_are_counted,
)
