"""State transition rules: why an event is not allowed now."""

from typing import assert_never

from checks.core.text import count_of
from cockpit.journal import events as ev
from cockpit.state import SETTLED, BreakerStatus, State, StepStatus


def reason_illegal(state: State, event: ev.Event) -> str | None:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    """Return why `event` may not be recorded now, as a sentence; None if it may."""
    match event:
        case ev.RunStarted():
            return "the run has begun already" if state.run is not None else None
        case ev.SectionStarted():
            begun = event.section in state.sections
            return f"{event.section} has begun already" if begun else None
        case ev.StepStarted():
            return _reason_not_to_start(state, event)
        case ev.StepEnded() | ev.StepDoubted():
            return _reason_not_to_end(state, event)
        case ev.StepProgressed():
            return _reason_not_to_report(state, event)
        case ev.Waived():
            return _reason_not_to_waive(state, event)
        case ev.MarkedDone():
            return _reason_not_to_mark_done(state, event)
        case ev.CardAccepted():
            return _reason_not_to_accept(state, event)
        case ev.WindowWaived():
            return _reason_not_to_waive_window(state, event)
        case ev.Held():
            return "it is held already" if state.held is not None else None
        case ev.Released():
            return "nothing is held" if state.held is None else None
        case ev.BreakerArmed() | ev.BreakerFired():
            firing = _is_firing(state, event.breaker)
            return f"{event.breaker} is being fired already" if firing else None
        case ev.BreakerDisarmed():
            armed = _is_armed(state, event.breaker)
            return None if armed else f"{event.breaker} is not armed"
        case ev.RollbackStarted():
            return "a rollback runs already" if _is_rolling_back(state) else None
        case ev.RollbackEnded():
            return None if _is_rolling_back(state) else "no rollback runs"
        case ev.RunEnded():
            return "the run has ended already" if state.ended else None
        case ev.SessionOpened() | ev.SessionClosed() | ev.SectionEnded():
            return None  # the cockpit's own bookkeeping, never refused
        case (
            ev.TrafficOrdered() | ev.TrafficObserved() | ev.MonitorsSampled() | ev.MonitorChanged()
        ):
            return None  # what was ordered or measured is a fact
        case ev.BreakerActed() | ev.BreakerEnded():
            return None  # what came of a breaker is recorded in every state
        case ev.FaultInjected():
            rehearsal = state.run is not None and state.run.rehearsal
            return None if rehearsal else "this is no rehearsal: no fault is injected"
        case ev.Decided() | ev.ReportWritten() | ev.Noted():
            return None  # no state depends on how often these come
    assert_never(event)


def _reason_not_to_start(state: State, event: ev.StepStarted) -> str | None:
    before = state.steps.get(event.step)
    if before is None:
        return None if event.attempt == 1 else f"{event.step} was never tried, this is not try 1"
    if before.status is StepStatus.RUNNING:
        return f"{event.step} runs already"
    if event.attempt != before.attempt + 1:
        tries = count_of(before.attempt, "time")
        return f"{event.step} was tried {tries}, this is not the next try"
    return None


def _reason_not_to_end(state: State, event: ev.StepEnded | ev.StepDoubted) -> str | None:
    before = state.steps.get(event.step)
    if before is None or before.status not in (StepStatus.RUNNING, StepStatus.DOUBT):
        return f"{event.step} does not run"
    return None if event.attempt == before.attempt else f"{event.step} is at another try"


def _reason_not_to_report(state: State, event: ev.StepProgressed) -> str | None:
    before = state.steps.get(event.step)
    if before and before.status is StepStatus.RUNNING and before.attempt == event.attempt:
        return None
    return f"{event.step} does not run"


def _reason_not_to_waive(state: State, event: ev.Waived) -> str | None:
    if not event.name.strip() or not event.reason.strip():
        return "a waiver needs a name and a reason"
    status = state.status(event.step)
    if status is None or status is StepStatus.RUNNING:
        return f"{event.step} has not failed: there is nothing to waive"
    return f"{event.step} is {status.value} already" if status in SETTLED else None


def _reason_not_to_mark_done(state: State, event: ev.MarkedDone) -> str | None:
    if not event.name.strip() or not event.reason.strip():
        return "who marks a step as done gives a name and a reason"
    in_doubt = state.status(event.step) is StepStatus.DOUBT
    return None if in_doubt else f"{event.step} is not in doubt"


def _reason_not_to_accept(state: State, event: ev.CardAccepted) -> str | None:
    if not event.name.strip():
        return "who accepts an edited card gives a name"
    return "no run has begun: there is no card to accept" if state.run is None else None


def _reason_not_to_waive_window(state: State, event: ev.WindowWaived) -> str | None:
    if not event.name.strip() or not event.reason.strip():
        return "who lets steps act outside the window gives a name and a reason"
    if state.run is None:
        return "no run has begun: there is no window yet"
    if any(word.closed is event.closed for word in state.window_waivers):
        return "that was allowed already"
    return None


def _is_firing(state: State, name: str) -> bool:
    breaker = state.breakers.get(name)
    return breaker is not None and breaker.status in (BreakerStatus.FIRING, BreakerStatus.FIRED)


def _is_armed(state: State, name: str) -> bool:
    breaker = state.breakers.get(name)
    return breaker is not None and breaker.status is BreakerStatus.ARMED


def _is_rolling_back(state: State) -> bool:
    return state.rollback is not None and state.rollback.outcome is None
