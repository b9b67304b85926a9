"""`cockpit run`: the preflight, the phases and the Done list without a screen."""

import argparse
import asyncio
from collections.abc import Mapping

from cockpit.card.model.plan import Plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.decide import decide_ended
from cockpit.cli.find_run import named
from cockpit.cli.headless_run import outside_window, phase_id, run_headless
from cockpit.cli.interrupt import interruptible
from cockpit.cli.take_control import in_control, refuse_rehearsal
from cockpit.control.open_run import OpenRun
from cockpit.engine.autopilot import GivenAnswer
from cockpit.foundation.errors import UsageError
from cockpit.state import State


def run(options: argparse.Namespace) -> int:
    """Run the phases of a card or resume a run, and return the exit status of the decision.

    A run that has ended prints its decision again.
    """
    if options.resume:
        folder = named(options, options.resume, begun=False)
        refuse_rehearsal(folder)
        state = State() if folder.beginning() else folder.state()
        if state.ended:
            if not state.end_reported:
                asyncio.run(interruptible(lambda: in_control(options, _open_only, goes_on=False)))
            return decide_ended(options, folder)
    if not options.yes:
        raise UsageError("a run changes the target: add --yes to confirm")
    answers = parse_answers(options.answer)
    outside_window(options)  # refuses one without a reason before anything begins

    def validate(planned: Plan) -> None:
        phase_id(planned, options.phase)
        _refuse_unknown_steps(planned, answers)

    async def work(running: OpenRun) -> int:
        return await run_headless(running, answers.get, options)

    return asyncio.run(interruptible(lambda: in_control(options, work, validate)))


async def _open_only(_: OpenRun) -> int:
    """Do nothing: opening a run that has ended writes its report."""
    return 0


def parse_answers(pairs: list[str]) -> dict[str, GivenAnswer]:
    """Parse the answers `ID=NAME`; raises UsageError if one has another form."""
    answers: dict[str, GivenAnswer] = {}
    for pair in pairs:
        name, equals, person = pair.partition("=")
        if not (name and equals and person.strip()):
            raise UsageError(
                f"--answer {pair!r} has the wrong form: write ID=NAME, for example load-test=alice"
            )
        answers[name] = GivenAnswer(person.strip())
    return answers


def _refuse_unknown_steps(planned: Plan, answers: Mapping[str, GivenAnswer]) -> None:
    asking = [item.id for item in planned.gating() if isinstance(item.step, Confirm)]
    for name in answers:
        if name not in asking:
            known = ", ".join(asking) or "none"
            raise UsageError(
                f"--answer {name}: the card has no such confirm step; its confirm steps are {known}"
            )
