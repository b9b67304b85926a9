"""The status of a monitor at an instant, and the words for its limit, value, breach and trip."""

import math

from checks.core.durations import format_duration
from checks.core.limits import Limit
from checks.core.text import count_of
from cockpit.card.model.monitors import AnyMonitor, CheckMonitor, MetricsMonitor
from cockpit.card.model.plan import Planned, Section, SectionKind
from cockpit.card.model.steps import Prove
from cockpit.foundation.formatting import clock, percent
from cockpit.monitors.judge import rule
from cockpit.projections.cutover_window import instant_at
from cockpit.state import MonitorStatus, MonitorView, State, StepStatus

UNSEEN_S = 15.0
"""Monitors are sampled about once a second; after so long without a sample one is blind."""
KNOWN = (MonitorStatus.OK, MonitorStatus.BREACHING)


def format_quantity(value: float | None, limit: str) -> str:
    """Format a value in the unit in which its limit was written.

    >>> format_quantity(0.268, "250ms"), format_quantity(1.234, "2s")
    ('268 ms', '1.23 s')
    >>> format_quantity(0.031, "0.5 %"), format_quantity(312, "100/min")
    ('3.1 %', '312 /min')
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
        return format_duration(round(value, 2))
    return f"{value:g}"


def status_at(monitor: AnyMonitor, view: MonitorView | None, now_s: float) -> MonitorStatus:
    """Return a monitor's status at a run second.

    It is blind after a while without a sample, whatever the last one showed. A trip stays a trip.
    """
    if view is None:
        return MonitorStatus.BLIND
    if view.state is MonitorStatus.TRIPPED:
        return MonitorStatus.TRIPPED
    late = now_s - view.seen_s > max(rule(monitor).stale_s, UNSEEN_S)
    return view.state if view.state in KNOWN and not late else MonitorStatus.BLIND


def describe_blindness(monitor: AnyMonitor, view: MonitorView, state: State, now_s: float) -> str:
    """Describe why a blind monitor is blind: by what it said last, or only by its age."""
    if view.state not in KNOWN:
        return view.note or "no data"
    last = f"(last: {view.note or format_value(monitor, view.value)})"
    at, now = instant_at(state, view.seen_s), instant_at(state, now_s)
    if at is None or now is None:
        return f"not measured for {format_duration(int(now_s - view.seen_s))} {last}"
    day = "" if at.date() == now.date() else f"{at.date()} "
    return f"not measured since {day}{clock(at, seconds=True)} {last}"


def format_limit(monitor: AnyMonitor) -> str:
    """Format a monitor's limit in its own unit; of a check that must pass, `passed`."""
    if isinstance(monitor, CheckMonitor) and monitor.figure is None:
        return "passed"
    limit = monitor.judged_at()
    return format_quantity(float(limit), limit.text) if isinstance(limit, Limit) else f"{limit:g}"


def format_value(monitor: AnyMonitor, value: float | None) -> str:
    """Format a monitor's value in the unit of its limit; of a check that must pass, its outcome."""
    if isinstance(monitor, CheckMonitor) and monitor.figure is None and value is not None:
        return "failed" if value else "passed"
    limit = monitor.judged_at()
    return format_quantity(value, limit.text if isinstance(limit, Limit) else "")


def describe_breach(monitor: AnyMonitor, view: MonitorView) -> str:
    """Describe a breach: the value over its limit in its unit; for a check its evidence.

    A quantile has the bounds between which it is known to lie.
    """
    if is_estimate(monitor) and view.note:
        value = f"{format_value(monitor, view.value)} ({view.note})"
        return f"{value} over {format_limit(monitor)}"
    return _with_evidence(
        monitor, view, f"{format_value(monitor, view.value)} over {format_limit(monitor)}"
    )


def is_estimate(monitor: AnyMonitor) -> bool:
    """Whether a monitor's value is estimated from buckets: its note has their bounds."""
    return isinstance(monitor, MetricsMonitor) and monitor.quantile is not None


def describe_value_now(monitor: AnyMonitor, view: MonitorView) -> str:
    """Describe the value of a tripped monitor now; for a check its evidence."""
    return _with_evidence(monitor, view, f"{format_value(monitor, view.value)} now")


def _with_evidence(monitor: AnyMonitor, view: MonitorView, value: str) -> str:
    """Add a check's evidence, which names the cause; a figure alone does not."""
    if not isinstance(monitor, CheckMonitor) or not view.note:
        return value
    return f"{value}: {view.note}" if monitor.figure else view.note


def describe_trip(monitor: AnyMonitor, view: MonitorView) -> str:
    """Describe a trip, with value, limit, window and sample count.

    If the value is within its limit again, not yet long enough to clear, the text says so.
    """
    name = monitor.title or monitor.monitor
    if view.value is None or view.value <= float(monitor.judged_at()):
        clear = f"it clears after {format_duration(monitor.clear)} within its limit"
        return f"{name} tripped: {describe_value_now(monitor, view)}, {clear}"
    if isinstance(monitor, CheckMonitor):
        return f"{name} tripped: {describe_breach(monitor, view)}"
    window = f" for {format_duration(monitor.sustained)}" if monitor.sustained else ""
    samples = count_of(view.samples, "sample")
    return f"{name} tripped: {describe_breach(monitor, view)}{window} ({samples})"


def asked_items(section: Section, state: State) -> tuple[Planned, ...]:
    """Return the steps of a section without those that its run was never asked."""
    return tuple(item for item in section.items if not is_unasked(item, state))


def is_unasked(item: Planned, state: State) -> bool:
    """Whether a run passed its preflight under a version that proved no monitors."""
    section = state.sections.get(item.section)
    is_over = section is not None and section.ended_s is not None
    return isinstance(item.step, Prove) and is_over and item.id not in state.steps


def stale_age_s(item: Planned, state: State, now_s: float) -> float | None:
    """Return the age of a Done line's result in seconds if it is too old to count, else None.

    A waiver does not age: it is a decision. A finished run is judged as of its end.
    """
    step, fresh_s = state.steps.get(item.id), item.step.fresh_for
    if item.section_kind is not SectionKind.DONE or step is None or fresh_s is None:
        return None
    if step.status is not StepStatus.PASSED or step.ended_s is None:
        return None
    age_s = (now_s if state.ended_s is None else min(now_s, state.ended_s)) - step.ended_s
    return age_s if age_s > fresh_s else None
