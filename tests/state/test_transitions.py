"""Which event may follow which state."""

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.journal import events as ev
from cockpit.state import (
    BreakerState,
    BreakerStatus,
    RollbackState,
    SectionState,
    State,
    StepState,
    StepStatus,
)
from cockpit.state.transitions import reason_illegal
from tests.strategies import RUN

NEW = State()
PASSED = Outcome.PASSED


def at(status: StepStatus, attempt: int = 1) -> State:
    return State(steps={"x": StepState(status, attempt, 0.0)})


def breaker(status: BreakerStatus) -> State:
    return State(breakers={"b": BreakerState(status, 0.0)})


def started(attempt: int) -> ev.StepStarted:
    return ev.StepStarted(step="x", attempt=attempt, action=True)


def ended(attempt: int = 1) -> ev.StepEnded:
    return ev.StepEnded(step="x", attempt=attempt, outcome=PASSED, evidence="")


def progressed() -> ev.StepProgressed:
    return ev.StepProgressed(step="x", attempt=1, text="half")


def waived(name: str = "Ann", reason: str = "so") -> ev.Waived:
    return ev.Waived(step="x", name=name, reason=reason)


def marked(name: str = "Ann", reason: str = "so") -> ev.MarkedDone:
    return ev.MarkedDone(step="x", name=name, reason=reason)


def accepted(name: str = "Ann") -> ev.CardAccepted:
    return ev.CardAccepted(name=name, card_sha256="1" * 64)


def outside(name: str = "Ann", reason: str = "so") -> ev.WindowWaived:
    return ev.WindowWaived(name=name, reason=reason, closed=True)


FAULT = ev.FaultInjected(fault="metrics-gone")
ARMED = ev.BreakerArmed(breaker="b", command="", lasts_s=10)
FIRED = ev.BreakerFired(breaker="b", attempt=1, command="")
DISARMED = ev.BreakerDisarmed(breaker="b", reason="")
BACK = ev.RollbackStarted(parts=(), steps=(), reason="", automatic=False)
BACK_ENDED = ev.RollbackEnded(outcome=PASSED, evidence="")
RUNS_BACK = State(rollback=RollbackState((), (), "", False, 0.0))
WENT_BACK = State(rollback=RollbackState((), (), "", False, 0.0, outcome=PASSED))
ENDED = ev.RunEnded(word="GO", reasons=(), exit_status=0)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (NEW, RUN),
        (NEW, ev.SectionStarted(section="t-0")),
        (NEW, started(1)),
        (at(StepStatus.FAILED), started(2)),
        (at(StepStatus.DOUBT), started(2)),
        (at(StepStatus.RUNNING), ended()),
        (at(StepStatus.DOUBT), ev.StepDoubted(step="x", attempt=1, evidence="")),
        (at(StepStatus.RUNNING), progressed()),
        (at(StepStatus.FAILED), waived()),
        (at(StepStatus.UNKNOWN), waived()),
        (at(StepStatus.DOUBT), marked()),
        (State(run=RUN), accepted()),
        (State(run=RUN), outside()),
        (State(run=RUN, window_waivers=(replace(outside(), closed=False),)), outside()),
        (State(run=RUN, window_waivers=(outside(),)), replace(outside(), closed=False)),
        (NEW, ev.Held()),
        (State(held="so"), ev.Released()),
        (NEW, ARMED),
        (NEW, FIRED),
        (breaker(BreakerStatus.FAILED), FIRED),
        (breaker(BreakerStatus.ARMED), DISARMED),
        (NEW, BACK),
        (WENT_BACK, BACK),
        (RUNS_BACK, BACK_ENDED),
        (NEW, ENDED),
        (State(run=replace(RUN, rehearsal=True)), FAULT),
        (NEW, ev.Noted(text="")),
    ],
    ids=lambda value: value.kind if hasattr(value, "kind") else "",
)
def test_what_may_be(state: State, event: ev.Event) -> None:
    assert reason_illegal(state, event) is None


