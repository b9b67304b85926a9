"""Rules that span a card's entries, beyond the form of each.

The rules read the raw values, not the model, so that they apply even if another part of the card
is malformed. They skip a value of the wrong type, which the model reports.
"""

from collections.abc import Callable, Iterator
from typing import Any

from cockpit.card.rules import (
    breakers,
    figures,
    monitors,
    names,
    order,
    secret,
    traffic,
    written_commands,
)
from cockpit.card.yaml.places import PathFault

Rule = Callable[[dict[str, Any]], Iterator[PathFault]]

RULES: tuple[Rule, ...] = (
    *names.RULES,
    *order.RULES,
    *traffic.RULES,
    *monitors.RULES,
    *figures.RULES,
    *breakers.RULES,
    *written_commands.RULES,
    *secret.RULES,
)


def faults(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Yield every fault that the rules find in the raw values of a card."""
    for rule in RULES:
        yield from rule(raw)
