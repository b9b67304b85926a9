"""Runs one step of any kind: intent, action, outcome; the same code resumes it after a restart."""

import asyncio
from contextlib import suppress
from typing import assert_never

from checks.core.base import Check, Outcome, Result
from checks.core.errors import UnsetVariableError
from checks.core.run_check import run_check
from checks.core.text import count_of
from cockpit.card.model.plan import Planned, SectionKind
from cockpit.card.model.steps import Confirm, Hold, Prove, Report, Run, Traffic
from cockpit.engine import traffic
from cockpit.engine.action import ActionCommand, new_folder, perform, wait_halted
from cockpit.engine.context import Context
from cockpit.engine.hold import periods_s, wait_out
from cockpit.engine.poll import check_until
from cockpit.engine.progress import listening
from cockpit.engine.traffic import observe_share, shift
from cockpit.foundation.errors import JournalError, UsageError
from cockpit.journal import events as ev
from cockpit.state import SETTLED, StepStatus

_TOO_LATE = Result(Outcome.UNKNOWN, "was not begun: the journal did not take its intent in time")


async def run_step(context: Context, planned: Planned) -> bool:
    """Run a step, or resume a running one; returns whether it is settled afterwards.

    Raises JournalError if the intent cannot be written: then nothing was started.
    """
    before = context.session.state.steps.get(planned.id)
    if before is None or before.status is not StepStatus.RUNNING:
        await _begin(context, planned, before.attempt + 1 if before else 1)
    attempt = context.session.state.steps[planned.id].attempt
    result = await _execute(context, planned, attempt)
    if result is None:
        await _verify_in_doubt(context, planned, attempt)
    elif context.session.state.status(planned.id) is StepStatus.RUNNING:
        await end(context, planned, attempt, result)
    return context.session.state.status(planned.id) in SETTLED


async def end(
    context: Context, planned: Planned, attempt: int, result: Result, *, by: str | None = None
) -> None:
    """Record the outcome of a step; `by` is who decided it, if not the operator."""
    await context.session.record(
        ev.StepEnded(
            step=planned.id,
            attempt=attempt,
            outcome=result.outcome,
            evidence=result.evidence,
            details=result.details,
            figures=result.figures,
        ),
        by=by,
    )


async def _begin(context: Context, planned: Planned, attempt: int) -> None:
    """Record the intent first; in a rollback a journal that cannot be written stops nothing."""
    intent = _intent(context, planned, attempt)
    if is_rollback_step(planned):
        await context.session.record(intent, by=rule_of_rollback(context))
        return
    try:
        await context.session.intend(intent)
    except JournalError:
        if context.session.state.status(planned.id) is StepStatus.RUNNING:
            await end(context, planned, attempt, _TOO_LATE)
        raise


def rule_of_rollback(context: Context) -> str | None:
    """Return the card as the author if its rule ordered the rollback that runs; else None."""
    rollback = context.session.state.rollback
    return ev.CARD if rollback is not None and rollback.automatic else None


def is_rollback_step(planned: Planned) -> bool:
    """Whether a step is part of a rollback."""
    return planned.section_kind is SectionKind.ROLLBACK


def _intent(context: Context, planned: Planned, attempt: int) -> ev.StepStarted:
    match planned.step:
        case Run() as step:
            return ev.StepStarted(
                step=planned.id,
                attempt=attempt,
                action=True,
                command=step.run,
                changes=None if is_rollback_step(planned) else step.changes,
                folder=new_folder(planned.id, attempt),
            )
        case Traffic() as step:
            shown = traffic.format_command(context.card, step)
            return ev.StepStarted(
                step=planned.id,
                attempt=attempt,
                action=True,
                command=shown,
                folder=new_folder(planned.id, attempt),
            )
        case Hold() as step:
            watches = periods_s(context, step)
            return ev.StepStarted(step=planned.id, attempt=attempt, action=False, watches=watches)
        case Check() | Confirm() | Report() | Prove():
            return ev.StepStarted(step=planned.id, attempt=attempt, action=False)
        case _:
            assert_never(planned.step)


