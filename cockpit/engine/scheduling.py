"""Which checks of a list run concurrently, and which one after another."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from checks.core.base import Check, Scheduling
from cockpit.card.model.plan import Planned
from cockpit.card.model.steps import Prove


def waves(items: Sequence[Planned]) -> Iterator[tuple[Planned, ...]]:
    """Yield the steps in waves that run together; an exclusive check is a wave of its own."""
    for turn, group in groupby(sorted(items, key=_turn), key=_turn):
        if turn is Scheduling.EXCLUSIVE:
            yield from ((item,) for item in group)
        else:
            yield tuple(group)


def _turn(item: Planned) -> Scheduling:
    if isinstance(item.step, Prove):
        return Scheduling.FINAL  # the checks before it are the first requests of a quiet service
    return item.step.scheduling() if isinstance(item.step, Check) else Scheduling.CONCURRENT
