"""Finding the run that a command names; its card, and the present time in it."""

import argparse
from datetime import datetime
from pathlib import Path

from cockpit.card.load_card import loads
from cockpit.card.model.card import Card
from cockpit.card.model.pace import paced
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import UnmeasuredError, UsageError
from cockpit.journal.events import CARD, COCKPIT
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
    """Find a run by its name, its folder, or `last`.

    Raises UsageError if there is no such run and, with `begun`, UnmeasuredError if its journal is
    empty.
    """
    if name != "last":
        run = find(root(options), name)
        if begun and not (run.journal.exists() and run.journal.stat().st_size):
            raise UnmeasuredError(f"run {run.id} never began: its journal is empty")
        return run
    newest = _newest(root(options), begun=begun)
    if newest is None:
        raise UsageError(f"there is no run in {root(options)} yet")
    return newest


def _newest(runs: Path, *, begun: bool) -> RunFolder | None:
    run = list(all_runs(runs)[:1])
    if not begun and runs.is_dir():
        made = (RunFolder(path) for path in runs.iterdir() if (path / BEGINNING).is_file())
        run += [run for run in made if not run.journal.exists()]
    return max(run, key=_age_ns, default=None)


def _age_ns(run: RunFolder) -> int:
    path = run.journal if run.journal.exists() else run.path / BEGINNING
    return path.stat().st_ctime_ns


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
