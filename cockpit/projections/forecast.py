"""Forecasts: what is still to do, when it ends, and until when a rollback is possible.

Pure functions of plan, state and one instant. All times are seconds, instants are run seconds.
Every total is the sum of parts that are part of the result, so that a screen can show them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from checks.core.base import Check, Outcome
from cockpit.card.model.plan import HEALTHY_STEP, Plan, Planned, Section
from cockpit.card.model.steps import Confirm, Hold, Part, Prove, Report, Run, Step, Traffic
from cockpit.projections.hold_progress import left_s
from cockpit.projections.t_clock import TClock, is_rolling_back, next_phase, open_phase, t_clock
from cockpit.state import SETTLED, STOPPED, MonitorStatus, State, StepStatus

HEALTHY_S = 2.0
"""Seconds that the check of the stable side takes before a rollback."""


class ExpectedDuration(Struct, frozen=True):
    """How long a step is expected to take: `measured` in this run, or assumed by the card."""

    seconds: float
    measured: bool = False


class Length(Struct, frozen=True):
    """How long one step still takes; `measured` if that was not assumed."""

    id: str
    title: str
    seconds: float
    measured: bool = False


class Forecast(Struct, frozen=True):
    """All that is expected, as of one instant.

    `left` and `back` are the steps of the cutover and of a rollback; `parts` is what would be
    rolled back. With `least`, `end` is a lower bound: the end may be any time later.
    """

    now: datetime
    opens: datetime
    closes: datetime
    t_clock: TClock
    left: tuple[Length, ...]
    parts: tuple[Part, ...]
    back: tuple[Length, ...]
    least: bool

    @property
    def left_s(self) -> float:
        """Seconds that the cutover still takes."""
        return sum(length.seconds for length in self.left)

    @property
    def back_s(self) -> float:
        """Seconds that a rollback takes."""
        return sum(length.seconds for length in self.back)

    @property
    def back_measured_s(self) -> float:
        """Seconds of the rollback that were measured in this run, not assumed."""
        return sum(length.seconds for length in self.back if length.measured)

    @property
    def end(self) -> datetime:
        """The instant at which the cutover ends; it does not begin before the window opens."""
        return max(self.now, self.opens) + timedelta(seconds=self.left_s)

    @property
    def no_return(self) -> datetime:
        """The last instant at which a rollback still ends inside the window."""
        return self.closes - timedelta(seconds=self.back_s)

    @property
    def l_clock_s(self) -> float:
        """Seconds since the window opened, negative before; never stops."""
        return (self.now - self.opens).total_seconds()

    @property
    def window_left_s(self) -> float:
        """Seconds until the window closes, negative after."""
        return (self.closes - self.now).total_seconds()

    def ratio(self, at: datetime) -> float:
        """Return the position of an instant in the window: 0 is its opening, 1 its closing."""
        length = (self.closes - self.opens).total_seconds()
        return (at - self.opens).total_seconds() / length if length > 0 else 1.0


def forecast(plan: Plan, state: State, now_s: float, now: datetime) -> Forecast:
    """Return the forecast at one instant; without a run the window is empty."""
    opens = datetime.fromisoformat(state.run.opens) if state.run else now
    closes = datetime.fromisoformat(state.run.closes) if state.run else now
    return Forecast(
        now=now,
        opens=opens,
        closes=closes,
        t_clock=t_clock(plan, state, now_s, (opens - now).total_seconds()),
        left=tuple(_left(plan, state, now_s)),
        parts=undoable_parts(state) or tuple(Part)[::-1],
        back=tuple(_back(plan, state, now_s)),
        least=_waits(plan, state),
    )


def expected(step: Step, state: State) -> ExpectedDuration:
    """Return how long a step is expected to take: as a restore was measured, or as assumed.

    Measured seconds are real ones, also in a rehearsal that shortens what its card assumes.
    """
    assumed_s = _assumed_s(step)
    of = state.steps.get(step.lasts_as) if isinstance(step, Run) and step.lasts_as else None
    measured_s = of.restore.expected_s(assumed_s) if of else None
    return (
        ExpectedDuration(assumed_s)
        if measured_s is None
        else ExpectedDuration(measured_s, measured=True)
    )


def expected_s(step: Step, state: State) -> float:
    """Return the seconds that a step is expected to take."""
    return expected(step, state).seconds


def _assumed_s(step: Step) -> float:
    """Return the seconds that the card assumes, or else a default by the kind of step.

    >>> _assumed_s(Hold(hold=600.0)), _assumed_s(Traffic(traffic=0.05, about=66.0))
    (600.0, 66.0)
    """
    if isinstance(step, Hold):
        return float(step.hold)
    if step.about is not None:
        return float(step.about)
    if isinstance(step, Check):
        return step.lasts_s()
    if isinstance(step, Report | Prove):
        return 1.0
    return 30.0 if isinstance(step, Confirm | Traffic) else 60.0


def remaining_s(item: Planned, state: State, now_s: float) -> float:
    """Return the seconds that a step still takes; 0 for one that runs longer than expected."""
    step_state = state.steps.get(item.id)
    if step_state is None or step_state.status in STOPPED:
        return expected_s(item.step, state)
    if step_state.status is not StepStatus.RUNNING:
        return 0.0
    if isinstance(item.step, Hold):
        return left_s(item.step, step_state, now_s)
    return max(
        0.0, step_state.started_s + step_state.unwatched_s + expected_s(item.step, state) - now_s
    )


def section_s(section: Section, state: State, now_s: float) -> float:
    """Return the seconds that a section still takes."""
    return sum(remaining_s(item, state, now_s) for item in section.items)


def undoable_parts(state: State) -> tuple[Part, ...]:
    """Return the parts that a rollback would undo now, the last change first."""
    return tuple(reversed(state.changed))


def back_items(plan: Plan, parts: tuple[Part, ...]) -> tuple[Planned, ...]:
    """Return the steps that roll these parts back, in order; holds come last."""
    items = [item for part in parts if part in plan.rollback for item in plan.rollback[part].items]
    return tuple(sorted(items, key=lambda item: isinstance(item.step, Hold)))


def rollback_lengths(plan: Plan, state: State, parts: tuple[Part, ...]) -> Iterator[Length]:
    """Yield the steps of a rollback of `parts` that would begin now; nothing for no parts."""
    if parts:
        yield Length(HEALTHY_STEP, "is stable healthy?", HEALTHY_S)
    for item in back_items(plan, parts):
        yield _length(item, state, expected_s(item.step, state))


def _left(plan: Plan, state: State, now_s: float) -> Iterator[Length]:
    if state.ended or state.rollback is not None:
        return
    for phase in plan.phases:
        for item in phase.items:
            if state.status(item.id) not in SETTLED:
                yield _length(item, state, remaining_s(item, state, now_s))


def _back(plan: Plan, state: State, now_s: float) -> Iterator[Length]:
    """Yield the steps of the rollback that runs, or else of one that would begin now."""
    parts = undoable_parts(state) or tuple(Part)[::-1]
    if not is_rolling_back(state):
        yield from rollback_lengths(plan, state, parts)
        return
    assert state.rollback is not None
    begun_s = state.rollback.started_s
    for item in back_items(plan, state.rollback.parts):
        step_state = state.steps.get(item.id)
        stale = step_state is not None and step_state.started_s < begun_s
        whole_s = expected_s(item.step, state)
        yield _length(item, state, whole_s if stale else remaining_s(item, state, now_s))


def _length(item: Planned, state: State, seconds: float) -> Length:
    return Length(item.id, item.title, seconds, expected(item.step, state).measured)


def _waits(plan: Plan, state: State) -> bool:
    """Whether the end depends on something that cannot be forecast."""
    blind = any(view.state is MonitorStatus.BLIND for view in state.monitors.values())
    stopped = any(step.status in STOPPED for step in state.steps.values())
    failed_back = state.rollback is not None and state.rollback.outcome not in (
        None,
        Outcome.PASSED,
    )
    waiting = open_phase(plan, state) is None and next_phase(plan, state) is not None
    return blind or stopped or failed_back or waiting or state.held is not None
