"""Rollback: only what was changed, in reverse order, and never onto an unhealthy stable side."""

from collections.abc import Awaitable, Sequence

from checks.core.base import Outcome, Result
from checks.core.run_check import run_check
from cockpit.card.model.breakers import RollbackBreaker
from cockpit.card.model.plan import HEALTHY_STEP, Plan, Planned
from cockpit.card.model.steps import Hold, Part
from cockpit.engine.context import Context
from cockpit.engine.steps import rule_of_rollback, run_step
from cockpit.journal import events as ev
from cockpit.state import RollbackState, State, StepStatus


def parts_to_undo(state: State, wanted: Sequence[Part]) -> tuple[Part, ...]:
    """Return the changed parts among `wanted` (all if it is empty), the last change first."""
    return tuple(part for part in reversed(state.changed) if not wanted or part in wanted)


def parts_anyway(plan: Plan, wanted: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts among `wanted` (all if it is empty) that the plan can roll back.

    Nobody knows in which order they were changed: the traffic comes first, for the users' sake.
    """
    able = [part for part in Part if part in plan.rollback and plan.rollback[part].items]
    meant = [part for part in able if not wanted or part in wanted]
    return tuple(sorted(meant, key=lambda part: part is not Part.TRAFFIC))


def parts_fired(plan: Plan, state: State, breaker: RollbackBreaker) -> tuple[Part, ...]:
    """Return the parts that firing a breaker rolls back: the changed ones.

    Where none was changed and it is armed to roll back anyway, these are all of its own.
    """
    changed, armed = parts_to_undo(state, breaker.parts), state.breakers.get(breaker.breaker)
    if not changed and armed is not None and armed.anyway:
        return parts_anyway(plan, breaker.parts)
    return changed


def steps_of(context: Context, parts: Sequence[Part]) -> tuple[Planned, ...]:
    """Return the steps that roll these parts back, in order; holds come last."""
    sections = (context.plan.rollback[part] for part in parts if part in context.plan.rollback)
    steps = [item for section in sections for item in section.items]
    return tuple(sorted(steps, key=lambda item: isinstance(item.step, Hold)))


async def begin(context: Context, parts: tuple[Part, ...], reason: str, *, automatic: bool) -> None:
    """Record that the rollback of these parts begins."""
    steps = tuple(item.id for item in steps_of(context, parts))
    started = ev.RollbackStarted(parts=parts, steps=steps, reason=reason, automatic=automatic)
    await context.session.record(started)


async def undo(context: Context, *, anyway: bool, stopping: Awaitable[None]) -> Result:
    """Run the rollback that was begun; done when its effect was observed.

    Also resumes one that another cockpit began. Never raises if a step fails. Traffic is rolled
    back at once; the rest waits for `stopping`, the end of the commands that still change it.
    """
    rollback = context.session.state.rollback
    assert rollback is not None, "a rollback is begun before it undoes anything"
    result = await _check_stable(context, rollback, anyway=anyway)
    return result or await _undo(context, rollback, stopping)


async def taken_over(context: Context) -> None:
    """Record that a wider rollback takes over from the one that still runs."""
    rollback = context.session.state.rollback
    if rollback and rollback.outcome is None:
        await end(context, Result(Outcome.SKIPPED, "a wider rollback took over"))


async def end(context: Context, result: Result) -> None:
    """Record the outcome of the rollback."""
    await context.session.record(ev.RollbackEnded(outcome=result.outcome, evidence=result.evidence))


def refused_before(state: State) -> bool:
    """Whether the previous rollback stopped because the stable side was not healthy."""
    before, healthy = state.rollback, state.steps.get(HEALTHY_STEP)
    if before is None or healthy is None or before.outcome not in (Outcome.FAILED, Outcome.UNKNOWN):
        return False
    of_it = healthy.started_s >= before.started_s
    return of_it and healthy.status in (StepStatus.FAILED, StepStatus.UNKNOWN)


async def _check_stable(
    context: Context, rollback: RollbackState, *, anyway: bool
) -> Result | None:
    """Check the stable side; returns why nothing is rolled back onto it, None if it is healthy.

    A rollback whose steps have begun was checked before: it continues.
    """
    if any(_has_begun(context, name, rollback) for name in rollback.steps):
        return None
    healthy = await _healthy(context)
    if healthy.outcome is Outcome.PASSED or anyway:
        return None
    evidence = f"stable is not known to be healthy: {healthy.evidence}"
    return Result(healthy.outcome, f"{evidence}; order it again to go there all the same")


async def _undo(context: Context, rollback: RollbackState, stopping: Awaitable[None]) -> Result:
    waits = True
    for item in steps_of(context, rollback.parts):
        if _has_begun(context, item.id, rollback) and context.session.state.settled(item.id):
            continue
        if waits and item.section != context.plan.rollback[Part.TRAFFIC].id:
            await stopping
            waits = False
        if not await run_step(context, item):
            after = context.session.state.steps[item.id]
            return Result(_outcome_of(after.status), f"{item.title}: {after.evidence}")
    if missing := [part.value for part in rollback.parts if not steps_of(context, (part,))]:
        evidence = (
            f"{' and '.join(missing)} was changed, and the card's `rollback` has no step for it"
        )
        return Result(Outcome.UNKNOWN, f"{evidence}: bring it back by hand")
    return Result(Outcome.PASSED, _evidence(context.session.state))


def _has_begun(context: Context, name: str, rollback: RollbackState) -> bool:
    """Whether a step was started by this rollback."""
    step = context.session.state.steps.get(name)
    return step is not None and step.started_s >= rollback.started_s


def _outcome_of(status: StepStatus) -> Outcome:
    return Outcome.FAILED if status is StepStatus.FAILED else Outcome.UNKNOWN


def _evidence(state: State) -> str:
    done = (
        [f"{state.steps[name].evidence}" for name in state.rollback.steps] if state.rollback else []
    )
    return "; ".join(done) or "nothing was changed, nothing to undo"


async def _healthy(context: Context) -> Result:
    """Check the stable side, and record that as a step of its own."""
    check = context.card.rollback.healthy
    if check is None:
        return Result(Outcome.PASSED, "the card names no check of the stable side")
    before = context.session.state.steps.get(HEALTHY_STEP)
    attempt = before.attempt + 1 if before else 1
    if before is None or before.status is not StepStatus.RUNNING:
        await context.session.record(
            ev.StepStarted(step=HEALTHY_STEP, attempt=attempt, action=False),
            by=rule_of_rollback(context),
        )
    else:
        attempt = before.attempt
    result = await run_check(check, context.tools)
    await context.session.record(
        ev.StepEnded(
            step=HEALTHY_STEP, attempt=attempt, outcome=result.outcome, evidence=result.evidence
        )
    )
    return result
