"""`cockpit decide`: the decision on a run, and its reasons."""

import argparse
import sys
from pathlib import Path

from cockpit.card.load_card import load
from cockpit.card.model.plan import plan
from cockpit.cli.document import document
from cockpit.cli.find_run import card_of, named, newest_of, now_s, root
from cockpit.cli.printing import say_decision
from cockpit.foundation.errors import UnmeasuredError
from cockpit.projections.decision import decide as decide_now
from cockpit.runtime.run_folder import RunFolder


def decide(options: argparse.Namespace) -> int:
    """Say the decision and its reasons; the exit status is the decision's."""
    return _decided(options, _meant(options))


def decide_ended(options: argparse.Namespace, run: RunFolder) -> int:
    """Say once more how a run ended: there is nothing left to go on with."""
    print(f"run {run.id} has ended: this is its decision", file=sys.stderr)
    return _decided(options, run)


def _decided(options: argparse.Namespace, run: RunFolder) -> int:
    state = run.state()
    planned = plan(card_of(run, state))
    said = document(planned, state, decide_now(planned, state, now_s(state)))
    say_decision(said, as_json=options.json)
    status: int = said["exit_status"]
    return status


def _meant(options: argparse.Namespace) -> RunFolder:
    """Find the run that is meant: by its own name, or as the newest one of a card."""
    path = Path(options.what)
    if path.suffix not in (".yaml", ".yml"):
        return named(options, options.what)
    load(path)
    if found := newest_of(root(options), path):
        return found
    raise UnmeasuredError(f"HOLD: no run of {path} is in {root(options)}, nothing is known yet")
