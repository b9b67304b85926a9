"""What an operator can do next, as sentences with the command to type."""

import argparse
import shlex
from collections.abc import Iterator, Sequence

from checks.core.base import Outcome
from cockpit.card.model.plan import Plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.find_run import now_s
from cockpit.cli.printing import going_on
from cockpit.engine import cutover
from cockpit.projections.monitor_status import stale_s
from cockpit.state import State, StepStatus


def advice(
    options: argparse.Namespace, plan: Plan, state: State, wanted: Sequence[str]
) -> Iterator[str]:
    """Give the next things to do, the nearest first; none for a run that has ended."""
    if state.run is None:
        return
    run, rehearsal = state.run.run, state.run.rehearsal
    on = going_on(options, run, rehearsal=rehearsal)
    screen = going_on(options, run, rehearsal=rehearsal, screen=True)
    if state.rollback is not None:
        yield from _back(options, state, screen)
        return
    if state.ended:
        return
    if state.held is not None:
        yield f"the operator holds ({state.held}): end the hold on the screen: {screen}"
        return
    if wanted:
        yield from _asked(plan, wanted)
        words = " ".join(f"--answer {shlex.quote(name)}=NAME" for name in wanted)
        yield f"give the name of who vouches for it: {on} {words}"
        return
    stage = cutover.next_stage(plan, state)
    stopped = cutover.stopped(state, stage) if stage else ()
    for item in stopped:
        step = state.steps[item.id]
        status = "failed" if step.status is StepStatus.FAILED else f"is {step.status}"
        yield f"{item.title} {status}: run it again or waive it on the screen: {screen}"
    if stopped and state.changed and not rehearsal:
        parts = " and ".join(state.changed)
        yield f"changed until now: {parts}; to bring it back: {_rollback(options, state)}"
    at_s = now_s(state)
    if stale := [i.title for i in plan.gating() if stale_s(i, state, at_s) is not None]:
        words = f"{', '.join(stale)} passed too long ago to count: look again, then go on"
        yield f"{words}: {_looking(options, run)}"
    if not stopped and state.sections:
        yield f"the run is open: go on with {on}"


def _looking(options: argparse.Namespace, run: str) -> str:
    return shlex.join(
        ["cockpit", "done", run, "--run", *(["--runs", options.runs] if options.runs else [])]
    )


def _asked(plan: Plan, wanted: Sequence[str]) -> Iterator[str]:
    for name in wanted:
        step = plan.find(name).step
        if isinstance(step, Confirm):
            yield f"{name} wants a person's word: {step.confirm}"


def _back(options: argparse.Namespace, state: State, screen: str) -> Iterator[str]:
    rollback = state.rollback
    if rollback is None or rollback.outcome is Outcome.PASSED:
        return
    again = screen if state.run and state.run.rehearsal else _rollback(options, state)
    why = f"the rollback did not end well ({rollback.evidence})"
    yield f"{why}: look yourself, then order it again: {again}"


def _rollback(options: argparse.Namespace, state: State) -> str:
    assert state.run is not None
    words = ["cockpit", "rollback", state.run.card, "all", "--resume", state.run.run]
    return shlex.join([*words, *(["--runs", options.runs] if options.runs else [])])
