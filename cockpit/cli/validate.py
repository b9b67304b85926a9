"""`cockpit validate`: check a card's text and touch nothing else."""

import argparse
import json
import sys
from pathlib import Path

from checks.core.text import count_of
from cockpit.card.load_card import load
from cockpit.foundation.errors import CardError, Problem
from cockpit.foundation.redaction import clean


def validate(options: argparse.Namespace) -> int:
    """Print what a card holds and return 0, or all of its problems at once and return 2."""
    try:
        card = load(Path(options.card))
    except CardError as error:
        return _invalid(error, as_json=options.json)
    steps = sum(len(phase.steps) for phase in card.phases)
    if options.json:
        print(json.dumps({"valid": True, "service": card.service, "problems": []}))
    else:
        summary = (
            f"{options.card} is valid: {card.service}, {card.environment},"
            f" {count_of(len(card.preflight), 'preflight check')},"
            f" {count_of(len(card.phases), 'phase')} with {count_of(steps, 'step')},"
            f" {monitors_to_prove(len(card.monitors))}, {count_of(len(card.breakers), 'breaker')}"
        )
        print(clean(summary))
    return 0


def monitors_to_prove(count: int) -> str:
    """Return how many monitors there are, and that each is to be proven."""
    each = {0: "", 1: ", to be proven"}.get(count, ", each to be proven")
    proven = f"{each} by a test trip in the preflight" if count else ""
    return f"{count_of(count, 'monitor')}{proven}"


def _invalid(error: CardError, *, as_json: bool) -> int:
    for problem in error.problems:
        print(f"cockpit: {clean(str(problem))}", file=sys.stderr)
    if as_json:
        problems = [_row(problem) for problem in error.problems]
        print(json.dumps({"valid": False, "problems": problems}))
    else:
        count = count_of(len(error.problems), "problem")
        print(f"cockpit: {count}, nothing was touched", file=sys.stderr)
    return error.exit_status


def _row(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "key": problem.key,
        "what": problem.message,
    }
