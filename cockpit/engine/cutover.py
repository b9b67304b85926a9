"""The cutover: preflight, phases and Done list in order, each gated by the one before it."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime

from cockpit.card.model.plan import Plan, Planned, Section, SectionKind
from cockpit.card.model.steps import Confirm
from cockpit.engine.action import was_never_started
from cockpit.engine.context import Context
from cockpit.engine.scheduling import waves
from cockpit.engine.steps import run_step
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.projections.cutover_window import acts, reason_not_to_act
from cockpit.projections.monitor_status import asked_items
from cockpit.state import STOPPED, State, StepStatus

AT_ONCE = 8
Stage = tuple[Section, ...]


def stages(plan: Plan) -> tuple[Stage, ...]:
    """Return what each order begins, in order: the preflight, each phase, the whole Done list."""
    done = (plan.done,) if plan.done else ()
    return ((plan.preflight,), *((phase,) for phase in plan.phases), *done)


def next_stage(plan: Plan, state: State) -> Stage | None:
    """Return the first stage that has not ended; None after the last."""
    for stage in stages(plan):
        if not all(_is_complete(state, section) for section in stage):
            return stage
    return None


def _is_complete(state: State, section: Section) -> bool:
    """Whether a section has ended and is still settled: a Done line may be checked again."""
    if not _ended(state, section):
        return False
    return all(state.settled(item.id) for item in asked_items(section, state))


def stopped(state: State, stage: Stage) -> tuple[Planned, ...]:
    """Return the steps of a stage that need the operator: failed, unknown or in doubt."""
    return tuple(item for item in items(stage) if state.status(item.id) in STOPPED)


def items(stage: Stage) -> tuple[Planned, ...]:
    """Return all steps of a stage."""
    return tuple(item for section in stage for item in section.items)


def runs_concurrently(stage: Stage) -> bool:
    """Whether the steps of a stage run at the same time: those of the preflight and of Done do."""
    return stage[0].kind in (SectionKind.PREFLIGHT, SectionKind.DONE)


def _ended(state: State, section: Section) -> bool:
    section_state = state.sections.get(section.id)
    return section_state is not None and section_state.ended_s is not None


def may_begin(plan: Plan, state: State, now: datetime) -> Stage:
    """Return the stage that may begin or continue at an instant; raises UsageError if none may."""
    stage = next_stage(plan, state)
    if stage is None:
        raise UsageError("the card has nothing left to begin")
    if state.ended:
        raise UsageError("this run has ended; begin a new one")
    if state.rollback is not None:
        raise UsageError("this run was rolled back; a new cutover is a new run")
    if waiting := stopped(state, stage):
        names = ", ".join(f"{item.title} {state.steps[item.id].status}" for item in waiting)
        raise UsageError(f"{names}: run it again, waive it with a reason, or roll back first")
    if reason := kept_by_window(state, stage, now):
        raise UsageError(reason)
    return stage


def kept_by_window(state: State, stage: Stage, now: datetime) -> str | None:
    """Return why nothing of a stage can go on outside the window; None if something can."""
    left = [item for item in items(stage) if not state.settled(item.id)]
    ahead = left if runs_concurrently(stage) else left[:1]
    runs = any(state.status(item.id) is StepStatus.RUNNING for item in ahead)
    if not ahead or runs or not all(acts(item) for item in ahead):
        return None
    return reason_not_to_act(state, now)


def may_run_again(plan: Plan, state: State, wanted: str) -> tuple[str, ...]:
    """Return the stopped steps that `wanted` names: one step, or all of the current section.

    Raises UsageError if there is none.
    """
    stage = next_stage(plan, state)
    if stage is None or state.rollback is not None:
        raise UsageError("there is nothing to run again in this run")
    waiting = tuple(item.id for item in stopped(state, stage))
    named = waiting if wanted in {section.id for section in stage} else (wanted,)
    if not named or not set(named) <= set(waiting):
        raise UsageError(f"{wanted} has not stopped: there is nothing to run again")
    return named


async def advance(context: Context, stage: Stage, again: Sequence[str] = ()) -> None:
    """Run the remaining steps of a stage; those named in `again` run once more."""
    for section in stage:
        if section.id not in context.session.state.sections:
            await context.session.intend(ev.SectionStarted(section=section.id))
    if runs_concurrently(stage):
        await _run_concurrently(context, stage, again)
    else:
        await _run_in_order(context, stage, again)
    await close(context, stage)


async def recover(context: Context, stage: Stage) -> None:
    """Go on with the steps of a stage that were begun; no other begins without an order."""
    async with asyncio.TaskGroup() as group:
        for item in items(stage):
            if context.session.state.status(item.id) is StepStatus.RUNNING:
                group.create_task(_recover_step(context, item))
    await close(context, stage)


async def _recover_step(context: Context, item: Planned) -> None:
    """Go on with a step; an action whose command was never started is not started now."""
    step = context.session.state.steps[item.id]
    if step.action and await was_never_started(context, item.id, step.attempt):
        evidence = "was ordered, and its command was never started"
        doubt = ev.StepDoubted(step=item.id, attempt=step.attempt, evidence=evidence)
        await context.session.record(doubt)
        return
    await run_step(context, item)


async def close(context: Context, stage: Stage) -> None:
    """Record the end of each section of a stage whose steps are all settled."""
    for section in stage:
        state = context.session.state
        settled = all(state.settled(item.id) for item in section.items)
        if settled and section.id in state.sections and not _ended(state, section):
            await context.session.record(ev.SectionEnded(section=section.id))


async def _run_in_order(context: Context, stage: Stage, again: Sequence[str]) -> None:
    for item in items(stage):
        if context.session.state.settled(item.id):
            continue
        if context.session.state.status(item.id) in STOPPED and item.id not in again:
            return
        await context.session.until(lambda state: state.held is None)
        if not await _run_in_window(context, item):
            return


async def _run_in_window(context: Context, item: Planned) -> bool:
    """Run a step unless the window keeps it from acting; returns whether it is settled then.

    What was begun inside the window goes on; what was ordered and never started does not start.
    """
    state, utc = context.session.state, context.clock.utc()
    reason = reason_not_to_act(state, utc) if acts(item) else None
    if reason is None:
        return await run_step(context, item)
    if state.status(item.id) is StepStatus.RUNNING:
        await _recover_step(context, item)
    else:
        note = ev.Noted(text=f"{item.title} was not begun: {reason}")
        await context.session.record(note)
    return context.session.state.settled(item.id)


async def _run_concurrently(context: Context, stage: Stage, again: Sequence[str]) -> None:
    """Run checks concurrently, at most AT_ONCE; steps that wait for a person do not count."""
    places = asyncio.Semaphore(AT_ONCE)

    async def run_item(item: Planned) -> None:
        async with nullcontext() if isinstance(item.step, Confirm) else places:
            await context.session.until(lambda state: state.held is None)
            await _run_in_window(context, item)

    def wanted(item: Planned) -> bool:
        status = context.session.state.status(item.id)
        return status in (None, StepStatus.RUNNING) or item.id in again

    now = [item for item in items(stage) if wanted(item)]
    async with asyncio.TaskGroup() as people:
        for item in now:
            if isinstance(item.step, Confirm):
                people.create_task(run_item(item))
        for wave in waves([item for item in now if not isinstance(item.step, Confirm)]):
            async with asyncio.TaskGroup() as group:
                for item in wave:
                    group.create_task(run_item(item))
