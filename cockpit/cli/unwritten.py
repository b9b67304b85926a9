"""Telling that the record of what was done is not on its disk: on stderr, and by the status."""

import argparse

from cockpit.cli.find_run import root
from cockpit.cli.printing import print_aside
from cockpit.control.open_run import OpenRun
from cockpit.foundation.second_place import existing_places

STATUS = 3


def status_as_recorded(running: OpenRun, options: argparse.Namespace, status: int) -> int:
    """Return the exit status, which is not 0 while the disk does not have what was done."""
    on_disk = not (running.session.state.journal_fault or _is_elsewhere(running, options))
    return status or (0 if on_disk else STATUS)


def print_unwritten(running: OpenRun, options: argparse.Namespace) -> None:
    """Print what the disk does not have, and what becomes of it."""
    if fault := running.session.state.journal_fault:
        print_aside(f"cockpit: THE RECORD IS NOT COMPLETE: {fault}")
        print_aside("cockpit: once the disk takes it, the next command on this run takes it in")
    if _is_elsewhere(running, options):
        print_aside(
            f"cockpit: THE RECORD IS NOT ON ITS DISK: {root(options)} took no new run, so this one"
            f" is in {running.folder.path}, which a restart of the machine may empty: copy it"
        )


def _is_elsewhere(running: OpenRun, options: argparse.Namespace) -> bool:
    """Whether the run was begun in a second place, since the disk of the runs took none."""
    return running.folder.path.parent in existing_places(root(options))
