"""The line under the decision's word: why, in a few words that never excuse a fault."""

from typing import assert_never

from cockpit.screens.view.snapshot import Situation, Snapshot, name_of, running_hold
from cockpit.state import MonitorStatus


def subtitle(snapshot: Snapshot, at: Situation) -> tuple[str, str]:  # noqa: C901, PLR0911, PLR0912  (one arm a situation)
    """Return the line under the word, and a short form."""
    if snapshot.state.journal_fault:
        return "the journal is not written", "journal not written"
    match at:
        case Situation.ROLLING_BACK:
            return f"rolling back: {rollback_reason(snapshot)}", "rolling back"
        case Situation.ROLLED_BACK:
            return f"rolled back, {snapshot.stable} serves", "rolled back"
        case Situation.BREACHING:
            return _monitors(snapshot, MonitorStatus.BREACHING)
        case Situation.BLIND:
            return _monitors(snapshot, MonitorStatus.BLIND)
        case Situation.TRIPPED:
            return _monitors(snapshot, MonitorStatus.TRIPPED)
        case Situation.HELD:
            return snapshot.state.held or "held", "held"
        case Situation.FAILED if not snapshot.state.changed:
            return "nothing was changed yet", ""
        case Situation.DONE:
            return "complete, nothing runs", ""
        case Situation.ASKED:
            return "waits for your word", ""
        case Situation.STALE:
            return "a result is too old", ""
        case Situation.PLANNED_HOLD:
            return "planned, all ok", ""
        case Situation.RUNNING:
            return "running, all ok", ""
        case (
            Situation.FAILED
            | Situation.DOUBT
            | Situation.UNKNOWN
            | Situation.BACK_FAILED
            | Situation.WAITS
        ):
            return "waits for you", ""
        case _:
            assert_never(at)


def _monitors(snapshot: Snapshot, status: MonitorStatus) -> tuple[str, str]:
    names = ", ".join(name_of(monitor) for monitor, _ in snapshot.monitors(status))
    word = "TRIPPED" if status is MonitorStatus.TRIPPED else status.value
    hold = " during the planned hold" if running_hold(snapshot) else ""
    return f"{names} {word}{hold}", f"{names} {word}"


def rollback_reason(snapshot: Snapshot) -> str:
    """Return why the rollback began: the card's rule, or a person's reason."""
    rollback = snapshot.state.rollback
    if rollback is not None and rollback.automatic:
        return "automatic, by on_trip"
    return rollback.reason if rollback is not None else ""
