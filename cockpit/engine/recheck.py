"""Checks run again: those of the Done list before the end, `success` and drumbeat after it."""

from typing import assert_never

from checks.core.base import Check, Outcome, Result
from cockpit.card.model.plan import Planned, SectionKind
from cockpit.card.model.steps import Confirm
from cockpit.engine.context import Context
from cockpit.engine.steps import end
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.state import State, StepStatus


def recheckable(context: Context, step: str) -> Planned:
    """Return the step whose check may run again now; raises UsageError with the reason if not."""
    item = _line(context, step)
    if isinstance(item.step, Confirm):
        raise UsageError(f"{step} wants a person's word, by name: {item.step.confirm}")
    if not isinstance(item.step, Check):
        raise UsageError(f"{step} acts: only checks are run again here")
    return item


async def vouch(context: Context, step: str, name: str) -> None:
    """Record that a person vouches for a line; raises UsageError with the reason if not allowed."""
    item = _line(context, step)
    if not isinstance(item.step, Confirm):
        raise UsageError(f"{step} is looked at by its check: no word takes its place")
    if not name.strip():
        raise UsageError(f"{step} needs the name of the person who vouches for it")
    before = context.session.state.steps.get(step)
    if before is None or before.status is not StepStatus.RUNNING:
        attempt = before.attempt + 1 if before else 1
        started = ev.StepStarted(step=step, attempt=attempt, action=False)
        await context.session.intend(started, by=name)
    attempt = context.session.state.steps[step].attempt
    result = Result(Outcome.PASSED, f"vouched for by {name}")
    await end(context, item, attempt, result, by=name)


def _line(context: Context, step: str) -> Planned:
    """Return a step that may be checked or vouched for again now."""
    item, state = context.plan.find(step), context.session.state
    objection = _reason_not_to_recheck(item, state)
    if objection:
        raise UsageError(f"{step}: {objection}")
    return item


def _reason_not_to_recheck(item: Planned, state: State) -> str:
    if state.rollback is not None:
        return "this run was rolled back, there is nothing live to look at"
    match item.section_kind:
        case SectionKind.DONE if state.ended is not None:
            return "this run has ended with its Done list as it was; use cockpit done CARD --run"
        case SectionKind.DONE if item.section not in state.sections:
            return "the Done list has not begun: n begins it after the last phase"
        case SectionKind.DONE:
            return ""
        case SectionKind.SUCCESS | SectionKind.DRUMBEAT:
            live = state.ended is not None and state.ended.word == "GO"
            return "" if live else "it is for the time after a run has ended with GO"
        case SectionKind.PREFLIGHT | SectionKind.PHASE | SectionKind.ROLLBACK:
            return "only lines of the Done list, and what follows the end, are checked again"
        case _:
            assert_never(item.section_kind)
