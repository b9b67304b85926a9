"""Which event may follow which state: one table; the answer to an illegal one is a sentence."""

from cockpit.journal import events as ev
from cockpit.state import SETTLED, BreakerStatus, State, StepStatus


def reason_illegal(state: State, event: ev.Event) -> str | None:  # noqa: C901, PLR0911, PLR0912 - an arm an event
    """Say why `event` may not be recorded now; None when it may."""
    match event:
        case ev.RunStarted() if state.run is not None:
            return "the run has begun already"
        case ev.SectionStarted() if event.section in state.sections:
            return f"{event.section} has begun already"
        case ev.StepStarted():
            return _starting(state, event)
        case ev.StepEnded() | ev.StepDoubted():
            return _ending(state, event)
        case ev.StepSaid():
            return _saying(state, event)
        case ev.Waived():
            return _waiving(state, event)
        case ev.MarkedDone():
            return _vouching(state, event)
        case ev.Held() if state.held is not None:
            return "it is held already"
        case ev.Released() if state.held is None:
            return "nothing is held"
        case ev.BreakerArmed() | ev.BreakerFired() if _firing(state, event.breaker):
            return f"{event.breaker} is being fired already"
        case ev.BreakerDisarmed() if not _armed(state, event.breaker):
            return f"{event.breaker} is not armed"
        case ev.RollbackStarted() if state.rollback and state.rollback.outcome is None:
            return "a rollback runs already"
        case ev.RollbackEnded() if state.rollback is None or state.rollback.outcome is not None:
            return "no rollback runs"
        case ev.RunEnded() if state.ended:
            return "the run has ended already"
    return None


def _starting(state: State, event: ev.StepStarted) -> str | None:
    before = state.steps.get(event.step)
    if before is None:
        return None if event.attempt == 1 else f"{event.step} was never tried, this is not try 1"
    if before.status is StepStatus.RUNNING:
        return f"{event.step} runs already"
    if event.attempt != before.attempt + 1:
        return f"{event.step} was tried {before.attempt} times, this is not the next try"
    return None


def _ending(state: State, event: ev.StepEnded | ev.StepDoubted) -> str | None:
    before = state.steps.get(event.step)
    if before is None or before.status not in (StepStatus.RUNNING, StepStatus.DOUBT):
        return f"{event.step} does not run"
    return None if event.attempt == before.attempt else f"{event.step} is at another try"


def _saying(state: State, event: ev.StepSaid) -> str | None:
    before = state.steps.get(event.step)
    if before and before.status is StepStatus.RUNNING and before.attempt == event.attempt:
        return None
    return f"{event.step} does not run"


def _waiving(state: State, event: ev.Waived) -> str | None:
    if not event.name.strip() or not event.reason.strip():
        return "a waiver needs a name and a reason"
    status = state.status(event.step)
    if status is None or status is StepStatus.RUNNING:
        return f"{event.step} has not failed: there is nothing to waive"
    return f"{event.step} is {status.value} already" if status in SETTLED else None


def _vouching(state: State, event: ev.MarkedDone) -> str | None:
    if not event.name.strip() or not event.reason.strip():
        return "who marks a step as done gives a name and a reason"
    in_doubt = state.status(event.step) is StepStatus.DOUBT
    return None if in_doubt else f"{event.step} is not in doubt"


def _firing(state: State, breaker: str) -> bool:
    found = state.breakers.get(breaker)
    return found is not None and found.status in (BreakerStatus.FIRING, BreakerStatus.FIRED)


def _armed(state: State, breaker: str) -> bool:
    found = state.breakers.get(breaker)
    return found is not None and found.status is BreakerStatus.ARMED
