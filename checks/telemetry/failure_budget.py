"""The error budget of a window: its failures counted in a Prometheus, and how fast it burns."""

import math
from collections.abc import Sequence

from checks.core.durations import format_duration
from checks.core.findings import Finding, failed, passed, unknown
from checks.core.percentages import format_percent
from checks.core.text import count_of
from checks.telemetry.burn_rate import WINDOWS, Budget, Counts, factor, too_fast
from checks.telemetry.counter_increase import CounterQueries, selector
from checks.telemetry.slo import Slo

Covers = dict[str, float]
"""The seconds of the window for which there is data, by metric."""

Part = tuple[Sequence[Finding], dict[str, float]]
"""The findings of one part of the objective, and its figures."""


async def judge_failures(slo: Slo, counters: CounterQueries, covers: Covers) -> Part:
    """Count the failures and judge the budget; raises HttpError, ValueError."""
    if (allowed := slo.allowed) is None:
        return (), {}
    covered_s = covers[slo.requests]
    if label_fault := await _missing_label(slo, counters):
        return [unknown(label_fault)], {}
    total = await _counts(slo, counters, covered_s)
    if total.requests < slo.least:
        few = f"{count_of(total.requests, 'request')}, {slo.least} needed"
        return [unknown(few)], {"requests": total.requests, "failures": total.failures}
    budget = Budget(allowed, slo.window_s, covered_s, total)
    burns = await _burns(slo, counters, budget, covered_s)
    figures = _figures(budget, burns)
    limit = f"{_percent(allowed)} of requests may fail"
    evidence = (
        f"{_percent(budget.spent)} of the error budget spent:"
        f" {total.failures:,.0f} of {count_of(budget.size, 'failure')}, {limit}"
    )
    if hot := too_fast(burns, slo.window_s):
        gone = format_duration(int(figures["gone_in_s"])) if "gone_in_s" in figures else "never"
        evidence += f"; burns {burns[hot[0]]:.1f} times too fast over {hot[0]}, gone in {gone}"
    return [passed(evidence) if budget.spent <= 1 else failed(evidence)], figures


async def _missing_label(slo: Slo, counters: CounterQueries) -> str:
    """Return that a label which selects failures is on no series, or an empty text."""
    for label in slo.failed:
        named = selector(slo.requests, slo.labels, f'{label}!=""')
        if await counters.value(f"count({named})") is None:
            return f"no series of {slo.requests} has a label {label}: failures cannot be told"
    return ""


async def _counts(slo: Slo, counters: CounterQueries, window_s: float) -> Counts:
    wrong = selector(slo.requests, {**slo.labels, **slo.failed})
    requests = await counters.increase(selector(slo.requests, slo.labels), window_s)
    # A client creates a labelled series at its first event: without a series, nothing failed.
    failures = await counters.increase(wrong, window_s)
    return Counts(failures or 0.0, requests or 0.0)


async def _burns(
    slo: Slo, counters: CounterQueries, budget: Budget, covered_s: float
) -> dict[str, float]:
    """Return the burn rate of each window that is covered and had requests."""
    burns: dict[str, float] = {}
    for name, (window_s, _) in WINDOWS.items():
        if window_s <= min(covered_s, slo.window_s):
            burn = budget.burn(await _counts(slo, counters, window_s))
            if burn is not None:
                burns[name] = burn
    return burns


def _figures(budget: Budget, burns: dict[str, float]) -> dict[str, float]:
    figures = {
        "requests": budget.total.requests,
        "failures": budget.total.failures,
        "allowed": budget.allowed,
        "budget": budget.size,
        "spent": budget.spent,
        "left": budget.left,
    }
    for name, burn in burns.items():
        figures[f"burn_{name}"] = burn
        figures[f"factor_{name}"] = factor(name, budget.period_s)
    steady = burns.get("30m", burns.get("5m"))
    if steady is not None and math.isfinite(gone_s := budget.gone_in_s(steady)):
        figures["gone_in_s"] = gone_s
    return figures


def _percent(ratio: float) -> str:
    return format_percent(ratio) if math.isfinite(ratio) else "more than all"
