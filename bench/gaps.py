"""How each sustained rule trips where the metrics page comes with gaps, in a seeded simulation."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

from bench.figure import Figure, MeasureError
from bench.ground import Ground
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.card.read.maker import make
from cockpit.journal.events import MonitorStatus
from cockpit.monitors.exposition import MetricSample, MetricsPage
from cockpit.monitors.judge import Verdict, judge, rule
from cockpit.monitors.reading import Reading
from cockpit.monitors.window import SampleWindow
from cockpit.monitors.window_query import window_query

SEED, RUNS = 9, 10
REQUESTS = 100
"""Requests a second."""

_FAILING, _FAULT, _BURST = 0.001, 0.05, 0.5
"""Shares of failed requests: always, in a fault that stays, and in a burst of two seconds."""

_CALM_S, _BURST_EVERY_S, _BURST_S = 1200, 300, 2
_GAP_S, _GAP_EVERY_S = 30, 120
_RULES = (("30s", "15s"), ("1m", "30s"), ("5m", "1m"))
"""How long each rule's breach must last, and its window."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Seconds without a page; while the cockpit itself stands still nothing even says so."""

    name: str
    is_gap: Callable[[int, random.Random], bool]
    longest_s: float = 0.0
    stands_still: bool = False


def _each_two_minutes(second: int, _: random.Random) -> bool:
    return second % _GAP_EVERY_S >= _GAP_EVERY_S - _GAP_S


NONE = Gaps("no gap", lambda _second, _random: False)
ALL = (
    Gaps("each 10th page away", lambda _second, chance: chance.random() < 0.1),
    Gaps("away 30s of 2m", _each_two_minutes, _GAP_S),
    Gaps("stopped 30s of 2m", _each_two_minutes, _GAP_S, stands_still=True),
)


def measure(_: Ground) -> Iterator[Figure]:
    """Trip each rule with each kind of gap; the floor is the same rule without one."""
    for for_text, over in _RULES:
        monitor = watched(for_text, over)
        plain_s = _median_s(monitor, NONE)
        yield _falsely(monitor, NONE, f"5xx for {for_text} over {over}, no gap")
        for gaps in ALL:
            name = f"5xx for {for_text} over {over}, {gaps.name}"
            trip_s, late_s = _median_s(monitor, gaps), plain_s + _GAP_S
            yield Figure(f"{name}: to trip", "s", trip_s, plain_s, "no gap", late_s)
            yield _falsely(monitor, gaps, name)


def _falsely(monitor: MetricsMonitor, gaps: Gaps, name: str) -> Figure:
    """Count false trips; a burst in a gap as long as `for` cannot be told from a long fault."""
    count = float(sum(trips_falsely(monitor, gaps, run) for run in range(RUNS)))
    hidden = gaps.longest_s >= monitor.sustained
    note = f"of {RUNS}" + (", the gap is as long as `for`" if hidden else "")
    return Figure(f"{name}: false trips", "runs", count, most=None if hidden else 0, note=note)


def watched(for_text: str, over: str) -> MetricsMonitor:
    """Return a monitor of the share of failed requests."""
    given = {"monitor": "errors", "source": "metrics", "url": "http://127.0.0.1:9"}
    given |= {"of": "requests", "above": "0.5 %", "for": for_text, "over": over}
    made, faults = make(MetricsMonitor, {**given, "share": {"code": "5.."}})
    if made is None:
        raise MeasureError("; ".join(fault.message for fault in faults))
    return made


def seconds_to_trip(monitor: MetricsMonitor, gaps: Gaps, run: int) -> float:
    """Return the seconds from the begin of a fault that stays to the trip."""
    chance = random.Random(f"{SEED} fault {run}")
    begin = 300 + chance.randrange(_GAP_EVERY_S)
    shares = [_FAILING] * begin + [_FAULT] * 1800
    return next(_trips(monitor, gaps, shares, chance)) - begin


def trips_falsely(monitor: MetricsMonitor, gaps: Gaps, run: int) -> bool:
    """Whether twenty minutes of healthy traffic with short bursts of errors trip."""
    chance = random.Random(f"{SEED} calm {run}")
    shares = [_FAILING] * _CALM_S
    for start in range(0, _CALM_S, _BURST_EVERY_S):
        at = start + chance.randrange(_BURST_EVERY_S - _BURST_S)
        shares[at : at + _BURST_S] = [_BURST] * _BURST_S
    return any(True for _ in _trips(monitor, gaps, shares, chance))


def _median_s(monitor: MetricsMonitor, gaps: Gaps) -> float:
    return median(seconds_to_trip(monitor, gaps, run) for run in range(RUNS))


def _trips(
    monitor: MetricsMonitor, gaps: Gaps, shares: list[float], chance: random.Random
) -> Iterator[float]:
    """Yield the seconds at which a monitor is tripped."""
    window, own = SampleWindow(window_query(monitor), monitor.over), rule(monitor)
    failed = accumulate(sum(chance.random() < p for _ in range(REQUESTS)) for p in shares)
    verdict: Verdict | None = None
    away = random.Random(f"{SEED} gaps")
    for second, count in enumerate(failed):
        is_gap = gaps.is_gap(second, away)
        if is_gap and gaps.stands_still:
            continue
        page = _page(count, second * REQUESTS + REQUESTS)
        reading = Reading(second, note="away") if is_gap else window.add(second, page)
        verdict = judge(verdict, reading, own)
        if verdict.state is MonitorStatus.TRIPPED:
            yield second


def _page(failed: int, total: int) -> MetricsPage:
    samples = tuple(
        MetricSample("requests_total", (("code", code),), float(count))
        for code, count in (("200", total - failed), ("500", failed))
    )
    return MetricsPage(samples, frozenset({"requests"}))
