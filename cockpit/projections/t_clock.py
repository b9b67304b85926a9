"""The T-clock: seconds from T-0; runs while steps of a phase run, stops in every hold."""

from enum import StrEnum

from msgspec import Struct

from cockpit.card.model.plan import Plan, Planned, Section
from cockpit.card.model.steps import Confirm, Hold
from cockpit.state import STOPPED, State, StepStatus


class Ticking(StrEnum):
    """What the T-clock does now."""

    NOT_BEGUN = "not begun"
    COUNTING = "counting"
    HELD = "held"
    WAITS = "waits for you"
    DOUBT = "in doubt"
    COMPLETE = "complete"
    BACK = "going back"


class TClock(Struct, frozen=True):
    """The T-clock in seconds from T-0, what it does, and since when it is stopped, if it is."""

    at_s: float
    ticking: Ticking
    since_s: float | None = None


def is_rolling_back(state: State) -> bool:
    """Whether a rollback runs."""
    return state.rollback is not None and state.rollback.outcome is None


def open_phase(plan: Plan, state: State) -> Section | None:
    """Return the phase that has begun and not ended; None between phases."""
    for phase in plan.phases:
        section_state = state.sections.get(phase.id)
        if section_state is not None and section_state.ended_s is None:
            return phase
    return None


def next_phase(plan: Plan, state: State) -> Section | None:
    """Return the first phase that has not begun; None if all have."""
    return next((phase for phase in plan.phases if phase.id not in state.sections), None)


def t_point_s(section: Section) -> float:
    """Return a phase's T-point in seconds from T-0.

    >>> from cockpit.card.model.plan import SectionKind
    >>> t_point_s(Section("t-30", "validation", (), SectionKind.PHASE))
    -1800.0
    """
    return float(section.id.removeprefix("t")) * 60


def t_clock(plan: Plan, state: State, now_s: float, to_opening_s: float) -> TClock:
    """Return the T-clock: it runs while steps of a phase run, and stops in every kind of hold."""
    phase = open_phase(plan, state)
    if phase is None:
        return _between(plan, state, now_s, to_opening_s)
    stopped = [state.steps[i.id] for i in phase.items if state.status(i.id) in STOPPED]
    doubt = next((step for step in stopped if step.status is StepStatus.DOUBT), None)
    if doubt is not None:
        return TClock(t_point_s(phase), Ticking.DOUBT, doubt.started_s)
    at_s = t_point_s(phase) + sum(_ticked_s(item, state, now_s) for item in phase.items)
    return _standing(phase, state, at_s) or TClock(at_s, Ticking.COUNTING)


def _standing(phase: Section, state: State, at_s: float) -> TClock | None:
    """Return the clock if something stops it; None if it counts."""
    if state.rollback is not None:
        back = Ticking.BACK if is_rolling_back(state) else Ticking.HELD
        return TClock(at_s, back, state.rollback.started_s)
    ended = [state.steps[i.id].ended_s for i in phase.items if state.status(i.id) in STOPPED]
    if ended:
        return TClock(at_s, Ticking.WAITS, ended[-1])
    running = [item for item in phase.items if state.status(item.id) is StepStatus.RUNNING]
    for item in running:
        if isinstance(item.step, Hold | Confirm):
            held = Ticking.HELD if isinstance(item.step, Hold) else Ticking.WAITS
            return TClock(at_s, held, state.steps[item.id].started_s)
    if state.held_s is not None and not running:
        return TClock(at_s, Ticking.HELD, state.held_s)
    return None


def _between(plan: Plan, state: State, now_s: float, to_opening_s: float) -> TClock:
    """Return the clock between phases: at the next T-point, or counting down to the opening."""
    upcoming = next_phase(plan, state)
    ended = [section.ended_s or now_s for section in state.sections.values()]
    if upcoming is None:
        last = plan.phases[-1]
        ticked = sum(_ticked_s(item, state, now_s) for item in last.items)
        return TClock(t_point_s(last) + ticked, Ticking.COMPLETE)
    point = t_point_s(upcoming)
    if upcoming is plan.phases[0]:
        if to_opening_s > 0:
            return TClock(point - to_opening_s, Ticking.COUNTING)
        if plan.preflight.id not in state.sections:
            return TClock(point, Ticking.NOT_BEGUN)
    return TClock(point, Ticking.WAITS, max(ended, default=None))


def _ticked_s(item: Planned, state: State, now_s: float) -> float:
    """Return the seconds of a step during which the T-clock ran: 0 for a hold or a confirm step."""
    step_state = state.steps.get(item.id)
    if step_state is None or isinstance(item.step, Hold | Confirm):
        return 0.0
    end = step_state.ended_s if step_state.ended_s is not None else now_s
    return max(0.0, end - step_state.started_s - step_state.unwatched_s)
