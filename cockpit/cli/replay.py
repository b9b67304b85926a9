"""`cockpit replay`: what happened in a run, one line per event."""

import argparse
import os
import sys

from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.cli.find_run import named
from cockpit.cli.printing import news_line
from cockpit.foundation.own_files import open_regular
from cockpit.journal.journal_reader import read
from cockpit.projections.narration import describe_event


def replay(options: argparse.Namespace) -> int:
    """Print a line for each event or, with `--json`, the journal's own entries. Returns 0.

    Raises JournalError at a line that was altered, after it has printed the lines before it.
    """
    run = named(options, options.run)
    if options.json:
        with os.fdopen(open_regular(run.journal, os.O_RDONLY), encoding="utf-8") as lines:
            for _, row in zip(read(run.journal), lines, strict=False):
                sys.stdout.write(row)
        return 0
    planned = plan(loads(run.card_text(), str(run.card)))
    for entry in run.entries():
        if news := describe_event(entry, planned):
            print(news_line(entry, news))
    return 0
