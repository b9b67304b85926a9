"""`cockpit init`: write a card to start from."""

import argparse
from pathlib import Path

from cockpit.card.packaged import init as write


def init(options: argparse.Namespace) -> int:
    """Write the packaged card; refuses to overwrite one."""
    path = Path(options.card)
    write(path)
    print(
        f"wrote {path}: read it, set what it names in the environment, then: cockpit check {path}"
    )
    return 0
