"""Opening the run that a headless command acts on, and working in control of it."""

import argparse
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from cockpit.card.load_card import load, loads
from cockpit.card.model.plan import Plan, plan
from cockpit.cli.arguments import DEFAULT_CARD
from cockpit.cli.find_run import named, newest_run_of, operator, root
from cockpit.cli.interrupt import resumable
from cockpit.cli.printing import print_aside, print_head, resume_command
from cockpit.cli.unwritten import print_unwritten, status_as_recorded
from cockpit.control.open_run import Opening, OpenRun, opened
from cockpit.engine.orders import GoesOn
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import CockpitError, JournalError, UsageError
from cockpit.runtime.run_folder import Beginning, RunFolder, create, create_anywhere

PlanValidator = Callable[[Plan], None]


async def in_control(
    options: argparse.Namespace,
    work: Callable[[OpenRun], Awaitable[int]],
    validate: PlanValidator | None = None,
    *,
    goes_on: bool = True,
    watches: bool = True,
) -> int:
    """Open the run that the command line means, do `work` in control of it, return its status.

    `validate` gets the plan first, and raises UsageError before anything has begun. With `goes_on`
    a stage that was cut off continues; with `watches` the monitors are polled.
    """
    opening, beginning = opening_of(options, dict(os.environ), validate=validate)
    how_far = GoesOn.STAGE if goes_on else GoesOn.NOTHING
    opening = replace(opening, goes_on=how_far, watches=watches)
    folder = opening.folder
    with resumable(folder, resume_command(options, folder.id, rehearsal=False)):
        print_aside(f"run {folder.id} in {folder.path}")
        async with opened(opening, beginning) as running:
            status = await work(running)
        print_head(options, folder.id, running.session.head)
        print_unwritten(running, options)
        return status_as_recorded(running, options, status)


def opening_of(
    options: argparse.Namespace,
    env: Mapping[str, str],
    *,
    new: bool | None = None,
    validate: PlanValidator | None = None,
) -> tuple[Opening, Beginning | None]:
    """Return what opens the run: the one to resume, an unfinished one, or a new one.

    `cockpit run` begins a new run. A breaker, a rollback and the screen continue an unfinished run
    of the same card, if there is one. The second value is how a new run begins, else None.
    """
    name = operator(options)
    folder, beginning = _folder(options, new=new, validate=validate)
    begun = beginning or folder.state().run
    workplace = Path(begun.card if begun else ".").resolve().parent
    clock, accepts = SystemClock(), options.accept_card or ""
    return Opening(folder, name, env, workplace, clock, accepts=accepts), beginning


def _folder(
    options: argparse.Namespace, *, new: bool | None, validate: PlanValidator | None
) -> tuple[RunFolder, Beginning | None]:
    if options.resume:
        folder = named(options, options.resume, begun=False)
        if not getattr(options, "touches_nothing", False):
            refuse_rehearsal(folder)
        _refuse_other_service(folder, options)
        if validate:
            validate(plan(loads(_text_to_run(folder, options), str(folder.card))))
        return folder, folder.beginning()
    path, runs = Path(options.card), root(options)
    card = load(path)
    if validate:
        validate(plan(card))
    begin_new = hasattr(options, "phase") if new is None else new
    if before := _run_to_continue(options, path, begin_new=begin_new):
        return before, before.beginning()
    if getattr(options, "undoes", False) and not options.anyway:
        nothing = f"nothing to undo: no run of {path} in {runs} has left anything changed"
        raise UsageError(f"{nothing}; `--anyway` rolls back all the same")
    text = path.read_text(encoding="utf-8")
    beginning = Beginning(str(path.resolve()))
    make = create_anywhere if getattr(options, "never_waits", False) else create
    return make(runs, text, SystemClock().utc(), beginning), beginning


def _text_to_run(folder: RunFolder, options: argparse.Namespace) -> str:
    state = folder.state()
    kept = None if options.accept_card else folder.kept_card(state.card_sha256)
    return kept or folder.card_text()


def _run_to_continue(
    options: argparse.Namespace, path: Path, *, begin_new: bool
) -> RunFolder | None:
    """Return the card's newest run if it is the one to continue; None for a new run.

    A run that somebody controls is always returned: opening it says who. A run that has ended is
    returned only for a rollback, and only if it has left something to undo.
    """
    before = newest_run_of(root(options), path)
    if before is None or before.holder():
        return before
    try:
        state = before.state()
    except JournalError as error:
        if not getattr(options, "never_waits", False):
            raise
        print_aside(
            f"the journal of run {before.id} is damaged: {error}. It is left as it is, and this"
            " order gets a run of its own; whether that one has fired the breaker is not known"
        )
        return None
    if state.ended:
        return before if state.changed and getattr(options, "undoes", False) else None
    if begin_new:
        again = resume_command(options, before.id, rehearsal=False)
        print_aside(f"run {before.id} of this card stays unfinished; to resume it instead: {again}")
        return None
    return before


def refuse_rehearsal(folder: RunFolder) -> None:
    """Raise UsageError if the run is a rehearsal: this command would act on real systems."""
    begun = folder.beginning() or folder.state().run
    if begun is not None and begun.rehearsal:
        raise UsageError(
            f"run {folder.id} is a rehearsal; this command acts on real systems. Resume it with:"
            f" cockpit rehearse --resume {folder.id}"
        )


def _refuse_other_service(folder: RunFolder, options: argparse.Namespace) -> None:
    """Raise UsageError if the card on the command line is of another service or environment."""
    run, name = folder.state().run, getattr(options, "card", DEFAULT_CARD)
    if run is None or name == DEFAULT_CARD:
        return
    path = Path(name)
    try:
        card = load(path)
    except CockpitError:
        return  # the run has its own copy: a broken card must not prevent a rollback
    if (card.service, card.environment) != (run.service, run.environment):
        raise UsageError(
            f"run {folder.id} belongs to {run.service} in {run.environment}, but {path} is for"
            f" {card.service} in {card.environment}: use the run's own card, or another run"
        )
