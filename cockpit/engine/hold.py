"""A hold: a wait that ends only if every watched monitor is ok; without data it never does.

Only time in which every watched monitor had fresh data counts (`cockpit/state/hold_watch.py`); the
rest is made up for, as long as the hold's patience lasts. Its patience is for the monitors: time in
which the cockpit itself stood still, stopped or suspended, takes none of it.
"""

from collections.abc import Mapping

from checks.core.base import Outcome, Result
from checks.core.durations import format_duration
from checks.core.text import count_of
from cockpit.card.model.steps import Hold
from cockpit.engine.context import Context
from cockpit.projections.hold_progress import describe_watched, left_s, overdue_s
from cockpit.projections.monitor_status import describe_trip, status_at
from cockpit.state import MonitorStatus
from cockpit.state.hold_watch import FRESH, limit_s

RECHECK_EVERY_S = 0.1
_STILL_S = 3.0
"""Between two looks no more passes, even on a busy machine, unless the cockpit stood still."""


def watched(context: Context, hold: Hold) -> tuple[str, ...]:
    """Return the monitors that a hold watches."""
    return hold.watch or tuple(monitor.monitor for monitor in context.plan.monitors)


def periods_s(context: Context, hold: Hold) -> Mapping[str, float]:
    """Return the period of each monitor that a hold watches, in seconds."""
    names = watched(context, hold)
    return {
        monitor.monitor: monitor.every
        for monitor in context.plan.monitors
        if monitor.monitor in names
    }


def tripped_in(context: Context, hold: Hold) -> bool:
    """Whether a watched monitor is tripped."""
    return _tripped(context, hold) is not None


async def wait_out(context: Context, name: str, hold: Hold, *, after_rollback: bool) -> Result:
    """Wait for the end of a hold; a tripped monitor ends it, except after a rollback."""
    looked_s, still_s = context.session.now_s(), 0.0
    while True:
        step, now_s = context.session.state.steps[name], context.session.now_s()
        still_s += now_s - looked_s if now_s - looked_s > _STILL_S else 0.0
        looked_s = now_s
        if not after_rollback and (result := _tripped(context, hold)):
            return result
        unfit = _unfit(context, hold) or _stale(context, hold)
        enough = left_s(hold, step, now_s) == 0
        counted = describe_watched(hold, step, now_s)
        if enough and not unfit:
            return Result(Outcome.PASSED, _joined(counted, _all_ok(context, hold)))
        if overdue_s(hold, step, now_s) - still_s >= hold.patience:
            result = _given_up(context, hold, unfit, enough=enough)
            return Result(result.outcome, _joined(result.evidence, counted))
        await context.clock.sleep(RECHECK_EVERY_S)


def _tripped(context: Context, hold: Hold) -> Result | None:
    """Return a failure that names every tripped monitor: the first may be only a symptom."""
    views, names = context.session.state.monitors, watched(context, hold)
    evidence = [
        describe_trip(monitor, view)
        for monitor in context.plan.monitors
        if monitor.monitor in names
        and (view := views.get(monitor.monitor))
        and view.state is MonitorStatus.TRIPPED
    ]
    return Result(Outcome.FAILED, "; ".join(evidence)) if evidence else None


def _unfit(context: Context, hold: Hold) -> tuple[str, ...]:
    """Return the watched monitors that are not ok, each with its status."""
    views = context.session.state.monitors
    return tuple(
        f"{name} {status}: {views[name].note}"
        if name in views and views[name].note
        else f"{name} {status}"
        for name, status in _sight(context, hold).items()
        if status is not MonitorStatus.OK
    )


def _stale(context: Context, hold: Hold) -> tuple[str, ...]:
    """Return the monitors whose data is too old to end a hold with, each with its age."""
    views, now_s = context.session.state.monitors, context.session.now_s()
    return tuple(
        f"{name} is {format_duration(round(age_s))} old"
        for name, every_s in periods_s(context, hold).items()
        if (age_s := now_s - views[name].seen_s) > limit_s(every_s, FRESH)
    )


def _sight(context: Context, hold: Hold) -> dict[str, MonitorStatus]:
    """Return the status that each watched monitor shows now."""
    views, now_s = context.session.state.monitors, context.session.now_s()
    names = watched(context, hold)
    return {
        monitor.monitor: status_at(monitor, views.get(monitor.monitor), now_s)
        for monitor in context.plan.monitors
        if monitor.monitor in names
    }


def _all_ok(context: Context, hold: Hold) -> str:
    names = watched(context, hold)
    requests = max((context.session.state.monitors[name].samples for name in names), default=0)
    monitors, samples = count_of(len(names), "monitor"), count_of(requests, "sample")
    return f"{len(names)} of {monitors} ok, {samples}" if names else "waited"


def _given_up(context: Context, hold: Hold, unfit: tuple[str, ...], *, enough: bool) -> Result:
    """Return why a hold did not pass.

    It is `unknown` if it has not had `enough` time, or if a monitor is blind or stale.
    """
    blind = MonitorStatus.BLIND in _sight(context, hold).values() or bool(_stale(context, hold))
    outcome = Outcome.UNKNOWN if blind or not enough else Outcome.FAILED
    why = f"still: {'; '.join(unfit)}" if unfit else "too little of its time was watched"
    return Result(outcome, f"{format_duration(hold.patience)} past its end {why}")


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))