@pytest.mark.law(3)
@pytest.mark.parametrize(
    ("state", "event", "why"),
    [
        (State(run=RUN), RUN, "the run has begun already"),
        (
            State(sections={"t-0": SectionState(0.0)}),
            ev.SectionStarted(section="t-0"),
            "t-0 has begun already",
        ),
        (NEW, started(2), "x was never tried, this is not try 1"),
        (NEW, started(0), "x was never tried, this is not try 1"),
        (at(StepStatus.FAILED), started(3), "x was tried 1 time, this is not the next try"),
        (at(StepStatus.RUNNING), started(2), "x runs already"),
        (at(StepStatus.PASSED), started(1), "x was tried 1 time, this is not the next try"),
        (NEW, ended(), "x does not run"),
        (at(StepStatus.PASSED), ended(), "x does not run"),
        (at(StepStatus.RUNNING, 2), ended(1), "x is at another try"),
        (at(StepStatus.RUNNING, 2), ended(3), "x is at another try"),
        (NEW, progressed(), "x does not run"),
        (at(StepStatus.RUNNING, 2), progressed(), "x does not run"),
        (at(StepStatus.RUNNING, 0), progressed(), "x does not run"),
        (at(StepStatus.FAILED), waived(name=""), "a waiver needs a name and a reason"),
        (at(StepStatus.FAILED), waived(reason="  "), "a waiver needs a name and a reason"),
        (NEW, waived(), "x has not failed: there is nothing to waive"),
        (at(StepStatus.RUNNING), waived(), "x has not failed: there is nothing to waive"),
        (at(StepStatus.PASSED), waived(), "x is passed already"),
        (at(StepStatus.WAIVED), waived(), "x is waived already"),
        (at(StepStatus.FAILED), marked(), "x is not in doubt"),
        (
            at(StepStatus.DOUBT),
            marked(name=" "),
            "who marks a step as done gives a name and a reason",
        ),
        (
            at(StepStatus.DOUBT),
            marked(reason=" "),
            "who marks a step as done gives a name and a reason",
        ),
        (NEW, accepted(), "no run has begun: there is no card to accept"),
        (State(run=RUN), accepted(" "), "who accepts an edited card gives a name"),
        (NEW, FAULT, "this is no rehearsal: no fault is injected"),
        (State(run=RUN), FAULT, "this is no rehearsal: no fault is injected"),
        (NEW, outside(), "no run has begun: there is no window yet"),
        (
            State(run=RUN),
            outside(" "),
            "who lets steps act outside the window gives a name and a reason",
        ),
        (
            State(run=RUN),
            outside(reason=" "),
            "who lets steps act outside the window gives a name and a reason",
        ),
        (State(run=RUN, window_waivers=(outside(),)), outside(), "that was allowed already"),
        (State(held="so"), ev.Held(), "it is held already"),
        (NEW, ev.Released(), "nothing is held"),
        (breaker(BreakerStatus.FIRING), FIRED, "b is being fired already"),
        (breaker(BreakerStatus.FIRED), ARMED, "b is being fired already"),
        (breaker(BreakerStatus.READY), DISARMED, "b is not armed"),
        (NEW, DISARMED, "b is not armed"),
        (RUNS_BACK, BACK, "a rollback runs already"),
        (NEW, BACK_ENDED, "no rollback runs"),
        (WENT_BACK, BACK_ENDED, "no rollback runs"),
        (replace(NEW, ended=ENDED), ENDED, "the run has ended already"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_may_not_be(state: State, event: ev.Event, why: str) -> None:
    """Law 3: a second try is the next one, and only of what does not run."""
    assert reason_illegal(state, event) == why


@pytest.mark.law(2)
@pytest.mark.parametrize("status", sorted(set(StepStatus) - {StepStatus.RUNNING, StepStatus.DOUBT}))
def test_a_late_line_replaces_nothing_of_an_ended_step(status: StepStatus) -> None:
    """Law 2: its evidence stays the one that was recorded when it ended."""
    late = (
        ended(),
        ev.StepDoubted(step="x", attempt=1, evidence="late"),
        progressed(),
    )
    for event in late:
        assert reason_illegal(at(status), event) == "x does not run"


UNSETTLED = {StepStatus.FAILED, StepStatus.UNKNOWN, StepStatus.SKIPPED, StepStatus.DOUBT}


@pytest.mark.law(3)
@pytest.mark.parametrize("status", StepStatus)
def test_each_status_of_a_step_allows_this_and_no_more(status: StepStatus) -> None:
    """Law 3: nothing is tried twice at once, and a person settles only what is not settled."""
    runs = {StepStatus.RUNNING}
    allowed = [
        (started(2), set(StepStatus) - runs),
        (ended(), runs | {StepStatus.DOUBT}),
        (progressed(), runs),
        (waived(), UNSETTLED),
        (marked(), {StepStatus.DOUBT}),
    ]
    for event, statuses in allowed:
        assert (reason_illegal(at(status), event) is None) == (status in statuses), event


@pytest.mark.law(3)
@pytest.mark.parametrize("status", BreakerStatus)
def test_each_status_of_a_breaker_allows_this_and_no_more(status: BreakerStatus) -> None:
    """Law 3: what is being fired is neither armed nor fired again."""
    on_its_way = {BreakerStatus.FIRING, BreakerStatus.FIRED}
    allowed = [
        (ARMED, set(BreakerStatus) - on_its_way),
        (FIRED, set(BreakerStatus) - on_its_way),
        (DISARMED, {BreakerStatus.ARMED}),
    ]
    for event, statuses in allowed:
        assert (reason_illegal(breaker(status), event) is None) == (status in statuses), event
