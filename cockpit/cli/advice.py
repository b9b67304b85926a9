"""What an operator can do next, as sentences with the command to type."""

import argparse
import shlex
from collections.abc import Iterator, Sequence

from checks.core.base import Outcome
from cockpit.card.model.plan import Plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.find_run import now_s, utc_now
from cockpit.cli.printing import resume_command
from cockpit.engine import cutover
from cockpit.projections.hanging_lines import what_helps
from cockpit.projections.monitor_status import stale_age_s
from cockpit.state import State, StepStatus


def advice(
    options: argparse.Namespace, plan: Plan, state: State, waits_for: Sequence[str]
) -> Iterator[str]:
    """Yield what to do next, the most urgent first; nothing for a run that has ended."""
    if state.run is None:
        return
    run, rehearsal = state.run.run, state.run.rehearsal
    resume = resume_command(options, run, rehearsal=rehearsal)
    screen = resume_command(options, run, rehearsal=rehearsal, screen=True)
    if state.rollback is not None:
        yield from _after_rollback(options, state, screen)
        return
    if state.ended:
        return
    if state.held is not None:
        yield f"the operator holds ({state.held}); end the hold on the screen: {screen}"
        return
    if waits_for:
        yield from _confirmations(plan, waits_for)
        answers = " ".join(f"--answer {shlex.quote(name)}=NAME" for name in waits_for)
        yield f"name who vouches for it: {resume} {answers}"
        return
    stage = cutover.next_stage(plan, state)
    stopped = cutover.stopped(state, stage) if stage else ()
    for item in stopped:
        step = state.steps[item.id]
        status = "failed" if step.status is StepStatus.FAILED else f"is {step.status}"
        helps = what_helps(plan, state, item)
        what = f"{helps}; the screen" if helps else "run it again or waive it on the screen"
        yield f"{item.title} {status}: {what}: {screen}"
    if stopped and state.changed and not rehearsal:
        parts = " and ".join(state.changed)
        yield f"changed so far: {parts}; to undo it: {_rollback_command(options, state)}"
    at_s = now_s(state)
    if stale := [i.title for i in plan.gating() if stale_age_s(i, state, at_s) is not None]:
        text = f"{', '.join(stale)} passed too long ago to count: check again, then resume"
        yield f"{text}: {_check_command(options, run)}"
    if stage and not stopped:
        yield from _resumed(state, stage, resume)


def _resumed(state: State, stage: cutover.Stage, resume: str) -> Iterator[str]:
    if kept := cutover.kept_by_window(state, stage, utc_now()):
        yield f"{kept}: {resume} --outside-window NAME REASON"
    elif state.sections:
        yield f"the run is open; resume it with: {resume}"


def _check_command(options: argparse.Namespace, run: str) -> str:
    return shlex.join(
        ["cockpit", "done", run, "--run", *(["--runs", options.runs] if options.runs else [])]
    )


def _confirmations(plan: Plan, waits_for: Sequence[str]) -> Iterator[str]:
    for name in waits_for:
        step = plan.find(name).step
        if isinstance(step, Confirm):
            yield f"{name} needs a person's confirmation: {step.confirm}"


def _after_rollback(options: argparse.Namespace, state: State, screen: str) -> Iterator[str]:
    rollback = state.rollback
    if rollback is None or rollback.outcome is Outcome.PASSED:
        return
    again = screen if state.run and state.run.rehearsal else _rollback_command(options, state)
    why = f"the rollback did not succeed ({rollback.evidence})"
    yield f"{why}: inspect it yourself, then order it again: {again}"


def _rollback_command(options: argparse.Namespace, state: State) -> str:
    assert state.run is not None
    command = ["cockpit", "rollback", state.run.card, "all", "--resume", state.run.run]
    return shlex.join([*command, *(["--runs", options.runs] if options.runs else [])])
