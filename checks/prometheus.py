"""Whether Prometheus has data and alert rules, and alerts arrive at Alertmanager."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, field

from checks.core.base import Check, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.findings import Finding, combine, unknown
from checks.core.text import count_of
from checks.core.units import Shown, Span, Text
from checks.telemetry.alert_roundtrip import check_arrival, check_receivers, check_response
from checks.telemetry.alert_rules import RuleMeasurement, check_rules, describe_states
from checks.telemetry.prometheus_api import QueryMeasurement, measure_query
from checks.web.json_api import Api, FromOutside, redact_secrets

if TYPE_CHECKING:
    import httpx

_RESPONSE_S = 10.0
_AT_ONCE = 8


class PrometheusHealth(Check, kw_only=True, frozen=True, tag="prometheus"):
    """Each query has fresh data, each alert rule is loaded and healthy, and a test alert arrives.

    **It writes** one alert if `alertmanager` is set, with the label `cockpit_test` and the severity
    `none`. The alert is sent, read back, and ended at once, also after a failure; it ends by itself
    after 20 s. `test_alert: false` turns it off. Nothing else is changed.

    Failed: a rule is not loaded, its evaluation fails, Prometheus has no Alertmanager to send its
    alerts to, or a silence or another alert hides the test alert.

    Unknown: there is no response, or one with a warning; a query has no series, or one that is NaN
    or older than `stale`; a rule was last evaluated longer ago than `stale` and two of its
    intervals; or the test alert does not appear within `within`. The age of a query is that of the
    selectors in it: each must have series, or another one of the same metric must.

    A rule that fires or is pending stands in the evidence.
    """

    url: Annotated[Text, Meta(description="the URL of Prometheus, as `${PROMETHEUS_URL}`")]
    queries: Annotated[dict[str, Shown], Meta(description="PromQL queries by name")] = field(
        default_factory=dict
    )
    stale: Annotated[Span, Meta(description="data older than this is no data")] = 120.0
    rules: Annotated[tuple[Text, ...], Meta(description="the names of alert rules")] = ()
    alertmanager: Annotated[
        Text | None, Meta(description="the URL of Alertmanager, as `${ALERTMANAGER_URL}`")
    ] = None
    test_alert: Annotated[
        bool,
        Meta(description="send a test alert and end it; when off, Alertmanager need only respond"),
    ] = True
    within: Annotated[Span, Meta(description="how soon the test alert must appear")] = 10.0
    token: Annotated[
        FromOutside | None, Meta(description="a bearer token for both, as `${PROMETHEUS_TOKEN}`")
    ] = None
    timeout: Annotated[Span, Meta(description="no response within this time is unknown")] = 30.0

    def __post_init__(self) -> None:
        """Check that there is something to check, and that `within` fits into `timeout`."""
        if not (self.queries or self.rules or self.alertmanager):
            raise ValueError("there is nothing to check: name `queries`, `rules` or `alertmanager`")
        if self.alertmanager and self.within >= self.timeout:
            raise ValueError("`within` must be shorter than `timeout`")

    def label(self) -> str:
        """Return the default title."""
        parts = ("data", self.queries), ("rules", self.rules), ("alerts", self.alertmanager)
        return "Prometheus: " + ", ".join(name for name, is_set in parts if is_set)

    def figures(self) -> Mapping[str, str]:
        """Return a figure for each query."""
        return dict.fromkeys(self.queries, "the value of the query, if it has one series")

    async def run(self, tools: Tools) -> Result:
        """Query everything concurrently; the evidence names what is missing."""
        token = tools.expand(self.token or "")
        async with tools.http(self.timeout) as client:
            result = await self._check(tools, client, token)
        return redact_secrets(result, token)

    async def _check(self, tools: Tools, client: "httpx.AsyncClient", token: str) -> Result:
        response_s = min(_RESPONSE_S, self.timeout)
        prometheus = Api("Prometheus", tools.expand(self.url), client, response_s, token)
        base = tools.expand(self.alertmanager or "")
        alertmanager = Api("Alertmanager", base, client, response_s, token)
        async with asyncio.TaskGroup() as group:
            query_task = group.create_task(self._queries(prometheus))
            rule_task = group.create_task(self._rules(prometheus))
            alert_task = group.create_task(self._alerts(prometheus, alertmanager, tools))
        data, rules = query_task.result(), rule_task.result()
        other_findings = [*(rule.finding for rule in rules), *alert_task.result()]
        figures = {
            name: measurement.value
            for name, measurement in data.items()
            if measurement.value is not None
        }
        findings = [*(measurement.finding for measurement in data.values()), *other_findings]
        return combine(findings, self._summary(list(data.values()), rules), figures)

    async def _queries(self, api: Api) -> dict[str, QueryMeasurement]:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def measure(name: str, query: str) -> QueryMeasurement:
            async with slots:
                return await measure_query(api, name, query, self.stale)

        measurements = await asyncio.gather(*(measure(*item) for item in self.queries.items()))
        return dict(zip(self.queries, measurements, strict=True))

    async def _rules(self, api: Api) -> list[RuleMeasurement]:
        if not self.rules:
            return []
        try:
            return await check_rules(api, self.rules, self.stale)
        except (HttpError, ValueError) as error:
            return [RuleMeasurement("", unknown(f"rules: {error}"))]

    async def _alerts(self, prometheus: Api, api: Api, tools: Tools) -> list[Finding]:
        if not self.alertmanager:
            return []
        findings = [await _or_unknown(check_receivers(prometheus))] if self.rules else []
        if not self.test_alert:
            return [*findings, await _or_unknown(check_response(api))]
        return [*findings, await _or_unknown(check_arrival(api, tools, self.within))]

    def _summary(self, data: list[QueryMeasurement], rules: list[RuleMeasurement]) -> str:
        parts = []
        if data:
            oldest_s = max(measurement.age_s for measurement in data)
            oldest = format_duration(oldest_s)
            every = count_of(len(data), "query", "queries")
            parts.append(f"{len(data)} of {every} fresh, the oldest {oldest}")
        if self.rules:
            healthy = f"{len(self.rules)} of {count_of(len(self.rules), 'rule')} healthy"
            parts.append(healthy + describe_states(rules))
        if self.alertmanager:
            parts.append("a test alert arrived" if self.test_alert else "Alertmanager answers")
        return "; ".join(parts)


async def _or_unknown(finding: Awaitable[Finding]) -> Finding:
    """Return the finding, unknown if there is no response."""
    try:
        return await finding
    except HttpError as error:
        return unknown(str(error))
