"""Headless flights: the same orders as by keyboard, and a stop where a person is wanted."""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from cockpit.card.load_card import load, loads
from cockpit.card.model.plan import Plan, plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.advice import advice
from cockpit.cli.interrupt import interruptible, resumable
from cockpit.cli.parser import DEFAULT_CARD
from cockpit.cli.printing import aside, document, follow, going_on, say_decision
from cockpit.cli.records import decide_ended, named, newest_of, root
from cockpit.control.open_run import Opening, OpenRun, opened
from cockpit.engine.autopilot import Answers, Autopilot, GivenAnswer
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import CockpitError, UsageError
from cockpit.projections.decision import Decision, Word
from cockpit.projections.narration import title
from cockpit.runtime.environment import login_name
from cockpit.runtime.run_folder import Beginning, RunFolder, create
from cockpit.state import StepStatus

SETTLE_S = 10.0
Objection = Callable[[Plan], None]


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
        _phase_of(planned, options.phase)
        _refuse_unknown(planned, answers)

    async def fly(running: OpenRun) -> int:
        return await flown(running, answers.get, options)

    return asyncio.run(interruptible(lambda: in_control(options, fly, objection)))


def refuse_rehearsal(folder: RunFolder) -> None:
    """Raise UsageError for a rehearsal's run: its world is not here, and what is here is real."""
    begun = folder.beginning() or folder.state().run
    if begun is not None and begun.rehearsal:
        raise UsageError(
            f"run {folder.id} is a rehearsal, and this would act on what is real: go on with it by"
            f" cockpit rehearse --resume {folder.id}"
        )


def _refuse_another(folder: RunFolder, options: argparse.Namespace) -> None:
    """Raise UsageError where the card that is named goes live with something else than the run."""
    run, name = folder.state().run, getattr(options, "card", DEFAULT_CARD)
    if run is None or name == DEFAULT_CARD:
        return
    path = Path(name)
    try:
        card = load(path)
    except CockpitError:
        return  # the run has its own copy: an edited card must not keep anybody from going back
    if (card.service, card.environment) != (run.service, run.environment):
        raise UsageError(
            f"run {folder.id} is of {run.service} in {run.environment}, and {path} is of"
            f" {card.service} in {card.environment}: name the run's own card, or another run"
        )


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


def _phase_of(planned: Plan, phase: str | None) -> str | None:
    """Give the section that `phase` names; raises UsageError with what there is."""
    if phase is None or phase.lower() in {section.id for section in planned.phases}:
        return phase.lower() if phase else None
    names = ", ".join(section.id.upper() for section in planned.phases)
    raise UsageError(f"the card has no phase {phase!r}; it has {names}")


async def flown(running: OpenRun, answers: Answers, options: argparse.Namespace) -> int:
    """Fly to the end, to a stop or to a person; say the decision, give its exit status."""
    follow(running)
    planned, session = running.engine.context.plan, running.session
    if session.state.resumes:
        ongoing = ", ".join(title(planned, name) for name in session.state.of(StepStatus.RUNNING))
        aside(f"back in run {running.folder.id}; not ended yet: {ongoing or 'nothing'}")
    phase = _phase_of(planned, getattr(options, "phase", None))
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


async def in_control(
    options: argparse.Namespace,
    work: Callable[[OpenRun], Awaitable[int]],
    objection: Objection | None = None,
    *,
    goes_on: bool = True,
    watches: bool = True,
) -> int:
    """Open the run that is meant and do `work` in control of it.

    `objection` sees the plan first, and raises UsageError before anything was begun. Only what
    `goes_on` goes forward from where a cut-off stage stood, only what `watches` polls monitors.
    """
    opening, beginning = opening_of(options, dict(os.environ), objection=objection)
    opening = replace(opening, goes_on=goes_on, watches=watches)
    folder = opening.folder
    with resumable(folder, going_on(options, folder.id, rehearsal=False)):
        aside(f"run {folder.id} in {folder.path}")
        async with opened(opening, beginning) as running:
            return await work(running)


def opening_of(
    options: argparse.Namespace,
    env: Mapping[str, str],
    *,
    new: bool | None = None,
    objection: Objection | None = None,
) -> tuple[Opening, Beginning | None]:
    """Give what opens the run that is meant: the one named, one that goes on, or a new one.

    `cockpit run` begins a new run; a breaker or a rollback, and the screen, go on with an
    unfinished one of the same card when there is one.
    """
    operator = options.operator or login_name()
    folder, beginning = _folder(options, new=new, objection=objection)
    begun = beginning or folder.state().run
    workplace = Path(begun.card if begun else ".").resolve().parent
    return Opening(folder, operator, env, workplace, SystemClock()), beginning


def _folder(
    options: argparse.Namespace, *, new: bool | None, objection: Objection | None
) -> tuple[RunFolder, Beginning | None]:
    if options.resume:
        folder = named(options, options.resume, begun=False)
        if not getattr(options, "touches_nothing", False):
            refuse_rehearsal(folder)
        _refuse_another(folder, options)
        if objection:
            objection(plan(loads(folder.card.read_text(encoding="utf-8"), str(folder.card))))
        return folder, folder.beginning()
    path, runs = Path(options.card), root(options)
    card = load(path)
    if objection:
        objection(plan(card))
    begin_new = hasattr(options, "yes") if new is None else new
    if before := _going_on(options, path, begin_new=begin_new):
        return before, None
    if getattr(options, "undoes", False):
        raise UsageError(f"nothing to undo: no run of {path} in {runs} has left anything changed")
    text = path.read_text(encoding="utf-8")
    beginning = Beginning(str(path.resolve()))
    return create(runs, text, SystemClock().utc(), beginning), beginning


def _going_on(options: argparse.Namespace, path: Path, *, begin_new: bool) -> RunFolder | None:
    """Give the card's newest run when it is the one that is meant; None for a new one.

    One that somebody is in control of always is: opening it says who. One that has ended is so for
    a rollback alone, when it has left something to undo.
    """
    before = newest_of(root(options), path)
    if before is None or before.holder():
        return before
    state = before.state()
    if state.ended:
        return before if state.changed and getattr(options, "undoes", False) else None
    if begin_new:
        again = going_on(options, before.id, rehearsal=False)
        aside(f"run {before.id} of this card stays unfinished; to go on with it instead: {again}")
        return None
    return before
