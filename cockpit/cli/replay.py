"""`cockpit replay`: what happened in a run, one line per event."""

import argparse
import sys

from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.cli.find_run import named
from cockpit.cli.printing import line
from cockpit.journal.journal_reader import read
from cockpit.projections.narration import describe_event


def replay(options: argparse.Namespace) -> int:
    """Print what happened, a line each; as JSON, the journal's own entries.

    Ends with status 3 at a line that is not as it was written; what stands before it is printed.
    """
    run = named(options, options.run)
    if options.json:
        with run.journal.open(encoding="utf-8") as lines:
            for _, row in zip(read(run.journal), lines, strict=False):
                sys.stdout.write(row)
        return 0
    planned = plan(loads(run.card.read_text(encoding="utf-8"), str(run.card)))
    for entry in run.entries():
        if told := describe_event(entry, planned):
            print(line(entry, told))
    return 0
