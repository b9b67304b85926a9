"""`cockpit schema`: print the card's JSON Schema."""

import argparse
import json


def schema(options: argparse.Namespace) -> int:
    """Print the card's JSON Schema."""
    from cockpit.card.docs.schema import schema as made  # noqa: PLC0415

    print(json.dumps(made(), indent=2))
    return 0
