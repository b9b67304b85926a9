"""Headless flights: run, breaker, rollback; the same orders as by keyboard."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from checks.base import Outcome
from cockpit.card.load import load
from cockpit.card.steps import Part
from cockpit.cli.records import named, root
from cockpit.cli.words import document, follow, say_decision
from cockpit.clock import SystemClock
from cockpit.decision import Decision, Word
from cockpit.engine import orders
from cockpit.engine.autopilot import Answers, Autopilot, Given
from cockpit.errors import UsageError
from cockpit.run import Opening, Running, opened
from cockpit.runs import Beginning, RunFolder, create, unfinished
from cockpit.state import BreakerStatus
from cockpit.world import login_name

SETTLE_S = 10.0


def run(options: argparse.Namespace) -> int:
    """Fly the phases of a card, or go on with a run."""
    if options.resume:
        folder = named(options, options.resume)
        begun = folder.beginning() or folder.state().run
        if begun and begun.rehearsal:
            from cockpit.cli.rehearse import resume  # noqa: PLC0415

            return resume(options)
    if not options.yes:
        raise UsageError("a run changes the target: add --yes to say that you mean it")
    answers = given(options.answer)

    async def fly(running: Running) -> int:
        return await flown(running, answers.get, options)

    return asyncio.run(interruptible(lambda: _with(options, fly)))


def given(pairs: list[str]) -> dict[str, Given]:
    """Read the answers `ID=NAME`; raises UsageError for one that is none."""
    found: dict[str, Given] = {}
    for pair in pairs:
        name, equals, person = pair.partition("=")
        if not (name and equals and person.strip()):
            raise UsageError(f"--answer {pair!r} is no answer: write ID=NAME, as load-test=alice")
        found[name] = Given(person.strip())
    return found


async def flown(running: Running, answers: Answers, options: argparse.Namespace) -> int:
    """Fly to the end, to a stop or to a person; say the decision, give its exit status."""
    if not options.json:
        print(f"run {running.folder.id} in {running.folder.path}", file=sys.stderr)
    follow(running)
    phase = getattr(options, "phase", None)
    planned = running.engine.context.plan
    if phase and phase.lower() not in {section.id for section in planned.phases}:
        names = ", ".join(section.id.upper() for section in planned.phases)
        raise UsageError(f"the card has no phase {phase!r}; it has {names}")
    wanted = await Autopilot(running.engine, answers, phase.lower() if phase else None).fly()
    await _settled(running)
    decision = await running.conclude()
    for name in wanted:
        print(
            f"{name} wants a person's word: give --answer {name}=NAME,"
            f" with --resume {running.folder.id}",
            file=sys.stderr,
        )
    said = document(planned, running.session.state, decision)
    said["waits_for"] = list(wanted)
    status = _status(running, decision, phase)
    said["exit_status"] = status
    say_decision(decision, said, as_json=options.json)
    return status


def _status(running: Running, decision: Decision, phase: str | None) -> int:
    """Give the exit status: the decision's; a run that was to end after a phase is judged by it."""
    section = running.session.state.sections.get((phase or "").lower())
    if section and section.ended_s is not None and decision.word is not Word.NO_GO:
        return 0
    return decision.word.exit_status


async def _settled(running: Running) -> None:
    """Give monitors that are just blind or breaching a moment to show what they are."""
    deadline = running.session.now_s() + SETTLE_S
    subjects = {monitor.monitor for monitor in running.engine.context.plan.monitors}
    while running.session.now_s() < deadline:
        reasons = running.decision().reasons
        if not reasons or any(reason.subject not in subjects for reason in reasons):
            return
        await asyncio.sleep(0.2)


def breaker(options: argparse.Namespace) -> int:
    """Fire one breaker of a card's unfinished run (or of a new one), and see its effect."""

    async def fire(running: Running) -> int:
        follow(running)
        await running.engine.order(orders.Arm(options.name, options.argument))
        await running.engine.order(orders.Fire(options.name))
        done = (BreakerStatus.VERIFIED, BreakerStatus.FAILED)
        state = await running.session.until(lambda now: now.breakers[options.name].status in done)
        found = state.breakers[options.name]
        print(f"{options.name} {found.status}: {found.evidence}", file=sys.stderr)
        _say(running, options)
        return 0 if found.status is BreakerStatus.VERIFIED else 1

    return asyncio.run(interruptible(lambda: _with(options, fire)))


def rollback(options: argparse.Namespace) -> int:
    """Bring back what a card's unfinished run has changed."""
    parts = () if options.plan == "all" else (Part(options.plan),)

    async def back(running: Running) -> int:
        follow(running)
        reason = f"ordered by {running.session.operator}"
        await running.engine.order(orders.RollBack(reason, parts))
        state = await running.session.until(
            lambda now: now.rollback is not None and now.rollback.outcome is not None
        )
        await running.conclude()
        _say(running, options)
        assert state.rollback is not None
        outcome = state.rollback.outcome or Outcome.UNKNOWN
        return {Outcome.PASSED: 0, Outcome.FAILED: 1}.get(outcome, 3)

    return asyncio.run(interruptible(lambda: _with(options, back)))


def _say(running: Running, options: argparse.Namespace) -> None:
    decision = running.decision()
    said = document(running.engine.context.plan, running.session.state, decision)
    said["breakers"] = {
        name: {"status": found.status.value, "evidence": found.evidence}
        for name, found in running.session.state.breakers.items()
    }
    if options.json:
        say_decision(decision, said, as_json=True)


async def _with(options: argparse.Namespace, work: Callable[[Running], Awaitable[int]]) -> int:
    """Open the run that is meant, do `work` in control of it."""
    opening, beginning = opening_of(options, dict(os.environ))
    async with opened(opening, beginning) as running:
        return await work(running)


def opening_of(
    options: argparse.Namespace, env: Mapping[str, str], *, new: bool | None = None
) -> tuple[Opening, Beginning | None]:
    """Give what opens the run that is meant: the one named, an unfinished one, or a new one.

    `cockpit run` begins a new run; a breaker or a rollback, and the screen, go on with an
    unfinished one of the same card when there is one.
    """
    operator = options.operator or login_name()
    folder, beginning = _folder(options, new=new)
    begun = beginning or folder.state().run
    workplace = Path(begun.card if begun else ".").resolve().parent
    return Opening(folder, operator, env, workplace, SystemClock()), beginning


def _folder(options: argparse.Namespace, *, new: bool | None) -> tuple[RunFolder, Beginning | None]:
    if options.resume:
        folder = named(options, options.resume)
        return folder, folder.beginning()
    path, runs = Path(options.card), root(options)
    load(path)
    begin_new = hasattr(options, "yes") if new is None else new
    before = unfinished(runs, path)
    if before and (before.holder() or not begin_new):
        return before, None
    text = path.read_text(encoding="utf-8")
    beginning = Beginning(str(path.resolve()))
    return create(runs, text, SystemClock().utc(), beginning), beginning


async def interruptible(work: Callable[[], Awaitable[int]]) -> int:
    """Do `work`; a request to end (SIGTERM) ends it as Ctrl-C does, in good order."""
    task = asyncio.ensure_future(work())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
