"""Records the monitors: every tick, and each change of status with a message."""

from typing import assert_never

from checks.core.durations import format_duration
from cockpit.card.model.plan import Plan
from cockpit.engine.context import Context
from cockpit.journal import events as ev
from cockpit.monitors.judge import Verdict
from cockpit.monitors.poller import PollTick
from cockpit.projections.monitor_status import describe_breach, describe_trip
from cockpit.state import MonitorStatus, MonitorView


async def publish(context: Context, tick: PollTick) -> None:
    """Record one tick, and every monitor whose status has changed."""
    before = context.session.state.monitors
    samples = {
        name: _sample(verdict, tick.ages_s.get(name, 0.0))
        for name, verdict in tick.verdicts.items()
    }
    await context.session.record(ev.MonitorsSampled(monitors=samples))
    for name, view in context.session.state.monitors.items():
        was = before[name].state if name in before else MonitorStatus.NOT_MEASURED
        if view.state != was and not (was is MonitorStatus.NOT_MEASURED and view.learning):
            changed = ev.MonitorChanged(
                monitor=name, before=was, after=view.state, text=_describe(context.plan, name, view)
            )
            await context.session.record(changed)


def _sample(verdict: Verdict, age_s: float) -> ev.MonitorSample:
    return ev.MonitorSample(
        state=verdict.state,
        value=verdict.value,
        samples=verdict.samples,
        note=verdict.note,
        since_s=verdict.since_s,
        trips_at_s=verdict.trips_at_s,
        learning=verdict.learning,
        age_s=round(age_s, 3),
    )


def _describe(plan: Plan, name: str, view: MonitorView) -> str:
    monitor = next(item for item in plan.monitors if item.monitor == name)
    title = monitor.title or name
    match view.state:
        case MonitorStatus.TRIPPED:
            return describe_trip(monitor, view)
        case MonitorStatus.BREACHING:
            evidence = describe_breach(monitor, view)
            return (
                f"{title} breaching: {evidence}, trips after {format_duration(monitor.sustained)}"
            )
        case MonitorStatus.BLIND:
            return f"{title} is blind: {view.note or 'no data'}"
        case MonitorStatus.OK:
            return f"{title} is ok"
        case MonitorStatus.NOT_MEASURED:
            return f"{title} is not measured"
        case _:
            assert_never(view.state)
