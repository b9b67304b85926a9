"""`cockpit verify`: check a journal's hash chain."""

import argparse
import sys

from cockpit.cli.find_run import named
from cockpit.cli.printing import say_json
from cockpit.foundation.errors import CockpitError
from cockpit.journal.journal_reader import verify as verified


def verify(options: argparse.Namespace) -> int:
    """Check the hash chain; a bad line is named, and ends the command with status 1."""
    run = named(options, options.run)
    try:
        found = verified(run.journal)
    except CockpitError as error:
        if options.json:
            number = getattr(error, "line_number", None)
            say_json({"run": run.id, "valid": False, "line": number, "what": str(error)})
        print(f"cockpit: {run.journal}: {error}", file=sys.stderr)
        return 1
    if options.json:
        said = {"run": run.id, "valid": True, "lines": found.lines, "head": found.head}
        say_json({**said, "torn": found.torn})
    else:
        torn = "; behind them the beginning of a line that was never finished" if found.torn else ""
        print(f"{run.id}: {found.lines} lines, the hash chain holds, head {found.head}{torn}")
    return 0
