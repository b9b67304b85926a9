"""`cockpit run`: the preflight, the phases and the Done list without a screen."""

import argparse
import asyncio
from collections.abc import Mapping

from cockpit.card.model.plan import Plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.decide import decide_ended
from cockpit.cli.find_run import named
from cockpit.cli.headless_run import flown, phase_id
from cockpit.cli.interrupt import interruptible
from cockpit.cli.take_control import in_control, refuse_rehearsal
from cockpit.control.open_run import OpenRun
from cockpit.engine.autopilot import GivenAnswer
from cockpit.foundation.errors import UsageError


def run(options: argparse.Namespace) -> int:
    """Fly the phases of a card, or go on with a run; one that has ended says its decision again."""
    if options.resume:
        folder = named(options, options.resume, begun=False)
        refuse_rehearsal(folder)
        if folder.beginning() is None and folder.state().ended:
            return decide_ended(options, folder)
    if not options.yes:
        raise UsageError("a run changes the target: add --yes to say that you mean it")
    answers = given(options.answer)

    def objection(planned: Plan) -> None:
        phase_id(planned, options.phase)
        _refuse_unknown(planned, answers)

    async def fly(running: OpenRun) -> int:
        return await flown(running, answers.get, options)

    return asyncio.run(interruptible(lambda: in_control(options, fly, objection)))


def given(pairs: list[str]) -> dict[str, GivenAnswer]:
    """Read the answers `ID=NAME`; raises UsageError for one that is none."""
    found: dict[str, GivenAnswer] = {}
    for pair in pairs:
        name, equals, person = pair.partition("=")
        if not (name and equals and person.strip()):
            raise UsageError(f"--answer {pair!r} is no answer: write ID=NAME, as load-test=alice")
        found[name] = GivenAnswer(person.strip())
    return found


def _refuse_unknown(planned: Plan, answers: Mapping[str, GivenAnswer]) -> None:
    asking = [item.id for item in planned.gating() if isinstance(item.step, Confirm)]
    for name in answers:
        if name not in asking:
            known = ", ".join(asking) or "none"
            raise UsageError(
                f"--answer {name}: the card has no confirm step of that id; it has {known}"
            )
