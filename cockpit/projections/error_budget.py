"""An error budget in words: spent, left, burn rate, how long it lasts. Pure.

The arithmetic and its source are in `checks/telemetry/burn_rate.py`.
"""

from collections.abc import Mapping

from msgspec import Struct

from checks.budget import ErrorBudget
from checks.core.durations import format_duration
from checks.core.percentages import format_percent
from checks.core.text import count_of
from checks.telemetry.burn_rate import CONFIRMED_BY, WINDOWS, too_fast

PACE = "30m"
"""The window whose burn rate predicts how long it lasts: neither too jumpy nor too slow."""

_YOUNG = "5m"
"""The window used instead while the data do not cover `PACE`."""


class Burning(Struct, frozen=True):
    """The burn rate of one window; `hot` if it and its short window exceed its factor."""

    window: str
    burn: float
    factor: float
    hot: bool = False


class LimitMeter(Struct, frozen=True):
    """A value and its limit; `ratio` is value / limit, None without a value."""

    name: str
    value: str
    limit: str
    ratio: float | None = None

    @property
    def over(self) -> bool:
        """Whether the value exceeds its limit."""
        return self.ratio is not None and self.ratio > 1


class Standing(Struct, frozen=True):
    """A budget now; `left` is a ratio 0..1, None if nothing was measured."""

    limit: str = ""
    left: float | None = None
    counted: str = ""
    sentences: tuple[str, ...] = ()
    burns: tuple[Burning, ...] = ()
    meters: tuple[LimitMeter, ...] = ()
    covers: str = ""


def share(ratio: float) -> str:
    """Format a ratio as a percentage: of a budget, or of the requests that may fail.

    >>> share(0.005), share(0.999), share(0.769), share(1.0)
    ('0.5 %', '99.9 %', '76.9 %', '100 %')
    """
    return format_percent(ratio)


def standing(check: ErrorBudget, figures: Mapping[str, float]) -> Standing:
    """Return the budget that the figures of a `budget` check describe."""
    left = figures.get("left")
    covered_s = figures.get("covered_s", 0.0)
    covered = f"covers {format_duration(int(covered_s))} of {format_duration(check.window)}"
    covers = covered if covered_s else "no data"
    if left is None:
        return Standing(limit_of(check), meters=_meters(check, figures), covers=covers)
    return Standing(
        limit=limit_of(check),
        left=left,
        counted=_counted(figures),
        sentences=tuple(_sentences(check, figures)),
        burns=_burns(check, figures),
        meters=_meters(check, figures),
        covers=covers,
    )


def limit_of(check: ErrorBudget) -> str:
    """Format the limit that applies, and the laxer one if the card has two; empty without one.

    >>> limit_of(ErrorBudget(url="x", share=0.005, errors=432))
    '432 failures in 100,000 requests, stricter than 0.5 %'
    >>> limit_of(ErrorBudget(url="x", share=0.005))
    '0.5 % of requests may fail'
    """
    counted = None if check.errors is None else check.errors / check.requests
    failures = count_of(check.errors or 0, "failure")
    named = f"{failures} in {count_of(check.requests, 'request')}" if counted else ""
    if counted is None:
        return "" if check.share is None else f"{share(check.share)} of requests may fail"
    if check.share is None:
        return named or "no request may fail"
    if counted < check.share:
        return f"{named or 'no failure'}, stricter than {share(check.share)}"
    return f"{share(check.share)} of requests may fail, stricter than {named}"


def _counted(figures: Mapping[str, float]) -> str:
    failures, size = figures.get("failures", 0.0), figures.get("budget", 0.0)
    return f"{max(0.0, size - failures):,.0f} of {count_of(size, 'failure')} left"


def _sentences(check: ErrorBudget, figures: Mapping[str, float]) -> list[str]:
    """Return sentences on how long it lasts at the present pace, and whether that is enough."""
    if figures["left"] <= 0:
        return ["The budget is spent: every further failure is one too many."]
    window = PACE if f"burn_{PACE}" in figures else _YOUNG
    if (burn := figures.get(f"burn_{window}")) is None:
        return ["No pace yet: the last minutes had no requests, or are not covered."]
    rest_s = max(0.0, check.window - figures.get("covered_s", 0.0))
    if (gone_s := figures.get("gone_in_s")) is None:
        return [f"Nothing failed in the last {window}: at this pace it is never gone."]
    gone = f"Gone in {format_duration(int(gone_s))}"
    pace = f"{gone} at the pace of the last {window}, {burn:.1f} times even use."
    if rest_s <= 0:
        return [pace]
    lasts = "it lasts" if gone_s >= rest_s else "it does not last"
    return [pace, f"The window has {format_duration(int(rest_s))} left: {lasts}."]


def _burns(check: ErrorBudget, figures: Mapping[str, float]) -> tuple[Burning, ...]:
    burns = {name: figures[f"burn_{name}"] for name in WINDOWS if f"burn_{name}" in figures}
    hot = too_fast(burns, check.window)
    over = {*hot, *(CONFIRMED_BY[name] for name in hot)}
    return tuple(
        Burning(name, burn, figures.get(f"factor_{name}", 0.0), name in over)
        for name, burn in burns.items()
    )


def _meters(check: ErrorBudget, figures: Mapping[str, float]) -> tuple[LimitMeter, ...]:
    meters = [
        _latency(name, limit_s, figures.get(f"{name}_s"))
        for name, limit_s in (("p95", check.p95), ("p99", check.p99))
        if limit_s is not None
    ]
    if check.available is not None:
        allowed_s = (1 - check.available) * check.window
        meters.append(_downtime(allowed_s, figures.get("down_s"), check))
    if check.bypass is not None:
        bypasses = figures.get("bypasses")
        value = "no data" if bypasses is None else f"{bypasses:,.0f}"
        ratio = None if bypasses is None else 2.0 * (bypasses > 0)
        meters.append(LimitMeter("without a token", value, "0 may get in", ratio))
    return tuple(meters)


def _latency(name: str, limit_s: float, value_s: float | None) -> LimitMeter:
    limit = f"limit {format_duration(limit_s)}"
    if value_s is None:
        return LimitMeter(name, "no data", limit)
    return LimitMeter(name, format_duration(round(value_s, 3)), limit, value_s / limit_s)


def _downtime(allowed_s: float, down_s: float | None, check: ErrorBudget) -> LimitMeter:
    limit = f"{format_duration(int(allowed_s))} allowed, {share(check.available or 0.0)}"
    if down_s is None:
        return LimitMeter("down", "no data", limit)
    ratio = down_s / allowed_s if allowed_s > 0 else 2.0 * (down_s > 0)
    return LimitMeter("down", format_duration(round(down_s)), limit, ratio)
