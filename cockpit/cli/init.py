"""`cockpit init`: write a card to start from."""

import argparse
from pathlib import Path

from cockpit.card.packaged import init as write
from cockpit.cli.printing import print_json


def init(options: argparse.Namespace) -> int:
    """Write the packaged card; raises UsageError rather than overwrite a file. Returns 0."""
    path = Path(options.card)
    write(path)
    if options.json:
        print_json({"card": str(path)})
    else:
        print(f"wrote {path}: read it, set its environment variables, then: cockpit check {path}")
    return 0
