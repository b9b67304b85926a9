"""Forecasts: what is still to do, when it ends, and until when one can go back.

Pure functions of plan, state and one instant. All times are seconds, run seconds where they say
when; every total is the sum of parts that are kept, so that a screen can be checked against them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from checks.core.base import Check, Outcome
from cockpit.card.model.plan import HEALTHY_STEP, Plan, Planned, Section
from cockpit.card.model.steps import Confirm, Hold, Part, Report, Run, Step, Traffic
from cockpit.projections.t_clock import TClock, next_phase, open_phase, running_back, t_clock
from cockpit.state import SETTLED, STOPPED, MonitorStatus, State, StepStatus

HEALTHY_S = 2.0
"""Seconds that the look at the stable side takes before a rollback."""


class ExpectedDuration(Struct, frozen=True):
    """How long a step is expected to take; `measured` in this run, else assumed by the card."""

    seconds: float
    measured: bool = False


class Length(Struct, frozen=True):
    """How long one thing still takes; `measured` says that it was not assumed."""

    id: str
    title: str
    seconds: float
    measured: bool = False


class Forecast(Struct, frozen=True):
    """All that is expected, as of one instant.

    `left` and `back` are the parts of the way forward and of the way back; `parts` is what would be
    brought back. `least` says that the end is not before `end`, but may be any time later.
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
        """Seconds of the way forward."""
        return sum(length.seconds for length in self.left)

    @property
    def back_s(self) -> float:
        """Seconds of the way back."""
        return sum(length.seconds for length in self.back)

    @property
    def back_measured_s(self) -> float:
        """Seconds of the way back that were measured in this run, and not assumed."""
        return sum(length.seconds for length in self.back if length.measured)

    @property
    def end(self) -> datetime:
        """The instant at which the way forward ends; it does not begin before the window opens."""
        return max(self.now, self.opens) + timedelta(seconds=self.left_s)

    @property
    def no_return(self) -> datetime:
        """The last instant at which the way back still ends inside the window."""
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
        """Give where an instant lies in the window: 0 is its opening, 1 its closing."""
        length = (self.closes - self.opens).total_seconds()
        return (at - self.opens).total_seconds() / length if length > 0 else 1.0


def forecast(plan: Plan, state: State, now_s: float, now: datetime) -> Forecast:
    """Forecast everything from one state at one instant; without a run the window is empty."""
    opens = datetime.fromisoformat(state.run.opens) if state.run else now
    closes = datetime.fromisoformat(state.run.closes) if state.run else now
    return Forecast(
        now=now,
        opens=opens,
        closes=closes,
        t_clock=t_clock(plan, state, now_s, (opens - now).total_seconds()),
        left=tuple(_left(plan, state, now_s)),
        parts=to_undo(state) or tuple(Part)[::-1],
        back=tuple(_back(plan, state, now_s)),
        least=_waits(plan, state),
    )


def expected(step: Step, state: State) -> ExpectedDuration:
    """Give how long a step is expected to take: what a restore was measured to take, else assumed.

    What was measured is real seconds, also in a rehearsal that shortens what its card assumes.
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
    """Give the seconds that a step is expected to take."""
    return expected(step, state).seconds


def _assumed_s(step: Step) -> float:
    """Give the seconds that the card says, else by the step's kind.

    >>> _assumed_s(Hold(hold=600.0)), _assumed_s(Traffic(traffic=0.05, about=66.0))
    (600.0, 66.0)
    """
    if isinstance(step, Hold):
        return float(step.hold)
    if step.about is not None:
        return float(step.about)
    if isinstance(step, Check):
        return step.lasts_s()
    if isinstance(step, Report):
        return 1.0
    return 30.0 if isinstance(step, Confirm | Traffic) else 60.0


def remaining_s(item: Planned, state: State, now_s: float) -> float:
    """Give the seconds that a step still takes; one that runs longer than expected takes none."""
    found = state.steps.get(item.id)
    if found is None or found.status in STOPPED:
        return expected_s(item.step, state)
    if found.status is not StepStatus.RUNNING:
        return 0.0
    return max(0.0, found.started_s + found.unwatched_s + expected_s(item.step, state) - now_s)


def section_s(section: Section, state: State, now_s: float) -> float:
    """Give the seconds that a section still takes."""
    return sum(remaining_s(item, state, now_s) for item in section.items)


def to_undo(state: State) -> tuple[Part, ...]:
    """Give what a rollback would bring back now, the last change first."""
    return tuple(reversed(state.changed))


def back_items(plan: Plan, parts: tuple[Part, ...]) -> tuple[Planned, ...]:
    """Give the steps that bring these parts back, in order; the watch over all comes last."""
    items = [item for part in parts if part in plan.rollback for item in plan.rollback[part].items]
    return tuple(sorted(items, key=lambda item: isinstance(item.step, Hold)))


def way_back(plan: Plan, state: State, parts: tuple[Part, ...]) -> Iterator[Length]:
    """Give the parts of a way back of `parts` that would begin now; none for nothing to undo."""
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
    """Give the parts of the way back: of the one that runs, else of one that would begin now."""
    parts = to_undo(state) or tuple(Part)[::-1]
    if not running_back(state):
        yield from way_back(plan, state, parts)
        return
    assert state.rollback is not None
    begun_s = state.rollback.started_s
    for item in back_items(plan, state.rollback.parts):
        found = state.steps.get(item.id)
        stale = found is not None and found.started_s < begun_s
        whole_s = expected_s(item.step, state)
        yield _length(item, state, whole_s if stale else remaining_s(item, state, now_s))


def _length(item: Planned, state: State, seconds: float) -> Length:
    return Length(item.id, item.title, seconds, expected(item.step, state).measured)


def _waits(plan: Plan, state: State) -> bool:
    """Tell whether something has to happen first that no forecast knows."""
    blind = any(view.state is MonitorStatus.BLIND for view in state.monitors.values())
    stopped = any(step.status in STOPPED for step in state.steps.values())
    failed_back = state.rollback is not None and state.rollback.outcome not in (
        None,
        Outcome.PASSED,
    )
    waiting = open_phase(plan, state) is None and next_phase(plan, state) is not None
    return blind or stopped or failed_back or waiting or state.held is not None
