"""The pages that were scraped, for a day, and what a selector chooses of them.

A page of the last ten minutes stays whole. Of older ones the newest of each quarter of a minute
stays, for a day and an hour: that is the one which Prometheus sees when it steps through a window
by 15 s or more. A page is its numbers alone, and pages with the same series share their names: a
rehearsal's is about a kilobyte, so the whole day is about 10 MB.
"""

import math
from array import array
from bisect import bisect_right

from msgspec import Struct

from cockpit.monitors.exposition import Labels, MetricsPage
from cockpit.rehearsal.observatory.selector import Name, Selector

JOB = "acme-api"
_WHOLE_S = 600.0
_CELL_S = 15.0
_CELLS = 25 * 3600 // 15

Samples = dict[Labels, float]
"""A value for each of the series that were chosen, by their labels."""


class SelectedScrape(Struct, frozen=True):
    """What was chosen of one scrape: nothing when that one failed."""

    stamp_s: float
    samples: Samples


class _Scrape(Struct, frozen=True):
    stamp_s: float
    names: tuple[Name, ...]
    values: "array[float]"


class History:
    """Scrapes in the order of their stamps, the Unix time in seconds at which each began.

    Each has `up`, 1, or 0 when it failed, as Prometheus adds it; and each series the label `job`.
    """

    def __init__(self) -> None:
        self._cells: list[_Scrape] = []
        self._whole: list[_Scrape] = []

    def add(self, stamp_s: float, page: MetricsPage | None) -> None:
        """Take in a scrape, without a page when it failed; one from before the last is left out."""
        last = self._whole[-1] if self._whole else None
        if last and stamp_s <= last.stamp_s:
            return
        found = {Name("up", (("job", JOB),)): 0.0 if page is None else 1.0}
        for sample in page.samples if page else ():
            labels = tuple(sorted({**dict(sample.labels), "job": JOB}.items()))
            found[Name(sample.name, labels)] = sample.value
        names = tuple(found)
        if last and last.names == names:
            names = last.names
        self._whole.append(_Scrape(stamp_s, names, array("d", found.values())))
        self._thin_out(stamp_s - _WHOLE_S)

    def _thin_out(self, before_s: float) -> None:
        while self._whole[0].stamp_s <= before_s:
            oldest = self._whole.pop(0)
            if self._cells and _cell(self._cells[-1]) == _cell(oldest):
                self._cells[-1] = oldest
            else:
                self._cells.append(oldest)
        del self._cells[:-_CELLS]

    def seen(self, selector: Selector, from_s: float, to_s: float) -> list[SelectedScrape]:
        """Give what is chosen of each scrape after `from_s` and until `to_s`."""
        scrapes = [*self._cells, *self._whole]
        first = bisect_right(scrapes, from_s, key=_stamp_s)
        chosen: dict[int, list[tuple[int, Labels]]] = {}  # of each set of series once
        seen: list[SelectedScrape] = []
        for scrape in scrapes[first : bisect_right(scrapes, to_s, key=_stamp_s)]:
            if (places := chosen.get(id(scrape.names))) is None:
                places = chosen[id(scrape.names)] = selector.places(scrape.names)
            samples = {labels: scrape.values[place] for place, labels in places}
            seen.append(SelectedScrape(scrape.stamp_s, samples))
        return seen


def _stamp_s(scrape: _Scrape) -> float:
    return scrape.stamp_s


def _cell(scrape: _Scrape) -> int:
    return math.ceil(scrape.stamp_s / _CELL_S)
