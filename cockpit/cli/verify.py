"""`cockpit verify`: check a journal's hash chain."""

import argparse
import sys

from cockpit.cli.find_run import named
from cockpit.cli.printing import print_json
from cockpit.foundation.errors import CockpitError
from cockpit.journal.journal_reader import verify as verified


def verify(options: argparse.Namespace) -> int:
    """Print whether the hash chain is intact; return 0 if it is, else 1."""
    run = named(options, options.run)
    try:
        journal = verified(run.journal)
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
        print(f"{run.id}: {journal.lines} lines, the hash chain holds, head {journal.head}{torn}")
    return 0
