"""Finding the run that a command names; its card, and the present time in it."""

import argparse
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cockpit.card import packaged
from cockpit.card.load_card import load, loads
from cockpit.card.model.card import Card
from cockpit.card.model.pace import paced
from cockpit.cli.arguments import DEFAULT_CARD
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import CockpitError, UnmeasuredError, UsageError
from cockpit.journal.events import CARD, COCKPIT, RunStarted
from cockpit.runtime.environment import boot_id, login_name
from cockpit.runtime.run_folder import BEGINNING, RunFolder, default_root, find
from cockpit.runtime.run_folder import runs as all_runs
from cockpit.state import State


def root(options: argparse.Namespace) -> Path:
    """Return the folder that holds the runs."""
    return Path(options.runs) if options.runs else default_root()


def operator(options: argparse.Namespace) -> str:
    """Return who gives the orders; raises UsageError for a name that no person may take."""
    name: str = options.operator or login_name()
    if name.strip().casefold() in (CARD, COCKPIT):
        raise UsageError(f"--as {name!r}: in the record that is no person; give your own name")
    return name


def named(options: argparse.Namespace, name: str, *, begun: bool = True) -> RunFolder:
    """Find a run by its name, its folder, or `last`: the newest of the command's card.

    Raises UsageError if there is no such run and, with `begun`, UnmeasuredError if its journal is
    empty.
    """
    if name != "last":
        found = find(root(options), name)
        if begun and not (found.journal.exists() and found.journal.stat().st_size):
            raise UnmeasuredError(f"run {found.id} never began: its journal is empty")
        return found
    runs = sorted(_last(root(options), begun=begun), key=RunFolder.started_at, reverse=True)
    if not runs:
        raise UsageError(f"there is no run in {root(options)} yet")
    if (meant := _meant(options)) is None:
        return runs[0]
    if (run := next((run for run in runs if _place(run) == meant), None)) is not None:
        return run
    if getattr(options, "card", "") == DEFAULT_CARD:  # it was not named, it happens to be here
        return runs[0]
    raise UsageError(_none_of(meant, runs[0], root(options)))


def _last(runs: Path, *, begun: bool) -> list[RunFolder]:
    """Return the runs, without `begun` also those whose first line was never written."""
    found = list(all_runs(runs))
    if not begun and runs.is_dir():
        made = (RunFolder(path) for path in runs.iterdir() if (path / BEGINNING).is_file())
        found += [run for run in made if not run.journal.exists()]
    return found


def _meant(options: argparse.Namespace) -> tuple[str, str] | None:
    """Return service and environment of the command's card; None if it names none that is read."""
    if hasattr(options, "scenario"):
        return packaged.card().service, "rehearsal"
    path = Path(getattr(options, "card", "") or "")
    if path.is_file():
        with suppress(CockpitError):
            card = load(path)
            return card.service, card.environment.value
    return None


def _place(run: RunFolder) -> tuple[str, str] | None:
    """Return service and environment of a run; None if neither journal nor card can be read."""
    with suppress(CockpitError, OSError):
        first = next(run.entries(), None) if run.journal.exists() else None
        if first is not None and isinstance(first.event, RunStarted):
            return first.event.service, first.event.environment
        began, card = run.began(), loads(run.card_text(), str(run.card))
        rehearsal = began is not None and began.rehearsal
        return card.service, "rehearsal" if rehearsal else card.environment.value
    return None


def _none_of(meant: tuple[str, str], newest: RunFolder, runs: Path) -> str:
    service, environment = meant
    of = _place(newest)
    said = f" of {of[0]} in {of[1]}" if of else ""
    began = newest.began()
    again = f"cockpit rehearse --resume {newest.id}"
    hint = f"; to resume that rehearsal: {again}" if began and began.rehearsal else ""
    return (
        f"there is no run of {service} in {environment} in {runs}; the newest is {newest.id}{said}"
        f"{hint}"
    )


def newest_run_of(runs: Path, card: Path) -> RunFolder | None:
    """Return a card's newest run, no rehearsal; None if it has none. Reads no journal."""
    for run in all_runs(runs):
        began = run.began()
        if began and not began.rehearsal and began.card == str(card.resolve()):
            return run
    return None


def card_of(run: RunFolder, state: State) -> Card:
    """Return the run's card as it was begun or accepted, its waits shortened by the run's speed.

    Raises JournalError if it was edited since and is not kept.
    """
    card = loads(run.card_as_run(state), str(run.card))
    return paced(card, state.run.speed if state.run else 1.0)


def utc_now() -> datetime:
    """Return the present instant."""
    return SystemClock().utc()


def now_s(state: State) -> float:
    """Return the seconds of the run until now; after a reboot, by the wall clock."""
    if state.boot == boot_id():
        return SystemClock().monotonic() + state.offset_s
    if not state.last_at:
        return state.now_s
    gap_s = (SystemClock().utc() - datetime.fromisoformat(state.last_at)).total_seconds()
    return state.now_s + max(0.0, gap_s)
