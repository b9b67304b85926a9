"""Telling that the journal does not have what a command has done: on stderr, and by its status."""

from cockpit.cli.printing import print_aside
from cockpit.runtime.session import Session

STATUS = 3


def status_as_recorded(session: Session, status: int) -> int:
    """Return the exit status, which is not 0 while the journal does not have what was done."""
    return status or (STATUS if session.state.journal_fault else 0)


def print_unwritten(session: Session) -> None:
    """Print what the journal does not have, and what becomes of it."""
    if fault := session.state.journal_fault:
        print_aside(f"cockpit: THE RECORD IS NOT COMPLETE: {fault}")
        print_aside("cockpit: once the disk takes it, the next command on this run takes it in")
