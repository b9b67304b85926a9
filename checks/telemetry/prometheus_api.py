"""What Prometheus's HTTP API says of a query's data and of its alert rules."""

import math
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.findings import Finding, failed, passed, unknown
from checks.core.text import one_line
from checks.telemetry.query_response import QueryResponse, VectorSeries
from checks.web.json_api import Api, ApiRequest


class AlertRule(Struct, rename="camel"):
    """A rule, and how its last evaluation went."""

    name: str
    type: str
    health: str = "unknown"
    last_error: str = ""
    state: str = ""


class RuleGroup(Struct):
    """A file's group of rules."""

    rules: list[AlertRule]


class RuleGroups(Struct):
    """All groups of rules."""

    groups: list[RuleGroup]


class Loaded(Struct):
    """The answer to which rules are loaded."""

    data: RuleGroups


class QueryMeasurement(Struct, frozen=True):
    """What a query gave: a finding, its value where it has one series, the age of its oldest."""

    finding: Finding
    value: float | None = None
    age_s: float = 0.0


async def measured(api: Api, name: str, query: str, stale_s: float) -> QueryMeasurement:
    """Ask a query; every series of it must be a number, and younger than `stale_s` seconds."""
    try:
        series = await _series(api, query, stale_s)
        if not series:
            return QueryMeasurement(unknown(f"{name} has no data: the query gives no series"))
        if bad := [each for each in series if not math.isfinite(each.number)]:
            return QueryMeasurement(unknown(f"{name} is {bad[0].text}{_of(bad[0], series)}"))
        age_s = await _age_s(api, query, series, stale_s)
    except (HttpError, ValueError, msgspec.MsgspecError) as error:
        return QueryMeasurement(unknown(f"{name}: {one_line(str(error))}"))
    if not age_s <= stale_s:
        age = f"{format_duration(age_s)} old, limit {format_duration(stale_s)}"
        return QueryMeasurement(unknown(f"{name} is {age}"), age_s=age_s)
    value = series[0].number if len(series) == 1 else None
    said = f"{len(series)} series" if value is None else f"{value:.4g}"
    return QueryMeasurement(passed(f"{name}: {said}, {format_duration(age_s)} old"), value, age_s)


async def rules(api: Api, names: Sequence[str]) -> list[Finding]:
    """Return whether each alert rule is loaded and its last evaluation succeeded."""
    question = ApiRequest(path="/api/v1/rules", params={"type": "alert", "rule_name[]": names})
    loaded = (await api.ask(question, Loaded)).data.groups
    every = [rule for group in loaded for rule in group.rules if rule.type == "alerting"]
    return [_rule(name, [rule for rule in every if rule.name == name]) for name in names]


def _rule(name: str, found: list[AlertRule]) -> Finding:
    if not found:
        return failed(f"rule {name} is not loaded")
    for rule in found:
        if rule.health == "err":
            return failed(f"rule {name} fails: {one_line(rule.last_error, 100)}")
    if any(rule.health != "ok" for rule in found):
        return unknown(f"rule {name} was not evaluated yet")
    states = ", ".join(sorted({one_line(rule.state, 20) for rule in found}))
    return passed(f"rule {name}: healthy, {states}")


async def _series(
    api: Api, query: str, stale_s: float, at_s: float | None = None
) -> list[VectorSeries]:
    # A Prometheus of before 2.43 looks back five minutes all the same: `_age_s` is for that one.
    params = {"query": query, "lookback_delta": f"{stale_s:g}", "timeout": f"{api.timeout_s:g}"}
    if at_s is not None:
        params["time"] = f"{at_s:.3f}"
    question = ApiRequest(path="/api/v1/query", params=params)
    return (await api.ask(question, QueryResponse)).series()


async def _age_s(api: Api, query: str, series: list[VectorSeries], stale_s: float) -> float:
    """Return the age in seconds of the oldest sample, by Prometheus's own clock."""
    now_s = series[0].stamp_s
    # In lines of its own, so that a comment at the query's end does not swallow the bracket.
    try:
        stamps = await _series(api, f"timestamp(\n{query}\n)", stale_s, now_s)
    except HttpError as error:
        if error.status == 400:  # a scalar has no stamp: it was made at this instant
            return 0.0
        raise
    every_s = [each.number for each in stamps]
    if not (every_s and all(map(math.isfinite, every_s))):
        raise ValueError("its samples do not say how old they are")
    return max(0.0, now_s - min(every_s))


def _of(one: VectorSeries, series: list[VectorSeries]) -> str:
    labels = ", ".join(f"{key}={value}" for key, value in sorted(one.metric.items())[:4])
    return f" for {one_line(labels, 80)}" if len(series) > 1 else ", which is no number"
