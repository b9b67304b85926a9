"""Which checks of a list are looked at side by side, and which one after another."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from checks.core.base import Check, Scheduling
from cockpit.card.model.plan import Planned


def waves(items: Sequence[Planned]) -> Iterator[tuple[Planned, ...]]:
    """Give what is begun together, wave after wave; what disturbs others is a wave of its own."""
    for turn, group in groupby(sorted(items, key=_turn), key=_turn):
        if turn is Scheduling.EXCLUSIVE:
            yield from ((item,) for item in group)
        else:
            yield tuple(group)


def _turn(item: Planned) -> Scheduling:
    return item.step.scheduling() if isinstance(item.step, Check) else Scheduling.CONCURRENT
