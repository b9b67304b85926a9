"""Whether a service has met its error budget, latency and availability over a window."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec
from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.findings import Finding, combine, unknown
from checks.core.pattern import fault
from checks.core.text import one_line
from checks.core.units import Share, Span, Text
from checks.telemetry.burn_rate import WINDOWS
from checks.telemetry.counter_increase import CounterQueries
from checks.telemetry.objectives import ObjectiveResult, measure_objectives
from checks.telemetry.slo import Slo
from checks.web.json_api import Api, FromOutside, redact_secrets

if TYPE_CHECKING:
    import httpx

Metric = Annotated[str, Meta(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
Label = Annotated[str, Meta(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
_RESPONSE_S = 15.0


def label_patterns(labels: Any) -> Any:
    """Check that each label's value is a pattern of RE2, as Prometheus reads it; or ValueError."""
    for label, pattern in labels.items() if isinstance(labels, dict) else ():
        if isinstance(pattern, str) and (wrong := fault(pattern)):
            raise ValueError(f"{label}: {wrong}")
    return labels


class ErrorBudget(Check, kw_only=True, frozen=True, tag="budget"):
    """Failures, latencies and downtime stay within their limits over a window.

    The counters and histograms are read from Prometheus.

    Failed: the error budget is spent, a quantile is over its limit, there was more downtime than
    allowed, or a request got in without a token.

    Unknown: everything is within its limits, but the data do not cover the whole window yet. Or
    there are no data, no current data or too few requests, or no series has the labels that mark
    failures.

    With `labels` that select the new version only, the window begins with its first request.
    """

    FIGURES: ClassVar = {
        "window_s": "length of the window, in seconds",
        "covered_s": "how much of it has data, in seconds",
        "requests": "requests in the part with data",
        "failures": "failed requests among them",
        "allowed": "share of requests that may fail, from 0 to 1",
        "budget": "failures that the whole window allows",
        "spent": "share of the budget that is spent, from 0 to 1; above 1 it is overspent",
        "left": "share of the budget that is left, from 0 to 1",
        "gone_in_s": "time until the budget is spent at the current rate, in seconds",
        **{
            f"burn_{name}": f"burn rate over the last {name}; 1 spends the budget in one window"
            for name in WINDOWS
        },
        **{
            f"factor_{name}": f"burn rate over {name} from which it is too fast" for name in WINDOWS
        },
        "p95_s": "95th percentile of the latencies, in seconds",
        "p95_limit_s": "its limit, in seconds",
        "p99_s": "99th percentile of the latencies, in seconds",
        "p99_limit_s": "its limit, in seconds",
        "down_s": "how long no instance was up, in seconds",
        "down_allowed_s": "allowed downtime, in seconds",
        "bypasses": "requests that got in without a token",
    }

    url: Annotated[Text, Meta(description="the URL of Prometheus, as `${PROMETHEUS_URL}`")]
    window: Annotated[Span, Meta(description="the window over which the limits must be kept")] = (
        86400.0
    )
    of: Annotated[Metric, Meta(description="the counter of requests")] = "http_requests_total"
    labels: Annotated[
        dict[Label, str],
        Meta(
            extra={"read": label_patterns},
            description="only series with these labels; each value is a regular expression of RE2",
        ),
    ] = field(default_factory=dict)
    failed: Annotated[
        dict[Label, str],
        Meta(
            extra={"read": label_patterns},
            description="the labels of failed requests, as `{code: 5..}`",
        ),
    ] = field(default_factory=lambda: {"code": "5.."})
    share: Annotated[Share | None, Meta(description="the share of requests that may fail")] = None
    errors: Annotated[
        int | None,
        Meta(
            ge=0,
            description="or the number that may fail in `requests`; the stricter limit applies",
        ),
    ] = None
    requests: Annotated[
        int, Meta(ge=1, description="the number of requests that `errors` refers to")
    ] = 100_000
    least: Annotated[int, Meta(ge=1, description="fewer requests than this are unknown")] = 1000
    latency: Annotated[Metric, Meta(description="the histogram of latencies, in seconds")] = (
        "http_request_duration_seconds_bucket"
    )
    p95: Annotated[Span | None, Meta(description="limit of the 95th percentile")] = None
    p99: Annotated[Span | None, Meta(description="limit of the 99th percentile")] = None
    up: Annotated[
        Metric, Meta(description="the gauge that is 1 while an instance is up, else 0")
    ] = "up"
    up_labels: Annotated[
        dict[Label, str],
        Meta(extra={"read": label_patterns}, description="its labels, as such expressions"),
    ] = field(default_factory=dict)
    available: Annotated[
        Share | None, Meta(description="share of the window in which an instance must be up")
    ] = None
    bypass: Annotated[
        Metric | None,
        Meta(description="the counter of requests that got in without a token; must be 0"),
    ] = None
    token: Annotated[
        FromOutside | None, Meta(description="a bearer token, as `${PROMETHEUS_TOKEN}`")
    ] = None
    timeout: Annotated[Span, Meta(description="no response within this time is unknown")] = 60.0

    def __post_init__(self) -> None:
        """Check that there is a limit, and that failures can be recognized."""
        limits = (self.share, self.errors, self.p95, self.p99, self.available, self.bypass)
        if all(limit is None for limit in limits):
            raise ValueError(
                "there is no limit: set `share` or `errors`, `p95`, `p99`, `available` or `bypass`"
            )
        if self.window < 300:
            raise ValueError("a `window` must be at least 5m")
        if not self.failed:
            raise ValueError(
                "`failed` is empty: name a label, or every request would count as failed"
            )

    def label(self) -> str:
        """Return the default title."""
        parts = (
            ("errors", self.share is not None or self.errors is not None),
            ("latency", self.p95 or self.p99),
            ("availability", self.available),
            ("tokens", self.bypass),
        )
        objectives = ", ".join(name for name, is_set in parts if is_set)
        return f"budget of {format_duration(self.window)}: {objectives}"

    @property
    def allowed(self) -> float | None:
        """The ratio of requests that may fail, by the stricter limit; None without a limit."""
        error_ratio = None if self.errors is None else self.errors / self.requests
        limits = [limit for limit in (self.share, error_ratio) if limit is not None]
        return min(limits, default=None)

    def _slo(self) -> Slo:
        return Slo(
            window_s=self.window,
            requests=self.of,
            labels=self.labels,
            failed=self.failed,
            allowed=self.allowed,
            least=self.least,
            latency=self.latency,
            p95_s=self.p95,
            p99_s=self.p99,
            up=self.up,
            up_labels=self.up_labels,
            available=self.available,
            bypass=self.bypass,
        )

    async def run(self, tools: Tools) -> Result:
        """Query everything at one instant; the evidence names faults first."""
        token = tools.expand(self.token or "")
        async with tools.http(self.timeout) as client:
            result = await self._evaluate(tools, client, token)
        return redact_secrets(result, token)

    async def _evaluate(self, tools: Tools, client: "httpx.AsyncClient", token: str) -> Result:
        api = Api(
            "Prometheus", tools.expand(self.url), client, min(_RESPONSE_S, self.timeout), token
        )
        try:
            counters = await CounterQueries.at_present(api)
            objectives = await measure_objectives(self._slo(), counters)
        except (HttpError, ValueError, msgspec.MsgspecError) as error:
            return Result(Outcome.UNKNOWN, one_line(str(error), 200))
        return _result(objectives, self.window)


def _result(objectives: ObjectiveResult, window_s: float) -> Result:
    """Combine the findings; within the limits, but not over the whole window, is unknown."""
    figures: Mapping[str, float] = {**objectives.figures, "covered_s": objectives.covered_s}
    figures = {**figures, "window_s": window_s}
    findings: list[Finding] = list(objectives.findings)
    if objectives.covered_s <= 0:
        return combine(findings, "", figures)
    covers = f"covers {format_duration(int(objectives.covered_s))} of {format_duration(window_s)}"
    if objectives.covered_s < window_s * ENOUGH:
        within = all(finding.outcome is Outcome.PASSED for finding in findings)
        evidence = f"{covers}, within so far: {objectives.evidence}" if within else covers
        findings.append(unknown(evidence))
    return combine(findings, f"{covers}: {objectives.evidence}", figures)


ENOUGH = 0.98
"""The ratio of a window that must have data: single scrapes may fail."""
