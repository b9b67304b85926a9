"""GO, NO-GO or HOLD: a pure function of the card's plan and the state, with every reason.

NO-GO: something failed, tripped or was rolled back. HOLD: something is unknown, blind, in doubt,
running or still to do. GO: none of these. No data is never GO.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from checks.core.base import Outcome
from checks.core.durations import format_duration
from cockpit.card.model.breakers import CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import Plan, Planned
from cockpit.card.model.steps import Confirm, Hold
from cockpit.foundation.formatting import percent
from cockpit.projections.cutover_window import (
    acts,
    describe_waiver,
    instant_at,
    reason_not_to_act,
)
from cockpit.projections.hold_progress import describe_watched
from cockpit.projections.monitor_status import (
    describe_blindness,
    describe_breach,
    describe_trip,
    is_unasked,
    stale_age_s,
    status_at,
)
from cockpit.state import BreakerStatus, MonitorStatus, State, StepStatus


class Word(StrEnum):
    """The decision."""

    GO = "GO"
    NO_GO = "NO-GO"
    HOLD = "HOLD"

    @property
    def exit_status(self) -> int:
        """The exit status of a command that ends with this word."""
        return {Word.GO: 0, Word.NO_GO: 1, Word.HOLD: 3}[self]


class Reason(Struct, frozen=True):
    """Why: the word that it leads to, its subject, a short form and a whole sentence."""

    word: Word
    subject: str
    short: str
    text: str


class Decision(Struct, frozen=True):
    """The word and its reasons, NO-GO reasons first; a GO has none."""

    word: Word
    reasons: tuple[Reason, ...]


def decide(plan: Plan, state: State, now_s: float | None = None) -> Decision:
    """Decide at the run second `now_s`; by default, that of the journal's last entry."""
    reasons = tuple(_reasons(plan, state, state.now_s if now_s is None else now_s))
    for word in (Word.NO_GO, Word.HOLD):
        if any(reason.word is word for reason in reasons):
            grave_first = sorted(reasons, key=lambda reason: reason.word is not Word.NO_GO)
            return Decision(word, tuple(grave_first))
    return Decision(Word.GO, ())


def _reasons(plan: Plan, state: State, now_s: float) -> Iterator[Reason]:
    yield from _rollback(state)
    yield from _window(plan, state, now_s)
    yield from _monitors(plan, state, now_s)
    yield from _breakers(plan, state)
    for planned in plan.gating():
        if reason := _step(planned, state) or _stale(planned, state, now_s):
            yield reason
    if state.held is not None:
        yield Reason(Word.HOLD, "hold", "held", f"the operator holds: {state.held}")
    if state.journal_fault:
        yield Reason(Word.HOLD, "journal", "journal fails", state.journal_fault)


def _window(plan: Plan, state: State, now_s: float) -> Iterator[Reason]:
    """Yield why the steps that still have to act cannot, outside the window."""
    now = instant_at(state, now_s)
    left = any(acts(item) and not state.settled(item.id) for item in plan.gating())
    if now is None or not left or state.ended or state.rollback is not None:
        return
    if text := reason_not_to_act(state, now):
        yield Reason(Word.HOLD, "window", "outside the window", text)


def _step(planned: Planned, state: State) -> Reason | None:
    step = state.steps.get(planned.id)
    title = planned.title
    if step is None and is_unasked(planned, state):
        return None
    if step is None:
        return Reason(Word.HOLD, planned.id, f"{title} to do", f"{title} is still to do")
    match step.status:
        case StepStatus.PASSED | StepStatus.WAIVED:
            return None
        case StepStatus.FAILED:
            return Reason(
                Word.NO_GO, planned.id, f"{title} failed", f"{title} failed: {step.evidence}"
            )
        case StepStatus.RUNNING:
            return Reason(Word.HOLD, planned.id, f"{title} runs", f"{title} is not finished")
        case StepStatus.UNKNOWN | StepStatus.DOUBT | StepStatus.SKIPPED as status:
            text = f"{title} is {status.value}: {step.evidence}"
            return Reason(Word.HOLD, planned.id, f"{title} {status.value}", text)
        case _:
            assert_never(step.status)


def _stale(planned: Planned, state: State, now_s: float) -> Reason | None:
    age_s = stale_age_s(planned, state, now_s)
    if age_s is None:
        return None
    fresh_s = planned.step.fresh_for or 0.0
    again = "ask for the word" if isinstance(planned.step, Confirm) else "run it"
    age = format_duration(int(age_s))
    text = (
        f"{planned.title} passed {age} ago and counts for {format_duration(fresh_s)}: {again} again"
        " on the Done screen, or by cockpit done --run"
    )
    return Reason(Word.HOLD, planned.id, f"{planned.title} stale", text)


