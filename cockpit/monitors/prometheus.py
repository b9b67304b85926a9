"""A value queried from Prometheus's HTTP API.

Prometheus reports missing data with a 200: an empty result, the string "NaN", or a value that is
minutes old, since an instant selector looks back five minutes. The first two are blind here.
Against the third the query is sent with a look-back of `stale`, and the timestamp of the response
must move. Prometheus ignores the look-back up to 2.42; there a `rate` over a range runs out of data
by itself, a bare gauge does not.
"""

import asyncio
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from checks.core.durations import format_duration
from checks.telemetry.query_response import QueryResponse, ResultTypeError, VectorSeries
from cockpit.card.model.monitors import PrometheusMonitor
from cockpit.foundation.clock import Clock
from cockpit.monitors.exposition import Unreadable
from cockpit.monitors.fetch import Body, FetchRequest, fetch, place
from cockpit.monitors.freshness import Freshness
from cockpit.monitors.reading import Reading, plain

if TYPE_CHECKING:
    import httpx

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
        self._freshness = Freshness()

    async def read(self) -> Mapping[str, Reading]:
        """Query once and return the monitor's reading, by its name."""
        sample, count = await asyncio.gather(self._query(self._monitor.query), self._count())
        now_s = self._clock.monotonic()
        return {self._monitor.monitor: self._reading(now_s, sample, count)}

    def _reading(
        self, now_s: float, sample: _Sample | Unreadable, count: int | Unreadable
    ) -> Reading:
        if isinstance(sample, Unreadable):
            return self._blind(now_s, sample, "the query")
        if isinstance(count, Unreadable):
            return self._blind(now_s, count, "the query for the count")
        age_s = self._freshness.age_s(now_s, sample.stamp_s, sample.headers)
        if age_s > self._monitor.stale:
            age = format_duration(round(age_s))
            return Reading(now_s, note=f"{place(self._url)} gave a value that is {age} old")
        return plain(now_s, sample.value, count)

    def _blind(self, now_s: float, unreadable: Unreadable, what: str) -> Reading:
        return Reading(now_s, note=f"{place(self._url)} {unreadable.why} ({what})")

    async def _count(self) -> int | Unreadable:
        """Return the number of samples; 1 without a query that counts them."""
        if self._monitor.count is None:
            return 1
        count = await self._query(self._monitor.count)
        return count if isinstance(count, Unreadable) else max(0, math.floor(count.value))

    async def _query(self, query: str) -> _Sample | Unreadable:
        monitor = self._monitor
        params = {
            "query": query,
            "timeout": f"{monitor.timeout:g}",  # both in seconds; 0.5s would be a bad duration
            "lookback_delta": f"{monitor.stale:g}",
        }
        url = f"{self._url.rstrip('/')}/api/v1/query"
        request = FetchRequest(url, monitor.timeout, "application/json", params, _MAX_BYTES)
        body = await fetch(self._client, self._clock, request)
        if isinstance(body, Unreadable):
            return body
        return _sample(body)


def _sample(body: Body) -> _Sample | Unreadable:
    """Read the one number of a response, or why it holds none: the end of a sentence."""
    try:
        return _only(msgspec.json.decode(body.text, type=QueryResponse).series(), body)
    except ResultTypeError as error:
        what = f"gave a {error.result_type}"
        return Unreadable(f"{what}; the query must give one number at one instant")
    except (msgspec.ValidationError, RecursionError):
        return Unreadable("did not answer as the HTTP API of Prometheus does")
    except msgspec.DecodeError:
        return Unreadable("did not answer in JSON")
    except ValueError as error:
        return Unreadable(str(error))


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
