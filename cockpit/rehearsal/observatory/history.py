"""A day of scrapes, and the samples that a selector selects from them.

Every scrape of the last ten minutes is kept. Of older ones only the newest of each 15 s is kept,
for a day and an hour: the one which Prometheus sees when it steps through a window by 15 s or more.
A scrape is stored as its values alone, and scrapes of the same series share their names: it is
about a kilobyte, so that a day is about 10 MB.
"""

import math
from array import array
from bisect import bisect_right

from msgspec import Struct

from cockpit.monitors.exposition import Labels, MetricsPage
from cockpit.rehearsal.observatory.selector import Selector, SeriesName

JOB = "acme-api"
_RECENT_S = 600.0
_CELL_S = 15.0
_MAX_CELLS = 25 * 3600 // 15

Samples = dict[Labels, float]
"""The value of each selected series, by its labels."""


class SelectedScrape(Struct, frozen=True):
    """The samples selected from one scrape; empty if the scrape failed."""

    stamp_s: float
    samples: Samples


class _Scrape(Struct, frozen=True):
    stamp_s: float
    names: tuple[SeriesName, ...]
    values: "array[float]"


class History:
    """Scrapes, ordered by the Unix time in seconds at which each began.

    As Prometheus does, each scrape gets the series `up`, 0 if it failed and else
    1, and each series gets the label `job`.
    """

    def __init__(self) -> None:
        self._thinned: list[_Scrape] = []
        self._recent: list[_Scrape] = []

    def add(self, stamp_s: float, page: MetricsPage | None) -> None:
        """Add a scrape, unless it is older than the last; `page` is None if it failed."""
        last = self._recent[-1] if self._recent else None
        if last and stamp_s <= last.stamp_s:
            return
        values = {SeriesName("up", (("job", JOB),)): 0.0 if page is None else 1.0}
        for sample in page.samples if page else ():
            labels = tuple(sorted({**dict(sample.labels), "job": JOB}.items()))
            values[SeriesName(sample.name, labels)] = sample.value
        names = tuple(values)
        if last and last.names == names:
            names = last.names
        self._recent.append(_Scrape(stamp_s, names, array("d", values.values())))
        self._thin_out(stamp_s - _RECENT_S)

    def _thin_out(self, before_s: float) -> None:
        while self._recent[0].stamp_s <= before_s:
            oldest = self._recent.pop(0)
            if self._thinned and _cell(self._thinned[-1]) == _cell(oldest):
                self._thinned[-1] = oldest
            else:
                self._thinned.append(oldest)
        del self._thinned[:-_MAX_CELLS]

    def select(self, selector: Selector, from_s: float, to_s: float) -> list[SelectedScrape]:
        """Return the selected samples of each scrape later than `from_s`, up to `to_s`."""
        scrapes = [*self._thinned, *self._recent]
        first = bisect_right(scrapes, from_s, key=_stamp_s)
        selected: dict[int, list[tuple[int, Labels]]] = {}  # computed once per set of series
        result: list[SelectedScrape] = []
        for scrape in scrapes[first : bisect_right(scrapes, to_s, key=_stamp_s)]:
            if (indices := selected.get(id(scrape.names))) is None:
                indices = selected[id(scrape.names)] = selector.indices(scrape.names)
            samples = {labels: scrape.values[index] for index, labels in indices}
            result.append(SelectedScrape(scrape.stamp_s, samples))
        return result


def _stamp_s(scrape: _Scrape) -> float:
    return scrape.stamp_s


def _cell(scrape: _Scrape) -> int:
    return math.ceil(scrape.stamp_s / _CELL_S)
