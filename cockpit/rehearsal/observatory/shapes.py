"""The queries of a `budget` check, told by their shape; this is no PromQL.

Each is computed from the pages of a `History` as Prometheus does, with one difference: `increase`
is what the counter grew by between the first and the last page of the window, and not drawn out to
the window's ends. By a page a second that is a second's growth less at most.
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
    """A query at an instant: what is chosen, over how long, and by which steps."""

    history: History
    selector: Selector
    at_s: float
    window_s: int = 0
    step_s: int = 0

    def now(self, ago_s: float = 0.0) -> Samples:
        """Give what the newest scrape has, if it is young enough."""
        at_s = self.at_s - ago_s
        return _newest(self.history.seen(self.selector, at_s - _LOOKBACK_S, at_s), at_s)

    def by_series(self) -> dict[Labels, list[float]]:
        """Give all values in the window of each series."""
        found: defaultdict[Labels, list[float]] = defaultdict(list)
        for seen in self.history.seen(self.selector, self.at_s - self.window_s, self.at_s):
            for labels, value in seen.samples.items():
                found[labels].append(value)
        return found

    def by_step(self) -> list[Samples]:
        """Give what there was at each whole multiple of the step in the window, if anything."""
        from_s = self.at_s - self.window_s
        seen = self.history.seen(self.selector, from_s - _LOOKBACK_S, self.at_s)
        if not seen:
            return []
        first = max(from_s, seen[0].stamp_s - self.step_s) // self.step_s
        last = min(self.at_s, seen[-1].stamp_s + _LOOKBACK_S) // self.step_s
        steps = (_newest(seen, n * self.step_s) for n in range(int(first) + 1, int(last) + 1))
        return [samples for samples in steps if samples]


def _newest(seen: list[SelectedScrape], at_s: float) -> Samples:
    place = bisect_right(seen, at_s, key=lambda one: one.stamp_s)
    newest = seen[place - 1] if place else None
    return newest.samples if newest and newest.stamp_s > at_s - _LOOKBACK_S else {}


def _count(asked: ParsedQuery) -> Samples:
    return _one([float(len(found))] if (found := asked.now()) else [])


def _covered(asked: ParsedQuery) -> Samples:
    return _one([float(len(steps))] if (steps := asked.by_step()) else [])


def _grown(asked: ParsedQuery) -> Samples:
    return _one(_growths(asked).values())


def _born(asked: ParsedQuery) -> Samples:
    before = asked.now(ago_s=asked.window_s)
    return _one(min(v) for labels, v in asked.by_series().items() if labels not in before)


def _buckets(asked: ParsedQuery) -> Samples:
    sums: Samples = {}
    for labels, growth in _growths(asked).items():
        bound = tuple((label, value) for label, value in labels if label == "le")
        sums[bound] = sums.get(bound, 0.0) + growth
    return sums


def _answered(asked: ParsedQuery) -> Samples:
    highest = [max(samples.values()) for samples in asked.by_step()]
    return _one([sum(highest) / len(highest)] if highest else [])


def _growths(asked: ParsedQuery) -> Samples:
    """Give the increase of each series with two values; one that falls began again at zero."""
    return {
        labels: sum(new - old if new >= old else new for old, new in pairwise(values))
        for labels, values in asked.by_series().items()
        if len(values) > 1
    }


def _one(values: Iterable[float]) -> Samples:
    """Give their sum as the one series without labels; no series for none."""
    summed = list(values)
    return {(): sum(summed)} if summed else {}


_SHAPES: tuple[tuple[str, Callable[[ParsedQuery], Samples]], ...] = (
    (rf"count\({_SELECTED}\)", _count),
    (rf"count_over_time\(\(count\({_SELECTED}\)\){_STEPS}\)", _covered),
    (rf"sum\(increase\({_SELECTED}{_WINDOW}\)\)", _grown),
    (rf"sum\(min_over_time\({_SELECTED}{_WINDOW}\) unless {_BEFORE}\)", _born),
    (rf"sum by \(le\) \(increase\({_SELECTED}{_WINDOW}\)\)", _buckets),
    (rf"avg_over_time\(\(max\({_SELECTED}\)\){_STEPS}\)", _answered),
)


def answer(query: str, history: History, at_s: float) -> Samples:
    """Compute a query; KeyError for one of no known shape, ValueError for a wrong selector."""
    for shape, compute in _SHAPES:
        if found := re.fullmatch(shape, query):
            selected, *spans = found.groups()
            return compute(ParsedQuery(history, Selector.read(selected), at_s, *map(int, spans)))
    raise KeyError(query)
