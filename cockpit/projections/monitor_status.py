"""What a monitor and a result show at an instant, and how a breach and a trip are said."""

import math

from checks.core.durations import format_duration
from checks.core.limits import Limit
from cockpit.card.model.monitors import AnyMonitor, CheckMonitor
from cockpit.card.model.plan import Planned, SectionKind
from cockpit.foundation.formatting import percent
from cockpit.monitors.judge import rule
from cockpit.state import MonitorStatus, MonitorView, State, StepStatus

UNSEEN_S = 15.0
"""A monitor is measured each second or so; after so long without any look it shows nothing."""


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


def shows(monitor: AnyMonitor, view: MonitorView | None, now_s: float) -> MonitorStatus:
    """Give `ok`, `breaching` or `tripped` as a monitor shows it at a run second, else `blind`.

    What was not looked at for a while is blind, whatever it showed then: nobody measures it now.
    """
    if view is None:
        return MonitorStatus.BLIND
    if view.state is MonitorStatus.TRIPPED:
        return MonitorStatus.TRIPPED
    late = now_s - view.seen_s > max(rule(monitor).stale_s, UNSEEN_S)
    known = view.state in (MonitorStatus.OK, MonitorStatus.BREACHING)
    return view.state if known and not late else MonitorStatus.BLIND


def limit_of(monitor: AnyMonitor) -> str:
    """Say a monitor's limit in its own unit."""
    if isinstance(monitor, CheckMonitor) and monitor.figure is None:
        return "passed"
    found = monitor.above
    return format_quantity(float(found), found.text) if isinstance(found, Limit) else f"{found:g}"


def value_of(monitor: AnyMonitor, seen: float | None) -> str:
    """Say a monitor's value in the unit of its limit."""
    if isinstance(monitor, CheckMonitor) and monitor.figure is None and seen is not None:
        return "failed" if seen else "passed"
    return format_quantity(seen, monitor.above.text if isinstance(monitor.above, Limit) else "")


def over(monitor: AnyMonitor, view: MonitorView) -> str:
    """Say a value beside its limit, in the limit's own unit; of a check what it saw."""
    return _seen(monitor, view, f"{value_of(monitor, view.value)} over {limit_of(monitor)}")


def now(monitor: AnyMonitor, view: MonitorView) -> str:
    """Say what a monitor that tripped shows now; of a check what it saw."""
    return _seen(monitor, view, f"{value_of(monitor, view.value)} now")


def _seen(monitor: AnyMonitor, view: MonitorView, value: str) -> str:
    """Say what a check saw: its evidence names the offender, a figure alone does not."""
    if not isinstance(monitor, CheckMonitor) or not view.note:
        return value
    return f"{value}: {view.note}" if monitor.figure else view.note


def tripped(monitor: AnyMonitor, view: MonitorView) -> str:
    """Say that a monitor tripped, with its value, limit, window and sample count.

    One that is within its limit again, and not long enough to clear, says so.
    """
    name = monitor.title or monitor.monitor
    if view.value is None or view.value <= float(monitor.above):
        clear = f"it clears after {format_duration(monitor.clear)} within its limit"
        return f"{name} tripped: {now(monitor, view)}, {clear}"
    if isinstance(monitor, CheckMonitor):
        return f"{name} tripped: {over(monitor, view)}"
    window = f" for {format_duration(monitor.sustained)}" if monitor.sustained else ""
    return f"{name} tripped: {over(monitor, view)}{window} ({view.samples} samples)"


def stale_s(item: Planned, state: State, now_s: float) -> float | None:
    """Give the age of a Done line's result that is too old to count; None when it is not.

    A waiver does not age: it is a decision. A finished run keeps what counted at its end.
    """
    step, fresh_s = state.steps.get(item.id), item.step.fresh_for
    if item.section_kind is not SectionKind.DONE or step is None or fresh_s is None:
        return None
    if step.status is not StepStatus.PASSED or step.ended_s is None:
        return None
    age_s = (now_s if state.ended_s is None else min(now_s, state.ended_s)) - step.ended_s
    return age_s if age_s > fresh_s else None
