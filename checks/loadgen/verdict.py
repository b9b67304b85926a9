"""What a load proves: the limits it keeps, breaks, or can keep no longer; and when it proves none.

Percentiles of too few requests, and latencies of a load that was not sent, are no measurement.
"""

import math
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, field

from checks.core.base import Outcome, Result
from checks.core.durations import format_duration
from checks.core.text import join_names
from checks.loadgen.histogram import LatencyHistogram, merge
from checks.loadgen.locust_process import LoadTick

LEAST_ACHIEVED = 0.95
_SLACK_S = 2.0
"""Seconds for which a request may be under way, and a worker's report with it."""

_MOST_OPERATIONS = 30
_MOST_NAMES, _OTHERS = 1000, "others"
"""A locustfile may give each request a name of its own: a soak must not fill the memory."""
_PERCENTILES = {"p95": 0.95, "p99": 0.99}
_SHOWN = {"p50": 0.5, **_PERCENTILES}
_LEAST_COUNTS = {"p95": 20, "p99": 100}


class Limits(Struct, frozen=True, kw_only=True):
    """What must not be exceeded: latencies in seconds, failures as a ratio 0..1."""

    average: float | None = None
    p95: float | None = None
    p99: float | None = None
    failures: float = 0.0


class LoadMeasurement(Struct):
    """What a load has measured so far, of `lasts_s` seconds at `offered_per_s` (None: unstated)."""

    limits: Limits
    lasts_s: float
    offered_per_s: float | None = None
    measured_s: float = 0.0
    ended: bool = False
    operations: dict[str, LatencyHistogram] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    dead: tuple[str, ...] = ()
    busiest: float = 0.0
    unanswered: int = 0

    def add(self, tick: LoadTick) -> None:
        """Take in what a second has brought."""
        self.measured_s = tick.measured_s
        self.ended = tick.last
        self.dead = tick.dead or self.dead
        self.busiest = max(self.busiest, tick.busy)
        for name, tally in tick.operations.items():
            known = name if _has_room(self.operations, name) else _OTHERS
            self.operations[known] = merge([self.operations.get(known, LatencyHistogram()), tally])
        for words, count in tick.errors.items():
            self.errors[words if _has_room(self.errors, words) else _OTHERS] += count
        self.unanswered += tick.open

    @property
    def all(self) -> LatencyHistogram:
        """All operations together."""
        return merge(self.operations.values())

    def is_over(self) -> bool:
        """Tell whether nothing that may still come can change what is proved."""
        return bool(self.ended or self.dead or self._lost_for_good() or self._broken_for_good())

    def words(self, tick: LoadTick) -> str:
        """Say how it stands: what the last second brought, all together, and what is left."""
        if not self.measured_s:
            return "warming up"
        now, every = merge(tick.operations.values()), self.all
        live = [f"{now.count}/s"]
        if now.count:
            live += [f"{n} {format_duration(now.percentile_s(q))}" for n, q in _SHOWN.items()]
        return (
            f"{', '.join(live)}; {every.failed} of {every.count} failed;"
            f" {format_duration(math.ceil(self.lasts_s - self.measured_s))} left"
        )

    def result(self) -> Result:
        """Judge; the details name each operation, the slowest first, and the commonest failures."""
        outcome, evidence = self._judged()
        details = (*self._by_operation(), *self._by_error())
        return Result(outcome, evidence, details, self.figures())

    def figures(self) -> dict[str, float]:
        """Give what was measured, NaN for what was not."""
        every = self.all
        return {
            "rps": self._rate_per_s(every),
            "average_s": every.average_s(),
            "p50_s": every.percentile_s(0.5),
            "p95_s": every.percentile_s(0.95),
            "p99_s": every.percentile_s(0.99),
            "failures": every.failed / every.count if every.count else math.nan,
        }

    def _judged(self) -> tuple[Outcome, str]:
        every = self.all
        if unknown := self._unknown(every):
            return Outcome.UNKNOWN, unknown
        count = every.count if self.ended else self._most_count(every)
        if broken := self._broken(every, count):
            early = "" if self.ended else f", given up after {format_duration(self.measured_s)}"
            return Outcome.FAILED, f"{'; '.join(broken)}{self._offender()}{early}"
        if not self.ended:
            after = format_duration(self.measured_s)
            words = f"Locust ended early, after {after}: {self._all(every)}"
            return Outcome.UNKNOWN, words
        if few := self._too_few(every):
            return Outcome.UNKNOWN, few
        return Outcome.PASSED, self._all(every)

    def _unknown(self, every: LatencyHistogram) -> str:
        """Say why nothing is proved, whatever was measured; empty when something is."""
        if self.dead:
            return self._on_the_dead()
        if not every.count and self.offered_per_s is None:
            return f"not one answer in {format_duration(self.measured_s)}: the target stalled"
        if self._lost_for_good() or (self.ended and not self._was_sent(every)):
            return self._on_the_rate(every)
        return ""

    def _too_few(self, every: LatencyHistogram) -> str:
        for name, least in reversed(_LEAST_COUNTS.items()):
            if getattr(self.limits, name) is not None and every.count < least:
                return (
                    f"{every.count} requests are too few for {name}, {least} needed:"
                    " raise `rate` or `duration`"
                )
        return ""

    def _all(self, every: LatencyHistogram) -> str:
        offered = self.offered_per_s
        beside = "" if offered is None else f" of {_rate(offered)} offered"
        values = {"average": every.average_s(), "p95": every.percentile_s(0.95)}
        values["p99"] = every.percentile_s(0.99)
        said = [f"{_rate(self._rate_per_s(every))}{beside} for {format_duration(self.measured_s)}"]
        for name, value in values.items():
            limit = getattr(self.limits, name)
            within = "" if limit is None else f" (limit {format_duration(limit)})"
            said.append(f"{name} {format_duration(value)}{within}")
        return ", ".join([*said, f"{every.failed} of {every.count} failed"])

    def _rate_per_s(self, every: LatencyHistogram) -> float:
        return every.count / self.measured_s if self.measured_s else math.nan

    def _was_sent(self, every: LatencyHistogram) -> bool:
        if self.offered_per_s is None:
            return True
        return every.count - self.unanswered >= math.floor(
            LEAST_ACHIEVED * self.offered_per_s * self.measured_s
        )

    def _lost_for_good(self) -> bool:
        """Tell whether so much was not sent that the rest cannot make up for it."""
        if self.offered_per_s is None:
            return False
        due = self.offered_per_s * (self.measured_s - _SLACK_S)
        most_lost = (1 - LEAST_ACHIEVED) * self.offered_per_s * self.lasts_s
        return due - self.all.count > most_lost

    def _most_count(self, every: LatencyHistogram) -> int:
        """Give how many requests there can be in the end."""
        rate_per_s = max(self.offered_per_s or 0.0, self._rate_per_s(every))
        return max(every.count, math.ceil(rate_per_s * self.lasts_s))

    def _broken_for_good(self) -> list[str]:
        """Say which limits are broken even if all that follows is answered well, in no time."""
        every = self.all
        is_sent = self.offered_per_s is None or every.count >= LEAST_ACHIEVED * (
            self.offered_per_s * (self.measured_s - _SLACK_S)
        )
        if not every.count or self.measured_s < _SLACK_S or not is_sent:
            return []
        return self._broken(every, self._most_count(every))

    def _broken(self, every: LatencyHistogram, count: int) -> list[str]:
        """Say which limits are broken among `count` requests, of which `every` is known."""
        said = []
        limits = self.limits
        if every.failed > limits.failures * count:
            share = f"{100 * every.failed / every.count:.3g} %"
            reasons = join_names([words for words, _ in self.errors.most_common(20)], 1)
            said.append(
                f"{share} of {every.count} requests failed, limit {100 * limits.failures:.3g} %"
                f" ({reasons})"
            )
        if limits.average is not None and every.total_s > limits.average * count:
            average = format_duration(every.average_s())
            said.append(f"average {average}, limit {format_duration(limits.average)}")
        for name, share_ in _PERCENTILES.items():
            limit = getattr(limits, name)
            if limit is not None and every.slower_than(limit) > count - math.ceil(share_ * count):
                latency = format_duration(every.percentile_s(share_))
                said.append(f"{name} {latency}, limit {format_duration(limit)}")
        return said

    def _offender(self) -> str:
        if len(self.operations) < 2:
            return ""
        name, tally = self._slowest()[0]
        return f"; slowest: {name}, p95 {format_duration(tally.percentile_s(0.95))}"

    def _slowest(self) -> list[tuple[str, LatencyHistogram]]:
        return sorted(self.operations.items(), key=lambda each: -each[1].percentile_s(0.95))

    def _on_the_rate(self, every: LatencyHistogram) -> str:
        assert self.offered_per_s
        achieved_per_s = (every.count - self.unanswered) / self.measured_s
        share = 100 * achieved_per_s / self.offered_per_s
        # No longer than what a record keeps of an evidence.
        return (
            f"only {_rate(achieved_per_s)} of the offered {_rate(self.offered_per_s)} were achieved"
            f" ({share:.3g} %, 95 % needed): unsent has no latency (coordinated omission);"
            f" the generator was too small ({100 * min(self.busiest, 1):.0f} % of a core) or the"
            " target stalled"
        )

    def _on_the_dead(self) -> str:
        verb = "has" if len(self.dead) == 1 else "have"
        return (
            f"worker {join_names(self.dead)} {verb} died,"
            f" noticed after {format_duration(self.measured_s)}:"
            " what it measured is not whole"
        )

    def _by_operation(self) -> list[str]:
        return [
            f"{name}: {tally.count} requests, {tally.failed} failed,"
            f" average {format_duration(tally.average_s())},"
            f" p95 {format_duration(tally.percentile_s(0.95))},"
            f" p99 {format_duration(tally.percentile_s(0.99))}"
            for name, tally in self._slowest()[:_MOST_OPERATIONS]
        ]

    def _by_error(self) -> list[str]:
        return [f"{words}: {count} times" for words, count in self.errors.most_common(10)]


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f}/s" if per_s >= 1000 else f"{per_s:.4g}/s"


def _has_room(known: Mapping[str, object], name: str) -> bool:
    return name in known or len(known) < _MOST_NAMES
