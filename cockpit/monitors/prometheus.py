"""A value queried from Prometheus's HTTP API.

Prometheus reports missing data with a 200: an empty result, the string "NaN", a part of the data
with a warning, or a value of samples that are minutes old, since an instant selector looks back
five minutes. The first three are blind here. Against the last the instants of the samples that the
query reads are queried too; and the timestamp of the response must move.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from checks.core.durations import format_duration
from checks.telemetry.query_age import oldest_stamp, stamps_query
from checks.telemetry.query_response import QueryResponse, ResultTypeError, VectorSeries
from cockpit.card.model.monitors import PrometheusMonitor
from cockpit.foundation.clock import Clock
from cockpit.monitors.exposition import Unreadable
from cockpit.monitors.fetch import Body, FetchRequest, fetch, place
from cockpit.monitors.freshness import Freshness
from cockpit.monitors.judge import rule
from cockpit.monitors.reading import Reading, plain

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

_MAX_BYTES = 256 * 1024


class _Sample(Struct, frozen=True):
    value: float
    stamp_s: float
    headers: "httpx.Headers"


class PrometheusSource:
    """One monitor with one query, and one more for the number of samples behind it."""

    def __init__(
        self, url: str, monitor: PrometheusMonitor, client: "httpx.AsyncClient", clock: Clock
    ) -> None:
        self.names = (monitor.monitor,)
        self.every_s = monitor.every
        self._url, self._monitor, self._client, self._clock = url, monitor, client, clock
        self._stale_s = rule(monitor).stale_s
        self._freshness = Freshness()

    async def read(self) -> Mapping[str, Reading]:
        """Query once and return the monitor's reading, by its name."""
        sample, age_s, count = await asyncio.gather(
            self._sample(self._monitor.query), self._age_s(), self._count()
        )
        now_s = self._clock.monotonic()
        return {self._monitor.monitor: self._reading(now_s, sample, age_s, count)}

    def _reading(
        self,
        now_s: float,
        sample: _Sample | Unreadable,
        age_s: float | Unreadable,
        count: int | Unreadable,
    ) -> Reading:
        if isinstance(sample, Unreadable):
            return self._blind(now_s, sample, "the query")
        if isinstance(age_s, Unreadable):
            return self._blind(now_s, age_s)
        if isinstance(count, Unreadable):
            return self._blind(now_s, count, "the query for the count")
        answered_s = self._freshness.age_s(now_s, sample.stamp_s, sample.headers)
        if answered_s > self._stale_s:
            age = format_duration(round(answered_s))
            return Reading(now_s, note=f"{place(self._url)} gave a value that is {age} old")
        if age_s > self._stale_s:
            return Reading(now_s, note=f"{place(self._url)} {self._old(age_s)}")
        return plain(now_s, sample.value, count)

    def _old(self, age_s: float) -> str:
        age, limit = format_duration(round(age_s)), format_duration(self._stale_s)
        return (
            f"gave a value of samples that are {age} old, limit {limit}: the target is gone, or"
            " `stale` is shorter than the scrape interval"
        )

    def _blind(self, now_s: float, unreadable: Unreadable, what: str = "") -> Reading:
        note = f"{place(self._url)} {unreadable.why}"
        return Reading(now_s, note=f"{note} ({what})" if what else note)

    async def _count(self) -> int | Unreadable:
        """Return the number of samples; 1 without a query that counts them."""
        if self._monitor.count is None:
            return 1
        count = await self._sample(self._monitor.count)
        return count if isinstance(count, Unreadable) else max(0, math.floor(count.value))

    async def _age_s(self) -> float | Unreadable:
        """Return the seconds since the oldest sample that the query reads."""
        query = self._monitor.query
        try:
            body = await self._query(stamps_query(query))
        except ValueError as error:
            return Unreadable(f"cannot tell how old a value is: {error}")
        return body if isinstance(body, Unreadable) else _decoded(body, partial(_age_s, query))

    async def _sample(self, query: str) -> _Sample | Unreadable:
        body = await self._query(query)
        if isinstance(body, Unreadable):
            return body
        return _decoded(body, lambda series: _only(series, body))

    async def _query(self, query: str) -> Body | Unreadable:
        monitor = self._monitor
        params = {
            "query": query,
            "timeout": f"{monitor.timeout:g}",  # both in seconds; 0.5s would be a bad duration
            "lookback_delta": f"{self._stale_s:g}",
        }
        url = f"{self._url.rstrip('/')}/api/v1/query"
        request = FetchRequest(url, monitor.timeout, "application/json", params, _MAX_BYTES)
        return await fetch(self._client, self._clock, request)


def _decoded(body: Body, read: Callable[[list[VectorSeries]], T]) -> T | Unreadable:
    """Return what `read` makes of the series of a response, or why not: the end of a sentence."""
    try:
        return read(msgspec.json.decode(body.text, type=QueryResponse).series())
    except ResultTypeError as error:
        what = f"gave a {error.result_type}"
        return Unreadable(f"{what}; the query must give one number at one instant")
    except (msgspec.ValidationError, RecursionError):
        return Unreadable("did not answer as the HTTP API of Prometheus does")
    except msgspec.DecodeError:
        return Unreadable("did not answer in JSON")
    except ValueError as error:
        return Unreadable(str(error))


def _age_s(query: str, stamps: list[VectorSeries]) -> float:
    """Return the age by Prometheus's own clock; raises ValueError with the end of a sentence."""
    try:
        oldest_s = oldest_stamp(query, stamps)
    except ValueError as error:
        raise ValueError(f"cannot tell how old a value is: {error}") from error
    return max(0.0, max(stamp.stamp_s for stamp in stamps) - oldest_s)


def _only(series: list[VectorSeries], body: Body) -> _Sample:
    """Return the number of the only series; raises ValueError with the end of a sentence."""
    if not series:
        raise ValueError("gave no series")
    if len(series) > 1:
        raise ValueError(f"gave {len(series)} series; the query must give one, as max(...) does")
    number = series[0].number
    if not math.isfinite(number):
        raise ValueError(f"gave {series[0].text}, which is no number")
    return _Sample(number, series[0].stamp_s, body.headers)