async def _execute(  # noqa: PLR0911 - one arm a kind
    context: Context, planned: Planned, attempt: int
) -> Result | None:
    try:
        match planned.step:
            case Run() as step:
                return await _run(context, planned, step, attempt)
            case Traffic() as step:
                return await shift(context, planned.id, attempt, step)
            case Hold() as step:
                return await wait_out(
                    context, planned.id, step, after_rollback=is_rollback_step(planned)
                )
            case Confirm():
                await context.session.until(
                    lambda state: state.status(planned.id) is not StepStatus.RUNNING
                )
                return Result(Outcome.PASSED, "")
            case Report():
                return await _report(context)
            case Prove() as proof:
                return await context.prove(proof.monitor, context.tools, context.clock)
            case Check() as check:
                async with listening(context, planned.id, attempt) as tools:
                    return await run_check(check, tools)
            case _:
                assert_never(planned.step)
    except UnsetVariableError as error:
        return Result(Outcome.UNKNOWN, str(error))


async def _run(context: Context, planned: Planned, step: Run, attempt: int) -> Result | None:
    command = ActionCommand(
        step.run,
        step.shell,
        step.expect,
        step.timeout,
        step.grace,
        urgent=is_rollback_step(planned),
    )
    result = await perform(context, planned.id, attempt, command)
    if result is None or result.outcome is not Outcome.PASSED or step.verify is None:
        return result
    effect = await check_until(step.verify, context.tools, step.within)
    if effect.outcome is Outcome.PASSED:
        return Result(
            Outcome.PASSED,
            f"{result.evidence}; seen: {effect.evidence}",
            effect.details,
        )
    return Result(
        effect.outcome,
        f"ran, but its effect is not seen: {effect.evidence}",
        effect.details,
    )


async def _report(context: Context) -> Result:
    try:
        path, sha256 = await asyncio.to_thread(context.report)
        size_bytes = path.stat().st_size
    except (OSError, JournalError) as error:
        return Result(Outcome.UNKNOWN, f"the report could not be written: {error}")
    await context.session.record(ev.ReportWritten(path=str(path), sha256=sha256))
    return Result(Outcome.PASSED, f"{path.name}, {count_of(size_bytes, 'byte')}")


async def _verify_in_doubt(context: Context, planned: Planned, attempt: int) -> None:
    """Record at once that a step is in doubt, then what its `verify` check observes."""
    evidence = "began, and left no outcome"
    await _record_doubt(context, planned, attempt, evidence)
    await _record_doubt(context, planned, attempt, f"{evidence}; {await _verify(context, planned)}")


async def _record_doubt(context: Context, planned: Planned, attempt: int, evidence: str) -> None:
    step = context.session.state.steps[planned.id]
    if step.attempt == attempt and step.status in (StepStatus.RUNNING, StepStatus.DOUBT):
        doubt = ev.StepDoubted(step=planned.id, attempt=attempt, evidence=evidence)
        with suppress(UsageError):  # a person decided first, while it was verified
            await context.session.record(doubt)


async def _verify(context: Context, planned: Planned) -> str:
    if isinstance(planned.step, Traffic):
        result = await observe_share(context, planned.step)
    elif isinstance(planned.step, Run) and planned.step.verify is not None:
        result = await run_check(planned.step.verify, context.tools)
    else:
        return "the card has no check that could tell"
    return f"verify {result.outcome.value}: {result.evidence}"


async def skip(context: Context, planned: Planned) -> None:
    """Record that a step which only checks or waits was stopped."""
    await _end_for_rollback(context, planned, Result(Outcome.SKIPPED, ""))


async def stop(context: Context, planned: Planned) -> None:
    """Wait for the end of an action that was asked to stop, and record its outcome."""
    attempt = context.session.state.steps[planned.id].attempt
    await _end_for_rollback(context, planned, await wait_halted(context, planned.id, attempt))


async def _end_for_rollback(context: Context, planned: Planned, result: Result) -> None:
    step = context.session.state.steps[planned.id]
    if step.status is not StepStatus.RUNNING:
        return
    ended = ev.StepEnded(
        step=planned.id,
        attempt=step.attempt,
        outcome=result.outcome,
        evidence=f"stopped for the rollback: {result.evidence}".removesuffix(": "),
    )
    with suppress(UsageError):  # it ended by itself meanwhile
        await context.session.record(ended)


async def verify_again(context: Context, planned: Planned) -> None:
    """Verify a step in doubt once more."""
    await _verify_in_doubt(context, planned, context.session.state.steps[planned.id].attempt)
