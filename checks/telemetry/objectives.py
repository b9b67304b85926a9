"""A service level objective over a window: failures, latencies, downtime, bypassed tokens."""

from msgspec import Struct

from checks.core.durations import format_duration
from checks.core.findings import Finding, failed, passed, unknown
from checks.core.text import count_of
from checks.telemetry.counter_increase import CounterQueries, selector
from checks.telemetry.failure_budget import Covers, Part, judge_failures
from checks.telemetry.histogram_quantile import QuantileEstimate, estimate_quantile
from checks.telemetry.slo import Slo


class ObjectiveResult(Struct, frozen=True):
    """The findings of all parts; `covered_s` is that of the metric with the least data."""

    findings: tuple[Finding, ...]
    figures: dict[str, float]
    covered_s: float

    @property
    def evidence(self) -> str:
        """Return the findings in one line."""
        return "; ".join(finding.evidence for finding in self.findings)


async def measure_objectives(slo: Slo, counters: CounterQueries) -> ObjectiveResult:
    """Measure and judge each part that has a limit; raises HttpError, ValueError."""
    covers = await _covered(slo, counters)
    findings: list[Finding] = []
    figures: dict[str, float] = {}
    covered_s = min(covers.values())
    if covered_s <= 0:
        missing = next(name for name, seconds in covers.items() if seconds <= 0)
        return ObjectiveResult((unknown(f"there is no data of {missing} now"),), figures, 0.0)
    for part in (judge_failures, _latencies, _downtime, _bypasses):
        part_findings, part_figures = await part(slo, counters, covers)
        findings += part_findings
        figures |= part_figures
    return ObjectiveResult(tuple(findings), figures, covered_s)


async def _covered(slo: Slo, counters: CounterQueries) -> Covers:
    """Return for how many seconds of the window each metric has data."""
    read = {
        slo.requests: (slo.labels, slo.allowed is not None),
        slo.latency: (slo.labels, bool(slo.p95_s or slo.p99_s)),
        slo.up: (slo.up_labels, slo.available is not None),
        slo.bypass or "": ({}, slo.bypass is not None),
    }
    return {
        name: await counters.covered_s(selector(name, labels), slo.window_s)
        for name, (labels, wanted) in read.items()
        if wanted
    }


async def _latencies(slo: Slo, counters: CounterQueries, covers: Covers) -> Part:
    limits = {name: limit for name, limit in (("p95", slo.p95_s), ("p99", slo.p99_s)) if limit}
    if not limits:
        return (), {}
    selected = selector(slo.latency, slo.labels)
    buckets = await counters.buckets(selected, covers[slo.latency])
    findings: list[Finding] = []
    figures: dict[str, float] = {}
    for name, limit_s in limits.items():
        estimate = estimate_quantile({"p95": 0.95, "p99": 0.99}[name], buckets)
        findings.append(judge_quantile(name, limit_s, estimate))
        figures[f"{name}_limit_s"] = limit_s
        if estimate is not None and not estimate.is_beyond:
            figures[f"{name}_s"] = estimate.value
    return findings, figures


def judge_quantile(name: str, limit_s: float, estimate: QuantileEstimate | None) -> Finding:
    """Judge a quantile by the bounds of its bucket; unknown if the limit lies between them."""
    limit = f"limit {format_duration(limit_s)}"
    if estimate is None:
        return unknown(f"{name} has no data")
    value = estimate.value
    if estimate.is_beyond:
        beyond = f"{name} is over {format_duration(value)}, its last bucket, {limit}"
        return failed(beyond) if value >= limit_s else unknown(beyond)
    low, high = format_duration(estimate.low), format_duration(estimate.high)
    is_over = estimate.exceeds(limit_s)
    if is_over is None:
        both = f"{name} is between the bounds {low} and {high}, and so is the {limit}"
        return unknown(f"{both}: a bucket at {format_duration(limit_s)} would decide")
    evidence = f"{name} {format_duration(value)} (between {low} and {high}), {limit}"
    return failed(evidence) if is_over else passed(evidence)


async def _downtime(slo: Slo, counters: CounterQueries, covers: Covers) -> Part:
    if slo.available is None:
        return (), {}
    window = f"[{round(covers[slo.up])}s:15s]"
    selected = selector(slo.up, slo.up_labels)
    up_ratio = await counters.value(f"avg_over_time((max({selected}))" + window + ")")
    if up_ratio is None:
        return [unknown(f"there is no data of {slo.up}")], {}
    down_s = (1 - min(1.0, max(0.0, up_ratio))) * covers[slo.up]
    allowed_s = (1 - slo.available) * slo.window_s
    evidence = f"down {format_duration(round(down_s))} of {format_duration(int(allowed_s))} allowed"
    figures = {"down_s": down_s, "down_allowed_s": allowed_s}
    return [passed(evidence) if down_s <= allowed_s else failed(evidence)], figures


async def _bypasses(slo: Slo, counters: CounterQueries, covers: Covers) -> Part:
    if slo.bypass is None:
        return (), {}
    bypasses = await counters.increase(selector(slo.bypass, {}), slo.window_s)
    if bypasses is None:
        return [unknown(f"there is no data of {slo.bypass}")], {}
    evidence = f"{count_of(bypasses, 'request')} got in without a token"
    return [passed(evidence) if bypasses <= 0 else failed(evidence)], {"bypasses": bypasses}
