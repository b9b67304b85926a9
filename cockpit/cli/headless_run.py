"""A run without a screen: the autopilot gives the orders, up to an end, a stop or a question."""

import argparse
import asyncio

from cockpit.card.model.plan import Plan
from cockpit.cli.advice import advice
from cockpit.cli.document import document
from cockpit.cli.printing import aside, follow, say_decision
from cockpit.control.open_run import OpenRun
from cockpit.engine.autopilot import Answers, Autopilot
from cockpit.foundation.errors import UsageError
from cockpit.projections.decision import Decision, Word
from cockpit.projections.narration import title
from cockpit.state import StepStatus

SETTLE_S = 10.0


async def flown(running: OpenRun, answers: Answers, options: argparse.Namespace) -> int:
    """Fly to the end, to a stop or to a person; say the decision, give its exit status."""
    follow(running)
    planned, session = running.engine.context.plan, running.session
    if session.state.resumes:
        ongoing = ", ".join(title(planned, name) for name in session.state.of(StepStatus.RUNNING))
        aside(f"back in run {running.folder.id}; not ended yet: {ongoing or 'nothing'}")
    phase = phase_id(planned, getattr(options, "phase", None))
    wanted: tuple[str, ...] = ()
    if session.state.held is None:  # headless nobody could end the hold
        wanted = await Autopilot(running.engine, answers, phase).fly()
        await _settled(running)
    decision = await running.conclude()
    said = document(planned, session.state, decision)
    said["exit_status"] = status = _status(running, decision, phase)
    said["waits_for"] = list(wanted)
    said["next"] = list(advice(options, planned, session.state, wanted))
    for words in said["next"]:
        aside(f"next: {words}")
    say_decision(said, as_json=options.json)
    return status


def phase_id(planned: Plan, phase: str | None) -> str | None:
    """Give the section that `phase` names; raises UsageError with what there is."""
    if phase is None or phase.lower() in {section.id for section in planned.phases}:
        return phase.lower() if phase else None
    names = ", ".join(section.id.upper() for section in planned.phases)
    raise UsageError(f"the card has no phase {phase!r}; it has {names}")


def _status(running: OpenRun, decision: Decision, phase: str | None) -> int:
    """Give the exit status: the decision's; a run that was to end after a phase is judged by it."""
    section = running.session.state.sections.get(phase or "")
    if section and section.ended_s is not None and decision.word is not Word.NO_GO:
        return 0
    return decision.word.exit_status


async def _settled(running: OpenRun) -> None:
    """Give monitors that are just blind or breaching a moment to show what they are."""
    deadline = running.session.now_s() + SETTLE_S
    subjects = {monitor.monitor for monitor in running.engine.context.plan.monitors}
    while running.session.now_s() < deadline:
        reasons = running.decision().reasons
        if not reasons or any(reason.subject not in subjects for reason in reasons):
            return
        await asyncio.sleep(0.2)
