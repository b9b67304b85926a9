"""A run without a screen: the autopilot gives the orders until the run ends, stops or asks."""

import argparse
import asyncio

from cockpit.card.model.plan import Plan
from cockpit.cli.advice import advice
from cockpit.cli.printing import print_aside, print_decision, print_news
from cockpit.cli.run_document import document
from cockpit.control.open_run import OpenRun
from cockpit.engine.autopilot import Answers, Autopilot
from cockpit.engine.orders import ActOutsideWindow
from cockpit.foundation.errors import UsageError
from cockpit.projections.decision import Decision, Word
from cockpit.projections.narration import title
from cockpit.state import StepStatus

SETTLE_S = 10.0


async def run_headless(running: OpenRun, answers: Answers, options: argparse.Namespace) -> int:
    """Run to the end, to a stop or to a question; print the decision, return the exit status."""
    print_news(running)
    planned, session = running.engine.context.plan, running.session
    if session.state.resumes:
        ongoing = ", ".join(title(planned, name) for name in session.state.of(StepStatus.RUNNING))
        print_aside(f"resumed run {running.folder.id}; still running: {ongoing or 'nothing'}")
    phase = phase_id(planned, getattr(options, "phase", None))
    waits_for: tuple[str, ...] = ()
    if session.state.held is None:  # without a screen nobody could end the hold
        outside = outside_window(options)
        waits_for = await Autopilot(running.engine, answers, phase, outside).fly()
        await _let_monitors_settle(running)
    decision = await running.conclude()
    result = document(planned, session.state, decision)
    result["exit_status"] = status = _status(running, decision, phase)
    result["waits_for"] = list(waits_for)
    result["next"] = list(advice(options, planned, session.state, waits_for))
    for advice_line in result["next"]:
        print_aside(f"next: {advice_line}")
    print_decision(result, as_json=options.json)
    return status


def outside_window(options: argparse.Namespace) -> ActOutsideWindow | None:
    """Return the word that lets steps act outside the window, if it was given.

    Raises UsageError without a name or a reason.
    """
    if options.outside_window is None:
        return None
    name, reason = (word.strip() for word in options.outside_window)
    if not name or not reason:
        raise UsageError("--outside-window needs a person's name and the reason: NAME REASON")
    return ActOutsideWindow(name, reason)


def phase_id(planned: Plan, phase: str | None) -> str | None:
    """Return the id of the phase, None for none; raises UsageError if the card does not have it."""
    if phase is None or phase.lower() in {section.id for section in planned.phases}:
        return phase.lower() if phase else None
    names = ", ".join(section.id.upper() for section in planned.phases)
    raise UsageError(f"the card has no phase {phase!r}; its phases are {names}")


def _status(running: OpenRun, decision: Decision, phase: str | None) -> int:
    """Return the decision's exit status; 0 if the phase to end after has ended without NO-GO."""
    section = running.session.state.sections.get(phase or "")
    if section and section.ended_s is not None and decision.word is not Word.NO_GO:
        return 0
    return decision.word.exit_status


async def _let_monitors_settle(running: OpenRun) -> None:
    """Wait up to `SETTLE_S` while nothing but monitors stands in the way of a GO."""
    deadline = running.session.now_s() + SETTLE_S
    subjects = {monitor.monitor for monitor in running.engine.context.plan.monitors}
    while running.session.now_s() < deadline:
        reasons = running.decision().reasons
        if not reasons or any(reason.subject not in subjects for reason in reasons):
            return
        await asyncio.sleep(0.2)
