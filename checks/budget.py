"""Whether a service has kept its error budget, latency and availability over a window."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.findings import Finding, combine, unknown
from checks.core.text import one_line
from checks.core.units import Share, Span, Text
from checks.telemetry.burn_rate import WINDOWS
from checks.telemetry.counter_increase import CounterWindow
from checks.telemetry.objectives import ObjectiveResult, keep
from checks.telemetry.slo import Slo
from checks.web.json_api import Api, FromOutside, NoReplyError, redact_secrets

if TYPE_CHECKING:
    import httpx

Metric = Annotated[str, Meta(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
Label = Annotated[str, Meta(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
_ANSWER_S = 15.0


class ErrorBudget(Check, kw_only=True, frozen=True, tag="budget"):
    """Over a window the failures, latencies and downtime stay within what they may be.

    Counters and histograms are read from a Prometheus.

    Failed: the budget is spent, a quantile is over its limit, there was more downtime than allowed,
    or one request got in without a token.

    Unknown: all is within its limits, but the data cover less than the window, and the rest has
    still to be kept. There are no data, none at present, or too few requests; or no series has a
    label by which failures are told.

    With `labels` of the new version alone, the window begins with it.
    """

    FIGURES: ClassVar = {
        "window_s": "the window, in seconds",
        "covered_s": "how much of it has data, in seconds",
        "requests": "requests in what is covered",
        "failures": "those of them that failed",
        "allowed": "the share of requests that may fail, from 0 to 1",
        "budget": "failures that the whole window allows",
        "spent": "the share of the budget that is gone, from 0 to 1; over 1 it is more than all",
        "left": "the share that is left, from 0 to 1",
        "gone_in_s": "how long until nothing is left, in seconds, at the present pace",
        **{f"burn_{name}": f"how many times too fast the last {name} burn" for name in WINDOWS},
        **{f"factor_{name}": f"the burn of {name} that is too fast" for name in WINDOWS},
        "p95_s": "the 95th percentile of the latencies, in seconds",
        "p95_limit_s": "its limit, in seconds",
        "p99_s": "the 99th percentile of the latencies, in seconds",
        "p99_limit_s": "its limit, in seconds",
        "down_s": "how long no instance answered, in seconds",
        "down_allowed_s": "how long that may be, in seconds",
        "bypasses": "requests that got in without a token",
    }

    url: Annotated[Text, Meta(description="where Prometheus answers, as `${PROMETHEUS_URL}`")]
    window: Annotated[Span, Meta(description="the time over which it must be kept")] = 86400.0
    of: Annotated[Metric, Meta(description="the counter of requests")] = "http_requests_total"
    labels: Annotated[dict[Label, str], Meta(description="only these; each value is a pattern")] = (
        field(default_factory=dict)
    )
    failed: Annotated[
        dict[Label, str], Meta(description="the requests that failed, as `{code: 5..}`")
    ] = field(default_factory=lambda: {"code": "5.."})
    share: Annotated[Share | None, Meta(description="so many of them may fail")] = None
    errors: Annotated[
        int | None, Meta(ge=0, description="or so many in `requests`; the stricter limit holds")
    ] = None
    requests: Annotated[int, Meta(ge=1, description="what `errors` is counted in")] = 100_000
    least: Annotated[int, Meta(ge=1, description="with fewer requests nothing is judged")] = 1000
    latency: Annotated[Metric, Meta(description="the histogram of latencies, in seconds")] = (
        "http_request_duration_seconds_bucket"
    )
    p95: Annotated[Span | None, Meta(description="the limit of the 95th percentile")] = None
    p99: Annotated[Span | None, Meta(description="the limit of the 99th percentile")] = None
    up: Annotated[Metric, Meta(description="1 while an instance answers, 0 while it does not")] = (
        "up"
    )
    up_labels: Annotated[dict[Label, str], Meta(description="its own labels, as patterns")] = field(
        default_factory=dict
    )
    available: Annotated[
        Share | None, Meta(description="so much of the window one instance must answer")
    ] = None
    bypass: Annotated[
        Metric | None, Meta(description="counts requests that got in without a token; must be 0")
    ] = None
    token: Annotated[
        FromOutside | None, Meta(description="a bearer token, as `${PROMETHEUS_TOKEN}`")
    ] = None
    timeout: Annotated[Span, Meta(description="no answer within this time is unknown")] = 60.0

    def __post_init__(self) -> None:
        """See that there is something to keep, and that its failures can be told."""
        limits = (self.share, self.errors, self.p95, self.p99, self.available, self.bypass)
        if all(given is None for given in limits):
            raise ValueError(
                "say what must be kept: `share` or `errors`, `p95`, `p99`, `available` or `bypass`"
            )
        if self.window < 300:
            raise ValueError("a `window` under 5m has no budget: write a longer one")
        if not self.failed:
            raise ValueError("`failed` names no label: without one every request has failed")

    def label(self) -> str:
        """Say what must be kept."""
        parts = (
            ("errors", self.share is not None or self.errors is not None),
            ("latency", self.p95 or self.p99),
            ("availability", self.available),
            ("tokens", self.bypass),
        )
        objectives = ", ".join(word for word, on in parts if on)
        return f"budget of {format_duration(self.window)}: {objectives}"

    @property
    def allowed(self) -> float | None:
        """The ratio of requests that may fail, by the stricter limit; None without one."""
        counted = None if self.errors is None else self.errors / self.requests
        given = [limit for limit in (self.share, counted) if limit is not None]
        return min(given, default=None)

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
        """Ask for all of it at one instant; what is wrong is named first."""
        token = tools.expand(self.token or "")
        async with tools.http(self.timeout) as client:
            result = await self._look(tools, client, token)
        return redact_secrets(result, token)

    async def _look(self, tools: Tools, client: "httpx.AsyncClient", token: str) -> Result:
        api = Api("Prometheus", tools.expand(self.url), client, min(_ANSWER_S, self.timeout), token)
        try:
            counted = await CounterWindow.now(api)
            kept = await keep(self._slo(), counted)
        except (NoReplyError, ValueError, msgspec.MsgspecError) as error:
            return Result(Outcome.UNKNOWN, one_line(str(error), 200))
        return _result(kept, self.window)


def _result(kept: ObjectiveResult, window_s: float) -> Result:
    """Join what was found; within its limits, but not to the end of the window, is unknown."""
    figures: Mapping[str, float] = {**kept.figures, "covered_s": kept.covered_s}
    figures = {**figures, "window_s": window_s}
    findings: list[Finding] = list(kept.findings)
    if kept.covered_s <= 0:
        return combine(findings, "", figures)
    covers = f"covers {format_duration(int(kept.covered_s))} of {format_duration(window_s)}"
    if kept.covered_s < window_s * ENOUGH:
        within = all(one.outcome is Outcome.PASSED for one in findings)
        said = f"{covers}, within so far: {kept.said}" if within else covers
        findings.append(unknown(said))
    return combine(findings, f"{covers}: {kept.said}", figures)


ENOUGH = 0.98
"""A window is covered when so much of it is: scrapes fail now and then."""