def _monitors(plan: Plan, state: State, now_s: float) -> Iterator[Reason]:
    """Yield the monitors' reasons; a finished run keeps what they showed at its end."""
    for monitor in plan.monitors:
        view, name = state.monitors.get(monitor.monitor), monitor.title or monitor.monitor
        status = status_at(monitor, view, view.seen_s if view and state.ended else now_s)
        if view is None:
            yield Reason(Word.HOLD, monitor.monitor, f"{name} blind", f"{name} was never measured")
        elif status is MonitorStatus.TRIPPED:
            yield Reason(
                Word.NO_GO, monitor.monitor, f"{name} TRIPPED", describe_trip(monitor, view)
            )
        elif status is MonitorStatus.BREACHING:
            text = f"{name} is breaching: {describe_breach(monitor, view)}"
            yield Reason(Word.HOLD, monitor.monitor, f"{name} breaching", text)
        elif status is not MonitorStatus.OK:
            text = f"{name} is blind: {describe_blindness(monitor, view, state, now_s)}"
            yield Reason(Word.HOLD, monitor.monitor, f"{name} blind", text)


def _rollback(state: State) -> Iterator[Reason]:
    rollback = state.rollback
    if rollback is None:
        return
    parts = " and ".join(part.value for part in rollback.parts) or "nothing"
    if rollback.outcome is None:
        text = f"rolling back {parts}: {rollback.reason}"
        yield Reason(Word.NO_GO, "rollback", "rolling back", text)
    elif rollback.outcome is Outcome.PASSED:
        share = state.traffic.seen
        where = "" if share is None else f", canary traffic observed at {percent(share)}"
        text = f"rolled back {parts}{where}: {rollback.reason}"
        yield Reason(Word.NO_GO, "rollback", "rolled back", text)
    else:
        text = f"the rollback of {parts} did not end well: {rollback.evidence}"
        yield Reason(Word.NO_GO, "rollback", "rollback failed", text)


def _breakers(plan: Plan, state: State) -> Iterator[Reason]:
    for breaker in plan.breakers:
        match breaker:
            case CommandBreaker():
                yield from _command_breaker(breaker, state)
            case RollbackBreaker():
                pass  # the rollback gives its own reason
            case _:
                assert_never(breaker)


def _command_breaker(breaker: CommandBreaker, state: State) -> Iterator[Reason]:
    breaker_state = state.breakers.get(breaker.breaker)
    if breaker_state is None:
        return
    name = breaker.title or breaker.breaker
    match breaker_state.status:
        case BreakerStatus.FAILED:
            text = f"{name} failed: {breaker_state.evidence}"
            yield Reason(Word.NO_GO, breaker.breaker, f"{name} failed", text)
        case BreakerStatus.FIRING | BreakerStatus.FIRED:
            text = f"{name} was fired, its effect is not seen yet"
            yield Reason(Word.HOLD, breaker.breaker, f"{name} firing", text)
        case BreakerStatus.READY | BreakerStatus.ARMED | BreakerStatus.VERIFIED:
            pass
        case BreakerStatus.TAKEN_OVER:
            pass  # of a rollback alone, which gives its own reason
        case _:
            assert_never(breaker_state.status)


def caveats(plan: Plan, state: State) -> tuple[str, ...]:
    """Return what qualifies a GO: what was waived, holds with a gap, breakers in effect."""
    waived = [
        f"{item.title} {step.evidence}"
        for item in plan.gating()
        if (step := state.steps.get(item.id)) and step.status is StepStatus.WAIVED
    ]
    outside = map(describe_waiver, state.window_waivers)
    return (*waived, *outside, *_with_gaps(plan, state), *_in_effect(plan, state))


def _with_gaps(plan: Plan, state: State) -> Iterator[str]:
    """Yield a sentence for each hold that passed and was blind for a part of its time."""
    for item in plan.gating():
        step = state.steps.get(item.id)
        if not isinstance(item.step, Hold) or not step or step.status is not StepStatus.PASSED:
            continue
        if step.ended_s is not None and (held := describe_watched(item.step, step, step.ended_s)):
            yield f"{item.title}: {held}"


def _in_effect(plan: Plan, state: State) -> Iterator[str]:
    """Yield a sentence for each command breaker that was fired and verified."""
    for breaker in plan.breakers:
        breaker_state = state.breakers.get(breaker.breaker)
        if breaker_state is None or breaker_state.status is not BreakerStatus.VERIFIED:
            continue
        match breaker:
            case CommandBreaker():
                name = f"{breaker.key.upper()} {breaker.title or breaker.breaker}"
                argument = f" {breaker_state.argument}" if breaker_state.argument else ""
                yield f"{name}{argument} is in effect"
            case RollbackBreaker():
                pass  # after a rollback there is no GO to qualify
            case _:
                assert_never(breaker)
