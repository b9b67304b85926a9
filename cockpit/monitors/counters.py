"""How much each counter grew from one page to the next. Pure.

A counter belongs to a process, so each series is followed separately and only increments are added:

- A value lower than before: the process restarted, and counted from zero to where it is now.
- A series that the page before did not have: its first event came in between (clients create a
  labelled series at its first event), so its whole value counts. On the very first page nothing
  counts, since the time of those events is unknown. Prometheus's `rate` misses that first value,
  and with it the first 5xx of a canary. The price: a process that had counted before its series
  appeared on this page adds all of that at once.
- The last value of a series that disappears is remembered as long as the counters are followed:
  when it comes back it goes on from there, or has restarted.

The page must be that of one process, or of one that aggregates all of them: behind a load balancer
each scrape would reach another process, which looks like a restart. `single_process` tells the two
apart.
"""

import math
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cockpit.monitors.exposition import MAX_SERIES, Labels, MetricSample, MetricsPage

C = TypeVar("C", bound=Hashable)


class Counters(Generic[C]):
    """Follows the series of one family; `names` are the possible names of its lines, best first.

    `cell` returns where a series counts, None for one that does not; it is called once a series.
    It may raise ValueError for a series that cannot be used.
    """

    def __init__(self, names: tuple[str, ...], cell: Callable[[Labels], C | None]) -> None:
        self._names = names
        self._cell = cell
        self._known: dict[Labels, tuple[C | None, float]] = {}
        self._started = False

    def forget(self) -> None:
        """Forget all series: the next page is a first page."""
        self._known.clear()
        self._started = False

    def grown(self, page: MetricsPage) -> dict[C, float] | None:
        """Return each cell's increment since the page before; None for a first page.

        Raises ValueError if the page cannot be used; it is then ignored.
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
        if len(self._known) > MAX_SERIES:  # too many came and went: forget
            self._known, first = fresh, True  # those that are gone, and this increment
        self._started = True
        return None if first else grown

    def _name(self, page: MetricsPage) -> str:
        """Return the name in use: a page may have `x_total` and an unrelated `x`."""
        present = {sample.name for sample in page.samples}
        return next((name for name in self._names if name in present), self._names[0])


def _step(before: float, sample: MetricSample) -> float:
    if not 0 <= sample.value < math.inf:
        raise ValueError(f"has a counter {sample.name} of {sample.value}")
    return sample.value - before if sample.value >= before else sample.value
