"""Opening the run that a headless command acts on, and working in control of it."""

import argparse
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from cockpit.card.load_card import load, loads
from cockpit.card.model.plan import Plan, plan
from cockpit.cli.arguments import DEFAULT_CARD
from cockpit.cli.find_run import named, newest_of, root
from cockpit.cli.interrupt import resumable
from cockpit.cli.printing import aside, going_on
from cockpit.control.open_run import Opening, OpenRun, opened
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import CockpitError, UsageError
from cockpit.runtime.environment import login_name
from cockpit.runtime.run_folder import Beginning, RunFolder, create

Objection = Callable[[Plan], None]


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
