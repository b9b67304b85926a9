"""The journal's head, noted outside the journal: a tail that is cut off is missed there.

The chain itself cannot tell that whole lines are missing at its end. So each step's folder notes
the number and the hash of the line that ended it, and the report those of the line before it.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from cockpit.foundation.own_files import read_regular, write_regular
from cockpit.journal import events as ev
from cockpit.journal.chain import Link
from cockpit.state import State, attempt_name

NAME = "journal-head"
REPORT = "report.md"
_IN_REPORT = re.compile(
    r"^Journal: (?P<seq>\d{1,9}) lines, head `(?P<hash>[0-9a-f]{64})`\.$", re.MULTILINE
)


def ended_attempt(state: State, event: ev.Event) -> str | None:
    """Return the name of the folder of the attempt that an event ends; None if it ends none."""
    if isinstance(event, ev.StepEnded | ev.StepDoubted):
        name = event.step
    elif isinstance(event, ev.BreakerEnded):
        name = f"breaker.{event.breaker}"
    else:
        return None
    return state.folders.get(attempt_name(name, event.attempt))


def note(folder: Path, head: Link) -> None:
    """Note a head in a folder that exists; a disk that refuses it stops nothing."""
    with suppress(OSError):
        if folder.is_dir():
            write_regular(folder / NAME, f"{head.seq} {head.hash}\n")


def noted(run: Path) -> Iterator[tuple[str, Link]]:
    """Yield the heads noted in the report and the folders of steps, each with where it stands."""
    with suppress(OSError, UnicodeDecodeError):
        if found := _IN_REPORT.search(read_regular(run / REPORT)):
            yield REPORT, Link(int(found["seq"]), found["hash"])
    for path in sorted((run / "steps").glob(f"*/{NAME}")):
        with suppress(OSError, ValueError):
            number, digest = read_regular(path).split()
            yield f"steps/{path.parent.name}", Link(int(number), digest)


def unrecorded_attempt(run: Path, state: State) -> str | None:
    """Return which attempt has a folder and no line in the journal, as a sentence; None if none.

    A step's folder is made only after the line of its intent is on the disk.
    """
    known = frozenset(state.folders.values())
    folders = sorted(path.name for path in (run / "steps").glob("*") if path.is_dir())
    if unknown := next((name for name in folders if name not in known), None):
        return (
            f"steps/{unknown} is of an attempt that the journal does not have: lines were cut off"
            " at its end, or a breaker was fired while the disk took none, which the next opening"
            " of the run takes in"
        )
    return None


def missing(run: Path, hashes: Mapping[int, str]) -> str | None:
    """Return which noted head the journal does not have, as a sentence; None if it has all."""
    for name, head in sorted(noted(run), key=lambda found: found[1].seq):
        if hashes.get(head.seq) != head.hash:
            return (
                f"{name} noted line {head.seq} with the head {head.hash}, which the journal"
                " does not have: lines were cut off at its end, or all of it was written anew"
            )
    return None
