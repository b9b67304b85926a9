"""`cockpit verify`: check a journal's hash chain."""

import argparse
import sys

from checks.core.text import count_of
from cockpit.cli.find_run import named
from cockpit.cli.printing import print_json
from cockpit.foundation.errors import CockpitError, JournalError
from cockpit.journal.journal_reader import read
from cockpit.journal.journal_reader import verify as verified
from cockpit.runtime.noted_heads import missing, unrecorded_attempt
from cockpit.runtime.run_folder import RunFolder


def verify(options: argparse.Namespace) -> int:
    """Print whether the hash chain is intact and ends where it was noted; return 0 if so, else 1.

    The chain alone cannot tell that lines are missing at its end: the heads can that each step's
    folder has noted, and the one that `--head` gives.
    """
    run = named(options, options.run)
    try:
        journal = verified(run.journal)
        _refuse_cut_tail(run, options.head)
    except CockpitError as error:
        if options.json:
            number = getattr(error, "line_number", None)
            print_json({"run": run.id, "valid": False, "line": number, "what": str(error)})
        print(f"cockpit: {run.journal}: {error}", file=sys.stderr)
        return 1
    if options.json:
        result = {"run": run.id, "valid": True, "lines": journal.lines, "head": journal.head}
        print_json({**result, "torn": journal.torn})
    else:
        torn = "; after them the start of a line that was never finished" if journal.torn else ""
        chain = f"{count_of(journal.lines, 'line')}, the hash chain holds, head {journal.head}"
        print(f"{run.id}: {chain}{torn}")
    return 0


def _refuse_cut_tail(run: RunFolder, head: str | None) -> None:
    """Raise JournalError if a head that was noted elsewhere is not in the journal."""
    hashes = {line.seq: line.hash for line in read(run.journal)}
    if head and not any(digest.startswith(head.lower()) for digest in hashes.values()):
        raise JournalError(
            f"the journal has no line with the head {head}: lines were cut off at its end, or all"
            " of it was written anew"
        )
    if what := missing(run.path, hashes) or unrecorded_attempt(run.path, run.state()):
        raise JournalError(what)
