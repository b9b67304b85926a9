"""The verdict on a load: which limits it keeps or breaks, and when it proves nothing.

Percentiles of too few requests, and latencies of requests that were never sent, are not measured.
"""

import math
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, field

from checks.core.base import Outcome, Result
from checks.core.durations import format_duration
from checks.core.percentages import format_percent
from checks.core.text import count_of, join_names
from checks.loadgen.histogram import LatencyHistogram, merge
from checks.loadgen.locust_process import LoadTick

LEAST_ACHIEVED = 0.95
_SLACK_S = 2.0
"""A request may be under way, and missing from a worker's report, for so long."""

_MOST_OPERATIONS = 30
_MOST_NAMES, _OTHERS = 1000, "others"
"""A locustfile may name each request differently, but memory must stay bounded in a soak test."""

_PERCENTILES = {"p95": 0.95, "p99": 0.99}
_PROGRESS_PERCENTILES = {"p50": 0.5, **_PERCENTILES}
_MIN_REQUESTS = {"p95": 20, "p99": 100}


class LoadLimits(Struct, frozen=True, kw_only=True):
    """Upper limits: latencies in seconds, failures as a ratio 0..1; None for no limit."""

    average: float | None = None
    p95: float | None = None
    p99: float | None = None
    failures: float = 0.0


