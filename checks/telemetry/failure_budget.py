"""The error budget of a window: its failures counted in a Prometheus, and how fast it burns."""

import math
from collections.abc import Sequence

from checks.core.durations import format_duration
from checks.core.findings import Finding, failed, passed, unknown
from checks.telemetry.burn_rate import WINDOWS, Budget, Counts, factor, too_fast
from checks.telemetry.counter_increase import CounterWindow, selector
from checks.telemetry.slo import Slo

Covers = dict[str, float]
"""Seconds of the window for which there are data, by metric."""

Part = tuple[Sequence[Finding], dict[str, float]]
"""What was found of one part, and its figures."""


async def failures(slo: Slo, counted: CounterWindow, covers: Covers) -> Part:
    """Count and judge; raises HttpError, ValueError."""
    if (allowed := slo.allowed) is None:
        return (), {}
    covered_s = covers[slo.requests]
    if unknown_label := await _strange_label(slo, counted):
        return [unknown(unknown_label)], {}
    total = await _counts(slo, counted, covered_s)
    if total.requests < slo.least:
        few = f"{total.requests:.0f} requests, {slo.least} needed"
        return [unknown(few)], {"requests": total.requests, "failures": total.failures}
    budget = Budget(allowed, slo.window_s, covered_s, total)
    burns = await _burns(slo, counted, budget, covered_s)
    figures = _figures(budget, burns)
    limit = f"{_percent(allowed)} of requests may fail"
    said = (
        f"{_percent(budget.spent)} of the error budget spent:"
        f" {total.failures:.0f} of {budget.size:.0f} failures, {limit}"
    )
    if hot := too_fast(burns, slo.window_s):
        gone = format_duration(int(figures["gone_in_s"])) if "gone_in_s" in figures else "never"
        said += f"; burns {burns[hot[0]]:.1f} times too fast over {hot[0]}, gone in {gone}"
    return [passed(said) if budget.spent <= 1 else failed(said)], figures


async def _strange_label(slo: Slo, counted: CounterWindow) -> str:
    """Return that no series has a label that failures are selected by, or an empty text."""
    for label in slo.failed:
        named = selector(slo.requests, slo.labels, f'{label}!=""')
        if await counted.number(f"count({named})") is None:
            return f"no series of {slo.requests} has a label {label}: failures cannot be told"
    return ""


async def _counts(slo: Slo, counted: CounterWindow, window_s: float) -> Counts:
    wrong = selector(slo.requests, {**slo.labels, **slo.failed})
    requests = await counted.grown(selector(slo.requests, slo.labels), window_s)
    # A client makes a labelled series at its first event: no series is no failure.
    failures = await counted.grown(wrong, window_s)
    return Counts(failures or 0.0, requests or 0.0)


async def _burns(
    slo: Slo, counted: CounterWindow, budget: Budget, covered_s: float
) -> dict[str, float]:
    """Return the burn rate of each window that is covered and had requests."""
    found: dict[str, float] = {}
    for name, (window_s, _) in WINDOWS.items():
        if window_s <= min(covered_s, slo.window_s):
            burn = budget.burn(await _counts(slo, counted, window_s))
            if burn is not None:
                found[name] = burn
    return found


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
    return f"{ratio * 100:.3g} %" if math.isfinite(ratio) else "more than all"
