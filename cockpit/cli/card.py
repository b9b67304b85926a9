"""init, validate, schema."""

import argparse
import json
from pathlib import Path


def init(options: argparse.Namespace) -> int:
    """Write the packaged card; refuses to overwrite one."""
    from cockpit.card.packaged import init as write  # noqa: PLC0415

    path = Path(options.card)
    write(path)
    print(
        f"wrote {path}: read it, set what it names in the environment, then: cockpit check {path}"
    )
    return 0


def validate(options: argparse.Namespace) -> int:
    """Read a card and say what it holds; its problems end the command with status 2."""
    from cockpit.card.load import load  # noqa: PLC0415
    from cockpit.errors import CardError  # noqa: PLC0415

    try:
        card = load(Path(options.card))
    except CardError as error:
        if options.json:
            problems = [
                {
                    "file": p.file,
                    "line": p.line,
                    "column": p.column,
                    "key": p.key,
                    "what": p.message,
                }
                for p in error.problems
            ]
            print(json.dumps({"valid": False, "problems": problems}))
        raise
    steps = sum(len(phase.steps) for phase in card.phases)
    if options.json:
        print(json.dumps({"valid": True, "service": card.service, "problems": []}))
    else:
        print(
            f"{options.card} is valid: {card.service}, {card.environment},"
            f" {len(card.preflight)} preflight checks,"
            f" {len(card.phases)} phases with {steps} steps,"
            f" {len(card.monitors)} monitors, {len(card.breakers)} breakers"
        )
    return 0


def schema(options: argparse.Namespace) -> int:
    """Print the card's JSON Schema."""
    from cockpit.card.schema import schema as made  # noqa: PLC0415

    print(json.dumps(made(), indent=2))
    return 0