class LoadMeasurement(Struct):
    """What a load has measured so far.

    It lasts `lasts_s` seconds at `offered_per_s` requests a second, None if a locustfile's users
    set their own pace. `busiest` is the use of a core by the busiest sender, as a ratio.
    """

    limits: LoadLimits
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
        """Add the requests of one tick."""
        self.measured_s = tick.measured_s
        self.ended = tick.last
        self.dead = tick.dead or self.dead
        self.busiest = max(self.busiest, tick.busy)
        for name, histogram in tick.operations.items():
            key = name if _has_room(self.operations, name) else _OTHERS
            self.operations[key] = merge([self.operations.get(key, LatencyHistogram()), histogram])
        for message, count in tick.errors.items():
            self.errors[message if _has_room(self.errors, message) else _OTHERS] += count
        self.unanswered += tick.open

    @property
    def all(self) -> LatencyHistogram:
        """The histogram of all operations together."""
        return merge(self.operations.values())

    def is_over(self) -> bool:
        """Whether the verdict can no longer change."""
        return bool(
            self.ended or self.dead or self._is_rate_lost() or self._limits_broken_for_good()
        )

    def progress(self, tick: LoadTick) -> str:
        """Return a line about the last second, the failures so far, and the seconds left."""
        if not self.measured_s:
            return "warming up"
        current, total = merge(tick.operations.values()), self.all
        parts = [f"{current.count}/s"]
        if current.count:
            parts += [
                f"{name} {format_duration(current.percentile_s(share))}"
                for name, share in _PROGRESS_PERCENTILES.items()
            ]
        return (
            f"{', '.join(parts)}; {total.failed} of {total.count} failed;"
            f" {format_duration(math.ceil(self.lasts_s - self.measured_s))} left"
        )

    def result(self) -> Result:
        """Return the verdict; the details list the slowest operations and common failures."""
        outcome, evidence = self._judge()
        details = (*self._operation_lines(), *self._error_lines())
        return Result(outcome, evidence, details, self.figures())

    def figures(self) -> dict[str, float]:
        """Return the measured figures, with NaN for those that were not measured."""
        total = self.all
        return {
            "rps": self._rate_per_s(total),
            "average_s": total.average_s(),
            "p50_s": total.percentile_s(0.5),
            "p95_s": total.percentile_s(0.95),
            "p99_s": total.percentile_s(0.99),
            "failures": total.failed / total.count if total.count else math.nan,
        }

    def _judge(self) -> tuple[Outcome, str]:
        total = self.all
        if reason := self._reason_unmeasured(total):
            return Outcome.UNKNOWN, reason
        count = total.count if self.ended else self._expected_count(total)
        if broken := self._broken_limits(total, count):
            early = "" if self.ended else f", given up after {format_duration(self.measured_s)}"
            return Outcome.FAILED, f"{'; '.join(broken)}{self._slowest_operation()}{early}"
        if not self.ended:
            ended = f"Locust ended early, after {format_duration(self.measured_s)}"
            return Outcome.UNKNOWN, f"{ended}: {self._summary(total)}"
        if reason := self._reason_too_few(total):
            return Outcome.UNKNOWN, reason
        return Outcome.PASSED, self._summary(total)

    def _reason_unmeasured(self, total: LatencyHistogram) -> str:
        """Return why the measurement proves nothing, whatever its values; empty if it does."""
        if self.dead:
            return self._dead_workers()
        if not total.count and self.offered_per_s is None:
            return f"not one response in {format_duration(self.measured_s)}: the target stalled"
        if self._is_rate_lost() or (self.ended and not self._is_rate_achieved(total)):
            return self._lost_rate(total)
        return ""

    def _reason_too_few(self, total: LatencyHistogram) -> str:
        for name, least in reversed(_MIN_REQUESTS.items()):
            if getattr(self.limits, name) is not None and total.count < least:
                return (
                    f"{count_of(total.count, 'request is', 'requests are')} too few for {name},"
                    f" {least} needed:"
                    " raise `rate` or `duration`"
                )
        return ""

    def _summary(self, total: LatencyHistogram) -> str:
        offered = "" if self.offered_per_s is None else f" of {_rate(self.offered_per_s)} offered"
        latencies_s = {
            "average": total.average_s(),
            "p95": total.percentile_s(0.95),
            "p99": total.percentile_s(0.99),
        }
        parts = [
            f"{_rate(self._rate_per_s(total))}{offered} for {format_duration(self.measured_s)}"
        ]
        for name, latency_s in latencies_s.items():
            limit_s = getattr(self.limits, name)
            limit = "" if limit_s is None else f" (limit {format_duration(limit_s)})"
            parts.append(f"{name} {format_duration(latency_s)}{limit}")
        return ", ".join([*parts, f"{total.failed} of {total.count} failed"])

    def _rate_per_s(self, total: LatencyHistogram) -> float:
        return total.count / self.measured_s if self.measured_s else math.nan

    def _is_rate_achieved(self, total: LatencyHistogram) -> bool:
        if self.offered_per_s is None:
            return True
        return total.count - self.unanswered >= math.floor(
            LEAST_ACHIEVED * self.offered_per_s * self.measured_s
        )

    def _is_rate_lost(self) -> bool:
        """Whether so many requests were not sent that the offered rate is out of reach."""
        if self.offered_per_s is None:
            return False
        due = self.offered_per_s * (self.measured_s - _SLACK_S)
        most_lost = (1 - LEAST_ACHIEVED) * self.offered_per_s * self.lasts_s
        return due - self.all.count > most_lost

    def _expected_count(self, total: LatencyHistogram) -> int:
        """Return the largest number of requests that the whole load may come to."""
        rate_per_s = max(self.offered_per_s or 0.0, self._rate_per_s(total))
        return max(total.count, math.ceil(rate_per_s * self.lasts_s))

    def _limits_broken_for_good(self) -> list[str]:
        """Return the limits that stay broken even if all further requests succeed at once."""
        total = self.all
        is_sent = self.offered_per_s is None or total.count >= LEAST_ACHIEVED * (
            self.offered_per_s * (self.measured_s - _SLACK_S)
        )
        if not total.count or self.measured_s < _SLACK_S or not is_sent:
            return []
        return self._broken_limits(total, self._expected_count(total))

    def _broken_limits(self, total: LatencyHistogram, count: int) -> list[str]:
        """Return the limits that `total` breaks as the known part of `count` requests."""
        broken = []
        limits = self.limits
        if total.failed > limits.failures * count:
            share = format_percent(total.failed / total.count)
            reasons = join_names([message for message, _ in self.errors.most_common(20)], 1)
            broken.append(
                f"{share} of {count_of(total.count, 'request')} failed,"
                f" limit {format_percent(limits.failures)} ({reasons})"
            )
        if limits.average is not None and total.total_s > limits.average * count:
            broken.append(
                f"average {format_duration(total.average_s())},"
                f" limit {format_duration(limits.average)}"
            )
        for name, percentile in _PERCENTILES.items():
            limit_s = getattr(limits, name)
            allowed = count - math.ceil(percentile * count)
            if limit_s is not None and total.slower_than(limit_s) > allowed:
                latency = format_duration(total.percentile_s(percentile))
                broken.append(f"{name} {latency}, limit {format_duration(limit_s)}")
        return broken

    def _slowest_operation(self) -> str:
        if len(self.operations) < 2:
            return ""
        name, histogram = self._slowest_first()[0]
        return f"; slowest: {name}, p95 {format_duration(histogram.percentile_s(0.95))}"

    def _slowest_first(self) -> list[tuple[str, LatencyHistogram]]:
        return sorted(self.operations.items(), key=lambda item: -item[1].percentile_s(0.95))

    def _lost_rate(self, total: LatencyHistogram) -> str:
        assert self.offered_per_s
        achieved_per_s = (total.count - self.unanswered) / self.measured_s
        share = format_percent(achieved_per_s / self.offered_per_s)
        # This must fit into the 200 characters that the journal keeps of an evidence.
        return (
            f"only {_rate(achieved_per_s)} of the offered {_rate(self.offered_per_s)} were achieved"
            f" ({share}, 95 % needed): unsent has no latency (coordinated omission);"
            f" the generator was too small ({100 * min(self.busiest, 1):.0f} % of a core) or the"
            " target stalled"
        )

    def _dead_workers(self) -> str:
        verb = "has" if len(self.dead) == 1 else "have"
        return (
            f"worker {join_names(self.dead)} {verb} died,"
            f" noticed after {format_duration(self.measured_s)}:"
            " its measurements are incomplete"
        )

    def _operation_lines(self) -> list[str]:
        return [
            f"{name}: {count_of(histogram.count, 'request')}, {histogram.failed} failed,"
            f" average {format_duration(histogram.average_s())},"
            f" p95 {format_duration(histogram.percentile_s(0.95))},"
            f" p99 {format_duration(histogram.percentile_s(0.99))}"
            for name, histogram in self._slowest_first()[:_MOST_OPERATIONS]
        ]

    def _error_lines(self) -> list[str]:
        return [
            f"{message}: {count_of(count, 'time')}"
            for message, count in self.errors.most_common(10)
        ]


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f}/s" if per_s >= 1000 else f"{per_s:.4g}/s"


def _has_room(known: Mapping[str, object], name: str) -> bool:
    return name in known or len(known) < _MOST_NAMES
