"""The increase of counters in a Prometheus over a window that ends at one instant."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from checks.telemetry.query_response import QueryResponse, ResultTypeError, VectorSeries
from checks.web.json_api import Api, ApiRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = 1440
"""The steps in which a window is searched for gaps: one a minute over a day, 15 s at least."""
SHORTEST_STEP_S = 15.0


def selector(name: str, labels: Mapping[str, str], *more: str) -> str:
    """Return a PromQL selector; each label's value is a regular expression for the whole value.

    >>> selector("http_requests_total", {"code": "5.."})
    'http_requests_total{code=~"5.."}'
    """
    fits = [f'{label}=~"{_quoted(value)}"' for label, value in labels.items()]
    return f"{name}{{{','.join([*fits, *more])}}}"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class CounterQueries(Struct, frozen=True):
    """Queries that a Prometheus evaluates at the instant `at_s` (Unix seconds) of its own clock."""

    api: Api
    at_s: float

    @classmethod
    async def at_present(cls, api: Api) -> "CounterQueries":
        """Return queries at Prometheus's present instant; raises HttpError."""
        request = ApiRequest(path="/api/v1/query", params={"query": "time()"})
        (scalar,) = (await api.ask(request, QueryResponse)).series()
        return cls(api, scalar.stamp_s)

    async def series(self, query: str) -> "Sequence[VectorSeries]":
        """Return the series of a query; raises HttpError, and ValueError if it is no vector."""
        params = {"query": query, "time": f"{self.at_s:.3f}", "timeout": f"{self.api.timeout_s:g}"}
        request = ApiRequest(path="/api/v1/query", params=params)
        try:
            return (await self.api.ask(request, QueryResponse)).series()
        except ResultTypeError as error:
            raise ValueError(f"Prometheus gave a {error.result_type}, no vector") from error

    async def value(self, query: str) -> float | None:
        """Return a query's value, None without a series; raises ValueError if it is not finite."""
        series = await self.series(query)
        if not series:
            return None
        value = series[0].number
        if not math.isfinite(value):
            raise ValueError(f"Prometheus gave {series[0].text}, which is no number")
        return value

    async def covered_s(self, selected: str, window_s: float) -> float:
        """Return how many seconds of the window have data, without gaps; 0 if there is none now.

        It counts the steps in which at least one series had a sample.
        """
        if await self.value(f"count({selected})") is None:
            return 0.0
        step_s = max(SHORTEST_STEP_S, window_s / STEPS)
        steps = f"[{round(window_s)}s:{round(step_s)}s]"
        count = await self.value(f"count_over_time((count({selected})){steps})") or 0.0
        return min(window_s, count * step_s)

    async def increase(self, selected: str, window_s: float) -> float | None:
        """Return the increase of the counters in the window; None if there are no such series.

        PromQL's `increase` ignores the first value of a series, which begins at its first event: a
        series that was not there when the window began is counted from zero.
        """
        window = f"{max(1, round(window_s))}s"
        increase = await self.value(f"sum(increase({selected}[{window}]))")
        initial = await self.value(
            f"sum(min_over_time({selected}[{window}]) unless ({selected} offset {window}))"
        )
        if increase is None and initial is None:
            return None
        return (increase or 0.0) + (initial or 0.0)

    async def buckets(self, selected: str, window_s: float) -> list[tuple[float, float]]:
        """Return a histogram's cumulative buckets over the window, as (upper bound, count)."""
        window = f"{max(1, round(window_s))}s"
        series = await self.series(f"sum by (le) (increase({selected}[{window}]))")
        buckets = [(float(bucket.metric.get("le", "nan")), bucket.number) for bucket in series]
        if any(math.isnan(bound) or not math.isfinite(count) for bound, count in buckets):
            raise ValueError("Prometheus gave a bucket that is no number")
        return buckets
