"""The queries of a `budget` check, recognized by their shape; this is not a PromQL parser.

Each is computed from a `History` as Prometheus does, with one difference: `increase` is the growth
between the first and the last scrape in the window, and is not extrapolated to the window's ends.
At one scrape a second, that is at most one second's growth less.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from msgspec import Struct

from cockpit.monitors.exposition import Labels
from cockpit.rehearsal.observatory.history import History, Samples, SelectedScrape
from cockpit.rehearsal.observatory.selector import SELECTOR, Selector

_LOOKBACK_S = 300.0
_WINDOW = r"\[(?P<window>\d{1,9})s\]"
_STEPS = r"\[(?P<window>\d{1,9})s:(?P<step>[1-9]\d{0,8})s\]"
_SELECTED = rf"(?P<selector>{SELECTOR})"
_BEFORE = r"\((?P=selector) offset (?P=window)s\)"


class ParsedQuery(Struct, frozen=True):
    """A query at the Unix time `at_s`: its selector, its window and its step, in seconds."""

    history: History
    selector: Selector
    at_s: float
    window_s: int = 0
    step_s: int = 0

    def latest(self, ago_s: float = 0.0) -> Samples:
        """Return the newest samples at `ago_s` before the time, if within the lookback of 300 s."""
        at_s = self.at_s - ago_s
        return _newest(self.history.select(self.selector, at_s - _LOOKBACK_S, at_s), at_s)

    def by_series(self) -> dict[Labels, list[float]]:
        """Return all values of each series in the window."""
        values: defaultdict[Labels, list[float]] = defaultdict(list)
        for scrape in self.history.select(self.selector, self.at_s - self.window_s, self.at_s):
            for labels, value in scrape.samples.items():
                values[labels].append(value)
        return values

    def by_step(self) -> list[Samples]:
        """Return the samples at each multiple of the step in the window, without empty ones."""
        from_s = self.at_s - self.window_s
        scrapes = self.history.select(self.selector, from_s - _LOOKBACK_S, self.at_s)
        if not scrapes:
            return []
        first = max(from_s, scrapes[0].stamp_s - self.step_s) // self.step_s
        last = min(self.at_s, scrapes[-1].stamp_s + _LOOKBACK_S) // self.step_s
        steps = (_newest(scrapes, n * self.step_s) for n in range(int(first) + 1, int(last) + 1))
        return [samples for samples in steps if samples]


def _newest(scrapes: list[SelectedScrape], at_s: float) -> Samples:
    index = bisect_right(scrapes, at_s, key=lambda scrape: scrape.stamp_s)
    newest = scrapes[index - 1] if index else None
    return newest.samples if newest and newest.stamp_s > at_s - _LOOKBACK_S else {}


def _count(query: ParsedQuery) -> Samples:
    samples = query.latest()
    return _sum([float(len(samples))] if samples else [])


def _count_over_time(query: ParsedQuery) -> Samples:
    steps = query.by_step()
    return _sum([float(len(steps))] if steps else [])


def _total_increase(query: ParsedQuery) -> Samples:
    return _sum(_increases(query).values())


def _new_series_total(query: ParsedQuery) -> Samples:
    before = query.latest(ago_s=query.window_s)
    return _sum(min(v) for labels, v in query.by_series().items() if labels not in before)


def _increase_by_bucket(query: ParsedQuery) -> Samples:
    sums: Samples = {}
    for labels, growth in _increases(query).items():
        bound = tuple((label, value) for label, value in labels if label == "le")
        sums[bound] = sums.get(bound, 0.0) + growth
    return sums


def _average_of_maximum(query: ParsedQuery) -> Samples:
    highest = [max(samples.values()) for samples in query.by_step()]
    return _sum([sum(highest) / len(highest)] if highest else [])


def _increases(query: ParsedQuery) -> Samples:
    """Return the increase of each series with two values or more; a decrease is a counter reset."""
    return {
        labels: sum(new - old if new >= old else new for old, new in pairwise(values))
        for labels, values in query.by_series().items()
        if len(values) > 1
    }


def _sum(values: Iterable[float]) -> Samples:
    """Return the sum as one series without labels; no series if there are no values."""
    addends = list(values)
    return {(): sum(addends)} if addends else {}


_SHAPES: tuple[tuple[str, Callable[[ParsedQuery], Samples]], ...] = (
    (rf"count\({_SELECTED}\)", _count),
    (rf"count_over_time\(\(count\({_SELECTED}\)\){_STEPS}\)", _count_over_time),
    (rf"sum\(increase\({_SELECTED}{_WINDOW}\)\)", _total_increase),
    (rf"sum\(min_over_time\({_SELECTED}{_WINDOW}\) unless {_BEFORE}\)", _new_series_total),
    (rf"sum by \(le\) \(increase\({_SELECTED}{_WINDOW}\)\)", _increase_by_bucket),
    (rf"avg_over_time\(\(max\({_SELECTED}\)\){_STEPS}\)", _average_of_maximum),
)


def evaluate(query: str, history: History, at_s: float) -> Samples:
    """Compute a query at the Unix time `at_s`.

    Raises KeyError if its shape is unknown, ValueError if its selector is invalid.
    """
    for shape, compute in _SHAPES:
        if match := re.fullmatch(shape, query):
            selector, *durations = match.groups()
            parsed = Selector.parse(selector)
            return compute(ParsedQuery(history, parsed, at_s, *map(int, durations)))
    raise KeyError(query)
