"""The way back: only what was changed, in reverse, and never onto a side that is not healthy."""

from collections.abc import Awaitable, Sequence

from checks.base import Outcome, Result
from cockpit.card.plan import Planned
from cockpit.card.steps import Hold, Part
from cockpit.engine.context import Context
from cockpit.engine.look import look
from cockpit.engine.steps import run_step
from cockpit.journal import events as ev
from cockpit.state import State, Status

HEALTHY = "rollback.healthy"


def parts_to_undo(state: State, wanted: Sequence[Part]) -> tuple[Part, ...]:
    """Give what was changed and is wanted back (all when nothing is named), last change first."""
    return tuple(part for part in reversed(state.changed) if not wanted or part in wanted)


def steps_of(context: Context, parts: Sequence[Part]) -> tuple[Planned, ...]:
    """Give the steps that bring these parts back, in order; the watch over all of it comes last."""
    sections = (context.plan.rollback[part] for part in parts if part in context.plan.rollback)
    steps = [item for section in sections for item in section.items]
    return tuple(sorted(steps, key=lambda item: isinstance(item.step, Hold)))


async def roll_back(
    context: Context,
    parts: tuple[Part, ...],
    reason: str,
    *,
    automatic: bool,
    stopping: Awaitable[None],
) -> Result:
    """Bring parts back; done when the effect was observed. Never raises for a failing step.

    Traffic goes back at once; the rest waits for `stopping`, the end of what still changes it.
    """
    anyway = _refused_before(context.session.state) and not automatic
    steps = steps_of(context, parts)
    await context.session.record(
        ev.RollbackStarted(
            parts=parts,
            steps=tuple(item.id for item in steps),
            reason=reason,
            automatic=automatic,
        )
    )
    return await _end(context, await _undo(context, steps, anyway=anyway, stopping=stopping))


async def go_on(context: Context) -> Result:
    """Go on with a rollback that another cockpit began."""
    rollback = context.session.state.rollback
    assert rollback is not None
    steps = steps_of(context, rollback.parts)
    return await _end(context, await _undo(context, steps, anyway=False))


async def taken_over(context: Context) -> None:
    """Record that a wider rollback takes over from the one that still runs."""
    rollback = context.session.state.rollback
    if rollback and rollback.outcome is None:
        words = "a wider rollback took over"
        await context.session.record(ev.RollbackEnded(outcome=Outcome.SKIPPED, evidence=words))


def _refused_before(state: State) -> bool:
    """Tell whether the rollback before this stopped at the stable side's health."""
    before = state.rollback
    healthy = state.steps.get(HEALTHY)
    return before is not None and healthy is not None and healthy.status is not Status.PASSED


async def _undo(
    context: Context,
    steps: Sequence[Planned],
    *,
    anyway: bool,
    stopping: Awaitable[None] | None = None,
) -> Result:
    healthy = await _healthy(context)
    if healthy.outcome is not Outcome.PASSED and not anyway:
        words = f"stable is not known to be healthy: {healthy.evidence}"
        return Result(healthy.outcome, f"{words}; order it again to go there all the same")
    rollback = context.session.state.rollback
    assert rollback is not None
    for item in steps:
        before = context.session.state.steps.get(item.id)
        of_this = before is not None and before.started_s >= rollback.started_s
        if of_this and context.session.state.settled(item.id):
            continue
        if stopping is not None and item.section != f"rollback.{Part.TRAFFIC}":
            await stopping
            stopping = None
        if not await run_step(context, item):
            after = context.session.state.steps[item.id]
            return Result(_unsettled(after.status), f"{item.title}: {after.evidence}")
    return Result(Outcome.PASSED, _observed(context.session.state))


def _unsettled(status: Status) -> Outcome:
    return Outcome.FAILED if status is Status.FAILED else Outcome.UNKNOWN


def _observed(state: State) -> str:
    done = (
        [f"{state.steps[name].evidence}" for name in state.rollback.steps] if state.rollback else []
    )
    return "; ".join(done) or "nothing was changed, nothing to undo"


async def _healthy(context: Context) -> Result:
    """Look at the stable side, and record it as a step of its own."""
    check = context.card.rollback.healthy
    if check is None:
        return Result(Outcome.PASSED, "the card names no check of the stable side")
    before = context.session.state.steps.get(HEALTHY)
    attempt = before.attempt + 1 if before else 1
    if before is None or before.status is not Status.RUNNING:
        await context.session.record(ev.StepStarted(step=HEALTHY, attempt=attempt, action=False))
    else:
        attempt = before.attempt
    seen = await look(check, context.tools)
    await context.session.record(
        ev.StepEnded(step=HEALTHY, attempt=attempt, outcome=seen.outcome, evidence=seen.evidence)
    )
    return seen


async def _end(context: Context, result: Result) -> Result:
    await context.session.record(ev.RollbackEnded(outcome=result.outcome, evidence=result.evidence))
    return result
