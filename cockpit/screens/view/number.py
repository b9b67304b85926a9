"""The banner's large number: the time that matters most in the present situation."""

from typing import assert_never

from msgspec import Struct

from cockpit.foundation.formatting import clock
from cockpit.projections.drumbeat import beats, next_due
from cockpit.projections.forecast import expected_s, remaining_s
from cockpit.screens.view.phrases import format_countdown
from cockpit.screens.view.snapshot import Situation, Snapshot, rolls_back, running_hold
from cockpit.screens.view.strip import until_back_s
from cockpit.state import MonitorStatus, StepState, StepStatus


class ShownNumber(Struct, frozen=True):
    """The number, its label, a note after the label, and a progress (0..1) if there is one."""

    number: str = ""
    label: str = ""
    note: str = ""
    progress: float | None = None


def number(snapshot: Snapshot, at: Situation) -> ShownNumber:  # noqa: PLR0911  (one arm a situation)
    """Return the number for a situation."""
    match at:
        case Situation.ROLLING_BACK:
            return _back(snapshot)
        case Situation.DONE:
            left_s = (snapshot.forecast.no_return - snapshot.utc).total_seconds()
            possible = bool(snapshot.state.changed) and left_s > 0
            label = "rollback possible for"
            return ShownNumber(_minutes(left_s), label) if possible else _next_beat(snapshot)
        case Situation.BREACHING:
            return _trip(snapshot)
        case Situation.DOUBT | Situation.UNKNOWN | Situation.FAILED:
            return _stopped(snapshot, at)
        case Situation.BLIND:
            return _blind(snapshot)
        case Situation.TRIPPED:
            return _since(snapshot, _tripped_s(snapshot), "since the trip,")
        case Situation.HELD:
            return _since(snapshot, snapshot.state.held_s, "held since")
        case Situation.ROLLED_BACK | Situation.BACK_FAILED:
            ended_s = snapshot.state.rollback.ended_s if snapshot.state.rollback else None
            well = at is Situation.ROLLED_BACK
            word = "back on stable since" if well else "rollback stopped at"
            return _since(snapshot, ended_s, word)
        case (
            Situation.STALE
            | Situation.ASKED
            | Situation.PLANNED_HOLD
            | Situation.RUNNING
            | Situation.WAITS
        ):
            return _calm(snapshot)
        case _:
            assert_never(at)


def _next_beat(snapshot: Snapshot) -> ShownNumber:
    """Count down to the next item of the drumbeat; up once it is overdue."""
    following = next_due(beats(snapshot.plan, snapshot.state, snapshot.now_s))
    if following is None or following.due_s is None:
        return ShownNumber()
    left_s = following.due_s - snapshot.now_s
    if left_s < 0:
        return ShownNumber(f"+{_minutes(-left_s)}", "a drumbeat is overdue", following.item.title)
    return ShownNumber(_minutes(left_s), "to the next drumbeat", following.item.title)


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}m" if 60 <= seconds < 3600 else format_countdown(seconds)


def _back(snapshot: Snapshot) -> ShownNumber:
    left_s = until_back_s(snapshot)
    watching = left_s <= 0
    total_s = snapshot.forecast.back_s if watching else left_s
    begun_s = snapshot.state.rollback.started_s if snapshot.state.rollback else snapshot.now_s
    passed_s = snapshot.now_s - begun_s
    done = passed_s / (passed_s + total_s) if passed_s + total_s > 0 else 1.0
    label = "rollback left" if watching else f"until back on {snapshot.stable}"
    return ShownNumber(format_countdown(total_s), label, progress=done)


def _trip(snapshot: Snapshot) -> ShownNumber:
    breaching = snapshot.monitors(MonitorStatus.BREACHING)
    monitor, view = min(breaching, key=lambda pair: pair[1].trips_at_s or snapshot.now_s)
    left_s = (view.trips_at_s or snapshot.now_s) - snapshot.now_s
    then = "then rolls back" if rolls_back(snapshot, monitor.monitor) else "then asks you"
    return ShownNumber(format_countdown(left_s), "to trip", then)


def _stopped(snapshot: Snapshot, at: Situation) -> ShownNumber:
    status = {Situation.DOUBT: StepStatus.DOUBT, Situation.UNKNOWN: StepStatus.UNKNOWN}
    wanted = status.get(at, StepStatus.FAILED)
    stopped = [step for step in snapshot.state.steps.values() if step.status is wanted]
    if at is not Situation.DOUBT and snapshot.forecast.l_clock_s < 0:
        return ShownNumber(format_countdown(-snapshot.forecast.l_clock_s), "to window opening")
    return _since(snapshot, _stopped_s(stopped), f"{wanted.value} since")


def _stopped_s(steps: list[StepState]) -> float | None:
    """Return the first run second at which a step ended, or, if it is in doubt, started."""
    times = [step.started_s if step.status is StepStatus.DOUBT else step.ended_s for step in steps]
    return min((s for s in times if s is not None), default=None)


def _blind(snapshot: Snapshot) -> ShownNumber:
    since = []
    for _, view in snapshot.monitors(MonitorStatus.BLIND):
        measured = [at_s for at_s, value in view.series if value is not None]
        since.append(measured[-1] if measured else view.since_s or view.seen_s)
    return _since(snapshot, min(since, default=None), "without data since")


def _tripped_s(snapshot: Snapshot) -> float | None:
    trips = [view.tripped_s for _, view in snapshot.monitors(MonitorStatus.TRIPPED)]
    return min((s for s in trips if s is not None), default=None)


def _since(snapshot: Snapshot, since_s: float | None, label: str) -> ShownNumber:
    """Count up from a run second; without one, show the calm number."""
    if since_s is None:
        return _calm(snapshot)
    return ShownNumber(
        f"+{format_countdown(snapshot.now_s - since_s)}", f"{label} {clock(snapshot.at(since_s))}"
    )


def _calm(snapshot: Snapshot) -> ShownNumber:
    """Count down to the end of the hold, the window's opening, the last rollback, or its close."""
    hold = running_hold(snapshot)
    if hold is not None:
        left_s = remaining_s(hold[0], snapshot.state, snapshot.now_s)
        done = 1 - left_s / expected_s(hold[1], snapshot.state)
        return ShownNumber(format_countdown(left_s), "hold left", progress=done)
    ahead = snapshot.forecast
    if ahead.l_clock_s < 0:
        return ShownNumber(format_countdown(-ahead.l_clock_s), "to window opening")
    to_go_back_s = (ahead.no_return - snapshot.utc).total_seconds()
    if snapshot.state.changed and to_go_back_s > 0:
        return ShownNumber(format_countdown(to_go_back_s), "to start a rollback")
    if ahead.window_left_s > 0:
        return ShownNumber(format_countdown(ahead.window_left_s), "window left")
    return ShownNumber(f"+{format_countdown(-ahead.window_left_s)}", f"past {clock(ahead.closes)}")
