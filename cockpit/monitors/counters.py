"""How much each counter grew from one page to the next. Pure.

A counter belongs to a process, so each series is followed alone and only increments are added up:

- A value lower than before: the process restarted, and counted from zero to where it is now.
- A series that a page before did not have: its first event fell in between (clients make a
  labelled series at its first event), so its whole value counts. On the very first page nothing
  counts: nobody knows when it happened. Prometheus's `rate` misses that first value, which is how
  the first 5xx of a canary stays unseen there. The price: a process that had counted before its
  series came onto this page brings all of that at once.
- A series that vanishes keeps its last value in mind, for as long as the counters are followed:
  one that comes back goes on from there, or has restarted.

The page must be of one process, or of one that gathers them all: behind a balancer each scrape
would meet another process, and look like a restart.
"""

import math
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cockpit.monitors.exposition import MAX_SERIES, Labels, MetricSample, MetricsPage

C = TypeVar("C", bound=Hashable)


class Counters(Generic[C]):
    """Follows the series of one family; `names` are its lines' possible names, the best first.

    `cell` says where a series counts, None for one that does not belong; it is asked once a series.
    It may raise ValueError for a series that cannot be used.
    """

    def __init__(self, names: tuple[str, ...], cell: Callable[[Labels], C | None]) -> None:
        self._names = names
        self._cell = cell
        self._known: dict[Labels, tuple[C | None, float]] = {}
        self._started = False

    def forget(self) -> None:
        """Start anew: the next page is a first page."""
        self._known.clear()
        self._started = False

    def grown(self, page: MetricsPage) -> dict[C, float] | None:
        """Give each cell's increment since the page before; None for a first page.

        Raises ValueError, and has then learnt nothing, when the page cannot be used.
        """
        name = self._name(page)
        fresh: dict[Labels, tuple[C | None, float]] = {}
        grown: dict[C, float] = {}
        for sample in page.samples:
            if sample.name == name:
                known = self._known.get(sample.labels)
                cell = known[0] if known else self._cell(sample.labels)
                fresh[sample.labels] = (cell, sample.value)
                step = _step(known[1] if known else 0.0, sample)
                if cell is not None:
                    grown[cell] = grown.get(cell, 0.0) + step
        first = not self._started
        self._known.update(fresh)
        if len(self._known) > MAX_SERIES:  # a churning page: the vanished are given up, and with
            self._known, first = fresh, True  # them this increment
        self._started = True
        return None if first else grown

    def _name(self, page: MetricsPage) -> str:
        """Give the name in use: a page may have `x_total` and an unrelated `x`."""
        given = {sample.name for sample in page.samples}
        return next((name for name in self._names if name in given), self._names[0])


def _step(before: float, sample: MetricSample) -> float:
    if not 0 <= sample.value < math.inf:
        raise ValueError(f"has a counter {sample.name} of {sample.value}")
    return sample.value - before if sample.value >= before else sample.value
