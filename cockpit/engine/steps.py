"""One step of any kind: intent, deed, outcome; the same code goes on with it after a restart."""

from checks.base import Check, Outcome, Result, UnsetError
from cockpit.card.plan import Planned
from cockpit.card.steps import Confirm, Hold, Report, Run, Traffic
from cockpit.engine.action import Command, perform
from cockpit.engine.context import Context
from cockpit.engine.hold import keep
from cockpit.engine.look import look, look_until
from cockpit.engine.traffic import command as traffic_command
from cockpit.engine.traffic import shift
from cockpit.journal import events as ev
from cockpit.state import SETTLED, Status


async def run_step(context: Context, planned: Planned) -> bool:
    """Run a step, or go on with one that runs; tells whether it is settled afterwards.

    Raises JournalError when the intent cannot be written: then nothing was begun.
    """
    before = context.session.state.steps.get(planned.id)
    if before is None or before.status is not Status.RUNNING:
        await _begin(context, planned, before.attempt + 1 if before else 1)
    attempt = context.session.state.steps[planned.id].attempt
    result = await _deed(context, planned, attempt)
    if result is None:
        await _doubt(context, planned, attempt)
    elif context.session.state.status(planned.id) is Status.RUNNING:
        await context.session.record(
            ev.StepEnded(
                step=planned.id,
                attempt=attempt,
                outcome=result.outcome,
                evidence=result.evidence,
                details=result.details,
            )
        )
    return context.session.state.status(planned.id) in SETTLED


async def _begin(context: Context, planned: Planned, attempt: int) -> None:
    """Write the intent first; on the way back a journal that cannot be written stops nothing."""
    intent = _intent(context, planned, attempt)
    if goes_back(planned):
        await context.session.record(intent)
    else:
        await context.session.intend(intent)


def goes_back(planned: Planned) -> bool:
    """Tell whether a step is part of a rollback."""
    return planned.section.startswith("rollback")


def _intent(context: Context, planned: Planned, attempt: int) -> ev.StepStarted:
    match planned.step:
        case Run() as step:
            return ev.StepStarted(
                step=planned.id,
                attempt=attempt,
                action=True,
                command=step.run,
                changes=None if goes_back(planned) else step.changes,
            )
        case Traffic() as step:
            shown = traffic_command(context, step).shown()
            return ev.StepStarted(step=planned.id, attempt=attempt, action=True, command=shown)
        case _:
            return ev.StepStarted(step=planned.id, attempt=attempt, action=False)


async def _deed(  # noqa: PLR0911 - one arm a kind
    context: Context, planned: Planned, attempt: int
) -> Result | None:
    try:
        match planned.step:
            case Run() as step:
                return await _run(context, planned, step, attempt)
            case Traffic() as step:
                return await shift(context, planned.id, attempt, step)
            case Hold() as step:
                return await keep(context, planned.id, step, after_rollback=goes_back(planned))
            case Confirm():
                await context.session.until(
                    lambda state: state.status(planned.id) is not Status.RUNNING
                )
                return Result(Outcome.PASSED, "")
            case Report():
                return await _report(context)
            case Check() as check:
                return await look(check, context.tools)
    except UnsetError as error:
        return Result(Outcome.UNKNOWN, str(error))
    raise AssertionError(f"{planned.id} is of no kind that the engine knows")


async def _run(context: Context, planned: Planned, step: Run, attempt: int) -> Result | None:
    command = Command(
        step.run, step.shell, step.expect, step.timeout, step.grace, urgent=goes_back(planned)
    )
    result = await perform(context, planned.id, attempt, command)
    if result is None or result.outcome is not Outcome.PASSED or step.verify is None:
        return result
    seen = await look_until(step.verify, context.tools, step.within)
    if seen.outcome is Outcome.PASSED:
        return Result(Outcome.PASSED, f"{result.evidence}; seen: {seen.evidence}", seen.details)
    return Result(seen.outcome, f"ran, but its effect is not seen: {seen.evidence}", seen.details)


async def _report(context: Context) -> Result:
    path, sha256 = context.report()
    await context.session.record(ev.ReportWritten(path=str(path), sha256=sha256))
    return Result(Outcome.PASSED, f"{path.name}, {path.stat().st_size} bytes")


async def _doubt(context: Context, planned: Planned, attempt: int) -> None:
    """Say that a step is in doubt, and what its verify check sees; the operator decides."""
    await context.session.record(
        ev.StepDoubted(step=planned.id, attempt=attempt, evidence=await _verified(context, planned))
    )


async def _verified(context: Context, planned: Planned) -> str:
    verify = planned.step.verify if isinstance(planned.step, Run) else None
    if verify is None:
        return "began, and left no outcome; the card has no check that could tell"
    seen = await look(verify, context.tools)
    return f"began, and left no outcome; verify {seen.outcome.value}: {seen.evidence}"


async def stop(context: Context, planned: Planned) -> None:
    """Wait for the end of an action that was asked to stop, and record it; nothing is observed."""
    step = context.session.state.steps[planned.id]
    result = await perform(context, planned.id, step.attempt, Command(step.command))
    words = "in doubt" if result is None else result.evidence
    if context.session.state.status(planned.id) is Status.RUNNING:
        ended = ev.StepEnded(
            step=planned.id,
            attempt=step.attempt,
            outcome=Outcome.FAILED,
            evidence=f"stopped for the rollback: {words}",
        )
        await context.session.record(ended)


async def verify_again(context: Context, planned: Planned) -> None:
    """Look once more at a step in doubt."""
    step = context.session.state.steps[planned.id]
    await _doubt(context, planned, step.attempt)
