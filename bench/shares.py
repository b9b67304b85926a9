"""How often an observed share is judged right, in shifts simulated with a seed.

The requests of each look come at random, as independent ones do, and each goes to the canary at
random. A minute of them is judged by the program's own loop, looking every half second.
"""

import asyncio
import bisect
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from statistics import median

from bench.figure import Figure
from bench.ground import Ground
from cockpit.foundation.formatting import percent
from cockpit.monitors.exposition import MetricSample, MetricsPage
from cockpit.routers.likelihood import ShareVerdict
from cockpit.routers.observe import Observed, Order, ShareCounter, observe

SEED = 9
RUNS = 500
WITHIN_S = 60.0
LOOK_S = 0.5
_STABLE, _CANARY = ((("version", version),) for version in ("2.4.0", "2.5.0"))


@dataclass(frozen=True, slots=True)
class Shift:
    """An order and what became of it: shares as ratios 0..1.

    The share is `before` for `drains_s` seconds after the order, then `real`; `rate` is in requests
    a second.
    """

    ordered: float
    real: float
    rate: float = 100.0
    before: float = 0.0
    drains_s: float = 0.0

    @property
    def name(self) -> str:
        """Name the shift in the table."""
        drains = f" after {self.drains_s:g} s at {percent(self.before)}" if self.drains_s else ""
        rate = "" if self.rate == 100 else f", {self.rate:g}/s"
        real = "" if self.real == self.ordered else f", {percent(self.real)} real"
        return f"share {percent(self.ordered)}{real}{drains}{rate}"


WRONG = (
    Shift(0.0, 0.01),
    Shift(1.0, 0.99),
    Shift(0.05, 0.10),
    Shift(0.25, 0.35),
    Shift(0.01, 0.03),
    Shift(0.05, 0.025),
    Shift(0.25, 0.15),
    Shift(0.95, 0.90),
    Shift(0.0, 0.01, before=1.0, drains_s=5.0),
    Shift(0.05, 0.10, before=0.0, drains_s=5.0),
    Shift(0.25, 0.35, before=0.05, drains_s=5.0),
)
RIGHT = (
    Shift(0.0, 0.0),
    Shift(1.0, 1.0),
    Shift(0.05, 0.05),
    Shift(0.25, 0.25),
    Shift(0.01, 0.01),
    Shift(0.5, 0.5),
    Shift(0.0, 0.0, before=1.0, drains_s=5.0),
    Shift(1.0, 1.0, before=0.05, drains_s=5.0),
    Shift(0.05, 0.05, before=0.0, drains_s=5.0),
)


@dataclass(slots=True)
class Simulated:
    """The clock and the pages of one shift; time passes only when somebody sleeps."""

    shift: Shift
    chance: random.Random
    now_s: float = 0.0
    canary: int = 0
    stable: int = 0

    def monotonic(self) -> float:
        return self.now_s

    def utc(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        """Let requests come for so long."""
        shift = self.shift
        share = shift.before if self.now_s < shift.drains_s else shift.real
        expected = shift.rate * seconds
        self.now_s += seconds
        self.canary += drawn(expected * share, self.chance)
        self.stable += drawn(expected * (1 - share), self.chance)

    async def fetch(self) -> MetricsPage:
        name = "http_requests_total"
        samples = (
            MetricSample(name, _STABLE, self.stable),
            MetricSample(name, _CANARY, self.canary),
        )
        return MetricsPage(samples, frozenset({"http_requests"}))


@cache
def _cumulated(mean: float) -> tuple[float, ...]:
    """Return the probabilities of at most 0, 1, 2 ... events, as Poisson has them."""
    most = math.ceil(mean + 10 * math.sqrt(mean) + 10)
    ones = (math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(most))
    return tuple(itertools.accumulate(ones))


def drawn(mean: float, chance: random.Random) -> int:
    """Draw a Poisson number of events."""
    return bisect.bisect(_cumulated(mean), chance.random()) if mean > 0 else 0


async def judged(shift: Shift, chance: random.Random) -> tuple[ShareVerdict, float]:
    """Return what a simulated shift comes to, and after how many seconds."""
    world, observed = Simulated(shift, chance), Observed()
    order = Order(shift.ordered, "2.5.0", requests=100, stable="2.4.0")
    counter = ShareCounter(order, "http_requests", "version")
    looks = observe(counter, world.fetch, world, every_s=LOOK_S, timeout_s=WITHIN_S)
    async for observed in looks:
        assert not observed.note
    return observed.verdict, world.now_s


def simulate(shift: Shift, runs: int = RUNS) -> list[tuple[ShareVerdict, float]]:
    """Return what so many shifts come to, the same ones each time."""
    chance = random.Random(f"{SEED} {shift}")

    async def all_of_them() -> list[tuple[ShareVerdict, float]]:
        return [await judged(shift, chance) for _ in range(runs)]

    return asyncio.run(all_of_them())


def measure(_: Ground) -> Iterator[Figure]:
    """Return how often a wrong share is not refused, a right one is, and when it is seen."""
    for shift in WRONG:
        came = simulate(shift)
        missed = 100 - _rate(came, ShareVerdict.REFUSED)
        passed = percent(_rate(came, ShareVerdict.SEEN) / 100)
        yield Figure(f"{shift.name}: not refused", "%", missed, most=5, note=f"{passed} passed")
    for shift in RIGHT:
        came = simulate(shift)
        refused = _rate(came, ShareVerdict.REFUSED)
        note = f"{percent(_rate(came, ShareVerdict.SEEN) / 100)} seen within a minute"
        yield Figure(f"{shift.name}: refused", "%", refused, most=1, note=note)
        seen_s = [at_s for verdict, at_s in came if verdict is ShareVerdict.SEEN]
        if seen_s:
            yield Figure("the same: seen after, median", "s", median(seen_s), most=40)


def _rate(came: list[tuple[ShareVerdict, float]], verdict: ShareVerdict) -> float:
    """Return in how many percent of the runs it came to a verdict."""
    return 100 * sum(one is verdict for one, _ in came) / len(came)
