"""A hold: a wait that ends only if every watched monitor is ok; without data it never does."""

from checks.core.base import Outcome, Result
from checks.core.durations import format_duration
from cockpit.card.model.steps import Hold
from cockpit.engine.context import Context
from cockpit.projections.monitor_status import describe_trip, status_at
from cockpit.state import MonitorStatus, StepState

RECHECK_EVERY_S = 0.1
FRESH = 4  # measurements: data may be no older at the end of a hold


def left_s(hold: Hold, step: StepState, now_s: float) -> float:
    """Return the seconds left of a hold, negative past its end; unwatched time is added."""
    return step.started_s + step.unwatched_s + hold.hold - now_s


def watched(context: Context, hold: Hold) -> tuple[str, ...]:
    """Return the monitors that a hold watches."""
    return hold.watch or tuple(monitor.monitor for monitor in context.plan.monitors)


def tripped_in(context: Context, hold: Hold) -> bool:
    """Whether a watched monitor is tripped."""
    return _tripped(context, hold) is not None


async def wait_out(context: Context, name: str, hold: Hold, *, after_rollback: bool) -> Result:
    """Wait for the end of a hold; a tripped monitor ends it, except after a rollback."""
    while True:
        state = context.session.state
        left = left_s(hold, state.steps[name], context.session.now_s())
        if not after_rollback and (result := _tripped(context, hold)):
            return result
        unfit = _unfit(context, hold) or _stale(context, hold)
        if left <= 0 and not unfit:
            return Result(Outcome.PASSED, _all_ok(context, hold))
        if left <= -hold.patience:
            return _given_up(context, hold, unfit)
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
    ages = {
        monitor.monitor: (now_s - views[monitor.monitor].seen_s, FRESH * monitor.every)
        for monitor in context.plan.monitors
        if monitor.monitor in watched(context, hold)
    }
    return tuple(
        f"{name} is {format_duration(round(age))} old"
        for name, (age, most) in ages.items()
        if age > max(most, 1.0)
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
    return f"{len(names)} of {len(names)} monitors ok, {requests} samples" if names else "waited"


def _given_up(context: Context, hold: Hold, unfit: tuple[str, ...]) -> Result:
    """Return why a hold did not pass: `unknown` if a monitor is blind or stale, else `failed`."""
    blind = MonitorStatus.BLIND in _sight(context, hold).values() or bool(_stale(context, hold))
    outcome = Outcome.UNKNOWN if blind else Outcome.FAILED
    late = format_duration(hold.patience)
    return Result(outcome, f"{late} past its end still: " + "; ".join(unfit))
