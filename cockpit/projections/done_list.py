"""The Done list: each line's computed status, its evidence and its age. Pure."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from checks.core.base import Check
from checks.core.durations import format_duration
from cockpit.card.model.plan import Plan, Planned
from cockpit.card.model.steps import Confirm
from cockpit.projections.monitor_status import stale_age_s
from cockpit.state import State, StepState, StepStatus


class LineStatus(StrEnum):
    """The status of a line of the Done list."""

    PASSED = "passed"
    VOUCHED = "vouched for"
    WAIVED = "waived"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DOUBT = "in doubt"
    SKIPPED = "skipped"
    STALE = "stale"
    RUNNING = "running"
    TODO = "to do"

    @property
    def counts(self) -> bool:
        """Whether a line with this status is done."""
        return self in (LineStatus.PASSED, LineStatus.VOUCHED, LineStatus.WAIVED)


class DoneLine(Struct, frozen=True):
    """One line; `age_s` is the time since its result, None without one."""

    item: Planned
    group: str
    status: LineStatus
    evidence: str = ""
    details: tuple[str, ...] = ()
    age_s: float | None = None


def done(plan: Plan, state: State, now_s: float) -> tuple[DoneLine, ...]:
    """Return the Done list at the run second `now_s`, in the card's order."""
    return tuple(
        line(group.title, item, state, now_s) for group in plan.done for item in group.items
    )


def line(group: str, item: Planned, state: State, now_s: float) -> DoneLine:
    """Return the line of one step at the run second `now_s`."""
    step = state.steps.get(item.id)
    if step is None:
        return DoneLine(item, group, LineStatus.TODO, to_do(item))
    age_s = None if step.ended_s is None else max(0.0, now_s - step.ended_s)
    status, evidence = _line_status(item, step), step.evidence
    if stale_age_s(item, state, now_s) is not None:
        status = LineStatus.STALE
        evidence = f"counts for {format_duration(item.step.fresh_for or 0.0)} only; was: {evidence}"
    elif step.status is StepStatus.RUNNING:
        age_s, evidence = None, evidence or to_do(item)
    return DoneLine(item, group, status, evidence, step.details, age_s)


def _line_status(item: Planned, step: StepState) -> LineStatus:
    if step.status is StepStatus.PASSED and isinstance(item.step, Confirm):
        return LineStatus.VOUCHED
    return LineStatus(step.status.value)


def to_do(item: Planned) -> str:
    """Return the evidence of a line without a result: what to vouch for, or what is checked."""
    if isinstance(item.step, Confirm):
        return f"asks for your word: {item.step.confirm}"
    return item.step.label() if isinstance(item.step, Check) and item.step.title else ""


def exit_status(lines: Sequence[DoneLine]) -> int:
    """Return 0 if every line is done, 1 if one failed, else 3; 3 for an empty list."""
    if any(line.status is LineStatus.FAILED for line in lines):
        return 1
    return 0 if lines and all(line.status.counts for line in lines) else 3


def summary(lines: Sequence[DoneLine]) -> str:
    """Format how many lines are done, and the count of each status.

    >>> summary(())
    'the card has no Done list, so nothing is known to be done'
    """
    if not lines:
        return "the card has no Done list, so nothing is known to be done"
    counts = Counter(line.status for line in lines)
    counted = sum(line.status.counts for line in lines)
    parts = [f"{counts[status]} {status.value}" for status in LineStatus if counts[status]]
    return f"{counted} of {len(lines)} done: {', '.join(parts)}"
