"""What a hold has counted of its time at an instant, and the words for it."""

from checks.core.durations import format_duration
from cockpit.card.model.steps import Hold
from cockpit.state import StepState


def left_s(hold: Hold, step: StepState, now_s: float) -> float:
    """Return the seconds that a running hold still has to count; 0 once it has its time.

    Without monitors, and where it began under an earlier version, all time with a cockpit counts.
    """
    if step.watch is None:
        return max(0.0, -overdue_s(hold, step, now_s))
    left = hold.hold - step.watch.until(now_s).watched_s
    return left if left > 1e-6 else 0.0  # what a sum of fractions leaves is no time


def overdue_s(hold: Hold, step: StepState, now_s: float) -> float:
    """Return the seconds past the end that a hold without a blind second has; negative before."""
    return now_s - step.started_s - step.unwatched_s - hold.hold


def describe_watched(hold: Hold, step: StepState, now_s: float) -> str:
    """Describe what a hold has counted of its time; empty while it was never blind for a second.

    >>> from cockpit.state import StepStatus
    >>> from cockpit.state.hold_watch import HoldWatch
    >>> watch = HoldWatch({"p95": 1.0}, 612.0, watched_s=372.0, blind_s=240.0)
    >>> step = StepState(StepStatus.RUNNING, 1, 0.0, watch=watch)
    >>> describe_watched(Hold(hold=600.0), step, 612.0)
    'held 6m12s of 10m watched, 4m blind'
    >>> describe_watched(Hold(hold=360.0), step, 612.0)
    'held 6m watched, 4m blind'
    """
    watch = step.watch.until(now_s) if step.watch else None
    if watch is None or watch.blind_s < 1:
        return ""
    whole, blind = format_duration(hold.hold), format_duration(round(watch.blind_s))
    if left_s(hold, step, now_s) == 0:
        return f"held {whole} watched, {blind} blind"
    return f"held {format_duration(int(watch.watched_s))} of {whole} watched, {blind} blind"
