"""What counters in a Prometheus grew by over a window that ends at one instant."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from checks.telemetry.query_response import QueryResponse, ResultTypeError, VectorSeries
from checks.web.json_api import Api, ApiRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = 1440
"""A window is looked through in so many steps, of 15 s at least: one a minute over a day."""
SHORTEST_STEP_S = 15.0


def selector(name: str, labels: Mapping[str, str], *more: str) -> str:
    """Write a selector; each label's value is a pattern that fits as a whole.

    >>> selector("http_requests_total", {"code": "5.."})
    'http_requests_total{code=~"5.."}'
    """
    fits = [f'{label}=~"{_quoted(value)}"' for label, value in labels.items()]
    return f"{name}{{{','.join([*fits, *more])}}}"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class CounterWindow(Struct, frozen=True):
    """Asks everything for the instant `at_s`, by Prometheus's own clock."""

    api: Api
    at_s: float

    @classmethod
    async def now(cls, api: Api) -> "CounterWindow":
        """Begin at Prometheus's present instant; raises HttpError."""
        request = ApiRequest(path="/api/v1/query", params={"query": "time()"})
        (scalar,) = (await api.ask(request, QueryResponse)).series()
        return cls(api, scalar.stamp_s)

    async def series(self, query: str) -> "Sequence[VectorSeries]":
        """Return the series of an instant; raises HttpError, and ValueError if it is no vector."""
        params = {"query": query, "time": f"{self.at_s:.3f}", "timeout": f"{self.api.timeout_s:g}"}
        request = ApiRequest(path="/api/v1/query", params=params)
        try:
            return (await self.api.ask(request, QueryResponse)).series()
        except ResultTypeError as error:
            raise ValueError(f"Prometheus gave a {error.result_type}, no vector") from error

    async def number(self, query: str) -> float | None:
        """Return the number of a query, None without a series; raises ValueError if not finite."""
        found = await self.series(query)
        if not found:
            return None
        value = found[0].number
        if not math.isfinite(value):
            raise ValueError(f"Prometheus gave {found[0].text}, which is no number")
        return value

    async def covered_s(self, selected: str, window_s: float) -> float:
        """Return how many seconds of the window have data, without gaps; 0 if there is none now.

        It counts the steps in which at least one series had a sample.
        """
        if await self.number(f"count({selected})") is None:
            return 0.0
        step_s = max(SHORTEST_STEP_S, window_s / STEPS)
        steps = f"[{round(window_s)}s:{round(step_s)}s]"
        count = await self.number(f"count_over_time((count({selected})){steps})") or 0.0
        return min(window_s, count * step_s)

    async def grown(self, selected: str, window_s: float) -> float | None:
        """Return the increase of the counters in the window; None if there are no such series.

        `increase` does not see the first value of a series, which is born by its first event: what
        was not there when the window began counts from zero.
        """
        window = f"{max(1, round(window_s))}s"
        grown = await self.number(f"sum(increase({selected}[{window}]))")
        born = await self.number(
            f"sum(min_over_time({selected}[{window}]) unless ({selected} offset {window}))"
        )
        if grown is None and born is None:
            return None
        return (grown or 0.0) + (born or 0.0)

    async def buckets(self, selected: str, window_s: float) -> list[tuple[float, float]]:
        """Return a histogram's cumulative buckets over the window, as (upper bound, count)."""
        window = f"{max(1, round(window_s))}s"
        found = await self.series(f"sum by (le) (increase({selected}[{window}]))")
        buckets = [(float(one.metric.get("le", "nan")), one.number) for one in found]
        if any(math.isnan(bound) or not math.isfinite(count) for bound, count in buckets):
            raise ValueError("Prometheus gave a bucket that is no number")
        return buckets
