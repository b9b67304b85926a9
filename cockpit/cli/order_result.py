"""Printing how a breaker or a rollback that was ordered without a screen has ended."""

import argparse

from checks.core.base import Outcome
from cockpit.cli.advice import advice
from cockpit.cli.document import document
from cockpit.cli.printing import aside, say_json
from cockpit.control.open_run import OpenRun

_STATUSES = {Outcome.PASSED: 0, Outcome.FAILED: 1}


def print_result(
    running: OpenRun, options: argparse.Namespace, what: str, outcome: Outcome, evidence: str
) -> int:
    """Print the outcome of `what`, and return the exit status: 0, 1, or 3 for unknown."""
    state, planned = running.session.state, running.engine.context.plan
    status = _STATUSES.get(outcome, 3)
    said = document(planned, state, running.decision())
    said["exit_status"], said["outcome"], said["evidence"] = status, outcome.value, evidence
    said["breakers"] = {
        name: {"status": found.status.value, "evidence": found.evidence}
        for name, found in state.breakers.items()
    }
    said["next"] = list(advice(options, planned, state, ())) if status else []
    for words in said["next"]:
        aside(f"next: {words}")
    if options.json:
        say_json(said)
    else:
        print(f"{what} {outcome}: {evidence}")
    return status
