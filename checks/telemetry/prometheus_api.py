"""The data of a query, by Prometheus's HTTP API."""

import math

import msgspec
from msgspec import Struct

from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.findings import Finding, passed, unknown
from checks.core.text import one_line
from checks.telemetry.query_age import oldest_stamp, stamps_query
from checks.telemetry.query_response import QueryResponse, VectorSeries
from checks.web.json_api import Api, ApiRequest


class QueryMeasurement(Struct, frozen=True):
    """A query's finding, its value if it has one series, the age of its oldest sample (s)."""

    finding: Finding
    value: float | None = None
    age_s: float = 0.0


async def measure_query(api: Api, name: str, query: str, stale_s: float) -> QueryMeasurement:
    """Check that each series of a query has a finite value younger than `stale_s` seconds."""
    try:
        samples = await _samples(api, query, stale_s)
        if not samples:
            return QueryMeasurement(unknown(f"{name} has no data: the query gives no series"))
        if bad := [sample for sample in samples if not math.isfinite(sample.number)]:
            return QueryMeasurement(
                unknown(f"{name} is {bad[0].text}{_labels_of(bad[0], samples)}")
            )
        age_s = await _age_s(api, query, samples, stale_s)
    except (HttpError, ValueError, msgspec.MsgspecError) as error:
        return QueryMeasurement(unknown(f"{name}: {one_line(str(error))}"))
    if not age_s <= stale_s:
        age = f"{format_duration(age_s)} old, limit {format_duration(stale_s)}"
        return QueryMeasurement(unknown(f"{name} is {age}"), age_s=age_s)
    value = samples[0].number if len(samples) == 1 else None
    summary = f"{len(samples)} series" if value is None else f"{value:.4g}"
    evidence = f"{name}: {summary}, {format_duration(age_s)} old"
    return QueryMeasurement(passed(evidence), value, age_s)


async def _samples(
    api: Api, query: str, stale_s: float, at_s: float | None = None
) -> list[VectorSeries]:
    # Prometheus before 2.43 ignores `lookback_delta` (it uses five minutes): so `_age_s` is needed.
    params = {"query": query, "lookback_delta": f"{stale_s:g}", "timeout": f"{api.timeout_s:g}"}
    if at_s is not None:
        params["time"] = f"{at_s:.3f}"
    request = ApiRequest(path="/api/v1/query", params=params)
    return (await api.ask(request, QueryResponse)).series()


async def _age_s(api: Api, query: str, samples: list[VectorSeries], stale_s: float) -> float:
    """Return the age in seconds of the oldest sample read, by Prometheus's own clock."""
    now_s = samples[0].stamp_s
    stamps = await _samples(api, stamps_query(query), stale_s, now_s)
    return max(0.0, now_s - oldest_stamp(query, stamps))


def _labels_of(sample: VectorSeries, samples: list[VectorSeries]) -> str:
    labels = ", ".join(f"{key}={value}" for key, value in sorted(sample.metric.items())[:4])
    return f" for {one_line(labels, 80)}" if len(samples) > 1 else ", which is no number"
