"""What counters in a Prometheus grew by over a window that ends at one instant."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from checks.core.text import one_line
from checks.telemetry.prometheus_api import Queried, VectorSeries
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
        """Begin at Prometheus's present instant; raises NoReplyError."""
        data = (
            await api.ask(ApiRequest(path="/api/v1/query", params={"query": "time()"}), Queried)
        ).data
        stamp = msgspec.json.decode(data.result, type=tuple[float, str])[0]
        return cls(api, stamp)

    async def series(self, query: str) -> "Sequence[VectorSeries]":
        """Give the series of an instant; raises NoReplyError, ValueError for what is no vector."""
        params = {"query": query, "time": f"{self.at_s:.3f}", "timeout": f"{self.api.timeout_s:g}"}
        data = (await self.api.ask(ApiRequest(path="/api/v1/query", params=params), Queried)).data
        if data.result_type != "vector":
            raise ValueError(f"Prometheus gave a {one_line(data.result_type, 20)}, no vector")
        return msgspec.json.decode(data.result, type=list[VectorSeries])

    async def number(self, query: str) -> float | None:
        """Give the one number of a query, None for no series; raises ValueError for no number."""
        found = await self.series(query)
        if not found:
            return None
        value = float(found[0].value[1])
        if not math.isfinite(value):
            raise ValueError(f"Prometheus gave {found[0].value[1]}, which is no number")
        return value

    async def covered_s(self, selected: str, window_s: float) -> float:
        """Give for how many seconds of the window there are data, holes left out; 0 for none now.

        It counts the steps in which at least one series had a sample.
        """
        if await self.number(f"count({selected})") is None:
            return 0.0
        step_s = max(SHORTEST_STEP_S, window_s / STEPS)
        steps = f"[{round(window_s)}s:{round(step_s)}s]"
        count = await self.number(f"count_over_time((count({selected})){steps})") or 0.0
        return min(window_s, count * step_s)

    async def grown(self, selected: str, window_s: float) -> float | None:
        """Give how much the counters grew in the window; None when there are no such series.

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
        """Give a histogram's cumulated buckets over the window: bound and count."""
        window = f"{max(1, round(window_s))}s"
        found = await self.series(f"sum by (le) (increase({selected}[{window}]))")
        buckets = [(float(one.metric.get("le", "nan")), float(one.value[1])) for one in found]
        if any(math.isnan(bound) or not math.isfinite(count) for bound, count in buckets):
            raise ValueError("Prometheus gave a bucket that is no number")
        return buckets
