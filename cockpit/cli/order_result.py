"""Printing how a breaker or a rollback that was ordered without a screen has ended."""

import argparse

from checks.core.base import Outcome
from cockpit.cli.advice import advice
from cockpit.cli.printing import print_aside, print_json
from cockpit.cli.run_document import document
from cockpit.cli.unwritten import status_as_recorded
from cockpit.control.open_run import OpenRun

_STATUSES = {Outcome.PASSED: 0, Outcome.FAILED: 1}


def print_result(
    running: OpenRun, options: argparse.Namespace, what: str, outcome: Outcome, evidence: str
) -> int:
    """Print the outcome of `what`, and return the exit status: 0, 1, or 3 for unknown.

    It is 3 as well where the disk does not have the record of it.
    """
    state, planned = running.session.state, running.engine.context.plan
    status = status_as_recorded(running, options, _STATUSES.get(outcome, 3))
    result = document(planned, state, running.decision())
    result["exit_status"], result["outcome"], result["evidence"] = status, outcome.value, evidence
    result["breakers"] = {
        name: {"status": breaker.status.value, "evidence": breaker.evidence}
        for name, breaker in state.breakers.items()
    }
    result["next"] = list(advice(options, planned, state, ())) if status else []
    for advice_line in result["next"]:
        print_aside(f"next: {advice_line}")
    if options.json:
        print_json(result)
    else:
        print(f"{what} {outcome}: {evidence}")
    return status
