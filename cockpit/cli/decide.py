"""`cockpit decide`: the decision on a run, and its reasons."""

import argparse
import sys
from pathlib import Path

from cockpit.card.load_card import load
from cockpit.card.model.plan import plan
from cockpit.cli.find_run import card_of, named, newest_run_of, now_s, root
from cockpit.cli.printing import print_decision
from cockpit.cli.run_document import document
from cockpit.foundation.errors import UnmeasuredError
from cockpit.projections.decision import decide as decide_now
from cockpit.runtime.run_folder import RunFolder


def decide(options: argparse.Namespace) -> int:
    """Print the decision and its reasons, and return the decision's exit status."""
    return _print_decision_of(options, _run_named(options))


def decide_ended(options: argparse.Namespace, run: RunFolder) -> int:
    """Print the decision of a run that has ended and cannot be resumed; return its exit status."""
    print(f"run {run.id} has ended: this is its decision", file=sys.stderr)
    return _print_decision_of(options, run)


def _print_decision_of(options: argparse.Namespace, run: RunFolder) -> int:
    state = run.state()
    planned = plan(card_of(run, state))
    result = document(planned, state, decide_now(planned, state, now_s(state)))
    rehearsal = state.run is not None and state.run.rehearsal
    which = f": {run.id}, a rehearsal" if rehearsal else ""
    print_decision(result, as_json=options.json, which=which)
    status: int = result["exit_status"]
    return status


def _run_named(options: argparse.Namespace) -> RunFolder:
    """Find a run by its name, or the newest run of a card; raises UnmeasuredError for none."""
    path = Path(options.what)
    if path.suffix not in (".yaml", ".yml"):
        return named(options, options.what)
    load(path)
    if run := newest_run_of(root(options), path):
        return run
    raise UnmeasuredError(f"HOLD: {root(options)} has no run of {path}, nothing is known yet")
