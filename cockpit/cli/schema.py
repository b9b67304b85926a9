"""`cockpit schema`: print the card's JSON Schema."""

import argparse
import json

from cockpit.card.docs.schema import schema as made


def schema(options: argparse.Namespace) -> int:
    """Print the card's JSON Schema; returns 0."""
    print(json.dumps(made(), indent=2))
    return 0
