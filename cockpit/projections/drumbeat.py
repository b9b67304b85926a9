"""The drumbeat, checks in the days after a run: when each item is due, done and overdue. Pure.

Times are run seconds counted from the end of the run, so that a changed wall clock moves no due
time. A beat is a period in which an item is done once: the first hour, a day, a week. It includes
its last instant: what is done exactly when it is due is done in time.
"""

import math
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from checks.core.durations import format_duration
from cockpit.card.model.plan import Plan, Planned
from cockpit.card.model.steps import Confirm
from cockpit.projections.decision import Word
from cockpit.state import State, StepState, StepStatus

DAY_S = 86400.0
_HOURS = re.compile(r"hour-(\d{1,2})")


class Rhythm(Struct, frozen=True):
    """A beat of `every_s` seconds, `times` times; without end if None."""

    every_s: float
    times: int | None = None

    def beat(self, since_end_s: float) -> int:
        """Return the number of the beat, from 1, that contains an instant.

        >>> daily = Rhythm(DAY_S, 7)
        >>> daily.beat(0.0), daily.beat(DAY_S), daily.beat(DAY_S + 0.1)
        (1, 1, 2)
        """
        return max(1, math.ceil(since_end_s / self.every_s))


def rhythm(group: str) -> Rhythm | None:
    """Parse a group's name into its rhythm; None for a name without one.

    >>> rhythm("hour-1"), rhythm("daily").times, rhythm("weekly").times, rhythm("someday")
    (Rhythm(every_s=3600.0, times=1), 7, None, None)
    """
    if hours_match := _HOURS.fullmatch(group):
        hours = int(hours_match[1])
        return Rhythm(hours * 3600.0, 1) if hours else None
    return {"daily": Rhythm(DAY_S, 7), "weekly": Rhythm(7 * DAY_S)}.get(group)


class Due(StrEnum):
    """The status of an item."""

    WAITS = "waits for the end"
    DUE = "due"
    OVERDUE = "overdue"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RUNNING = "running"
    DONE = "done"
    UNTIMED = "no due time"


class Beat(Struct, frozen=True):
    """An item now. `due_s` is the run second when it is next due, `missed` counts missed beats."""

    item: Planned
    group: str
    status: Due
    due_s: float | None = None
    missed: int = 0
    evidence: str = ""
    by: str = ""
    done_s: float | None = None


def has_begun(state: State) -> bool:
    """Whether the drumbeat has begun: the run ended with GO, and nothing was rolled back since."""
    live = state.ended is not None and state.ended.word == Word.GO
    return live and state.rollback is None and state.ended_s is not None


def beats(plan: Plan, state: State, now_s: float) -> tuple[Beat, ...]:
    """Return every item at the run second `now_s`, in the card's order."""
    return tuple(
        _beat(group.title, item, state, now_s) for group in plan.drumbeat for item in group.items
    )


def next_due(due_list: Sequence[Beat]) -> Beat | None:
    """Return the item due next, or longest overdue; None if nothing is due."""
    open_ones = [
        beat for beat in due_list if beat.due_s is not None and beat.status is not Due.DONE
    ]
    return min(open_ones, key=lambda beat: beat.due_s or 0.0, default=None)


def exit_status(drumbeat: Sequence[Beat]) -> int:
    """Return 1 if something is overdue or failed, 0 if everything is on time, else 3."""
    if any(beat.status in (Due.OVERDUE, Due.FAILED) for beat in drumbeat):
        return 1
    fine = (Due.DONE, Due.DUE, Due.UNTIMED)
    return 0 if drumbeat and all(beat.status in fine for beat in drumbeat) else 3


def _beat(group: str, item: Planned, state: State, now_s: float) -> Beat:
    step, rhythm_of_group = state.steps.get(item.id), rhythm(group)
    word = item.step.confirm if isinstance(item.step, Confirm) else ""
    waiting = Beat(item, group, Due.WAITS, evidence=step.evidence if step else word)
    if not has_begun(state) or state.ended_s is None:
        return waiting
    passed = [at_s for at_s in (step.passed_s if step else ()) if at_s >= state.ended_s]
    by, done_s = (step.by if step and passed else ""), (passed[-1] if passed else None)
    if rhythm_of_group is None:
        status = Due.DONE if passed else Due.UNTIMED
        return Beat(
            item,
            group,
            _with_step_status(step, status),
            evidence=waiting.evidence,
            by=by,
            done_s=done_s,
        )
    status, beat, missed = _timed(
        rhythm_of_group, [at_s - state.ended_s for at_s in passed], now_s - state.ended_s
    )
    due_s = None if beat is None else state.ended_s + beat * rhythm_of_group.every_s
    return Beat(
        item, group, _with_step_status(step, status), due_s, missed, waiting.evidence, by, done_s
    )


def _timed(timed: Rhythm, passed_s: list[float], since_s: float) -> tuple[Due, int | None, int]:
    """Return the status, the beat at whose end it is next due, and the number of missed beats."""
    present = timed.beat(since_s)
    current = present if timed.times is None else min(present, timed.times)
    done_in = {timed.beat(at_s) for at_s in passed_s}
    last = max(done_in, default=0)
    missed = sum(beat not in done_in for beat in range(1, current))
    if last >= current:
        more = timed.times is None or current < timed.times
        return Due.DONE, current + 1 if more else None, missed
    if present > current:  # all beats are over, and the last one was missed
        return Due.OVERDUE, current, missed
    if last < current - 1:
        return Due.OVERDUE, current - 1, missed
    return Due.DUE, current, missed


def _with_step_status(step: StepState | None, status: Due) -> Due:
    """Return the status with the step's own (running, failed, unknown) before it; overdue stays."""
    if step is None or status is Due.OVERDUE:
        return Due.RUNNING if step and step.status is StepStatus.RUNNING else status
    other = {
        StepStatus.RUNNING: Due.RUNNING,
        StepStatus.FAILED: Due.FAILED,
        StepStatus.UNKNOWN: Due.UNKNOWN,
    }
    return other.get(step.status, status)


def groups(drumbeat: Sequence[Beat]) -> Iterator[tuple[str, tuple[Beat, ...]]]:
    """Yield the items by rhythm."""
    for name in dict.fromkeys(beat.group for beat in drumbeat):
        yield name, tuple(beat for beat in drumbeat if beat.group == name)


def format_due(beat: Beat, now_s: float) -> str:
    """Format when an item is due, or how late it is; empty for one without a due time."""
    if beat.due_s is None:
        return ""
    left_s = int(beat.due_s - now_s)
    left = format_duration(abs(left_s))
    return f"due in {left}" if left_s >= 0 else f"late by {left}"


def verdict(drumbeat: Sequence[Beat]) -> str:
    """Return a sentence on what is overdue, or else on what comes next."""
    if not drumbeat:
        return "the card has no drumbeat"
    if all(beat.status is Due.WAITS for beat in drumbeat):
        return "the drumbeat begins when the run has ended with GO"
    overdue = [beat.item.title for beat in drumbeat if beat.status is Due.OVERDUE]
    if overdue:
        return f"overdue: {', '.join(overdue)}"
    following = next_due(drumbeat)
    return f"next: {following.item.title}" if following else "nothing is due any more"
