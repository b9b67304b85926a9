"""A `/metrics` page, scraped directly: one scrape serves all monitors of the page."""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from checks.core.durations import format_duration
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.foundation.clock import Clock
from cockpit.monitors.exposition import MetricsPage, Unreadable, parse
from cockpit.monitors.fetch import Body, FetchRequest, fetch, place
from cockpit.monitors.freshness import Freshness
from cockpit.monitors.page_monitor import PageMonitor
from cockpit.monitors.reading import Reading
from cockpit.monitors.single_process import SingleProcess

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

_ACCEPT = "text/plain;version=0.0.4;q=1, application/openmetrics-text;version=1.0.0;q=0.5"
_SMALL = 64 * 1024


class MetricsSource:
    """The monitors of one page, with the shortest of their periods and of their timeouts.

    Raises ValueError for a monitor that computes nothing.
    """

    def __init__(
        self,
        url: str,
        monitors: Sequence[MetricsMonitor],
        client: "httpx.AsyncClient",
        clock: Clock,
    ) -> None:
        self.names = tuple(monitor.monitor for monitor in monitors)
        self.every_s = min(monitor.every for monitor in monitors)
        self._url, self._client, self._clock = url, client, clock
        self._timeout_s = min(monitor.timeout for monitor in monitors)
        self._monitors = {monitor.monitor: PageMonitor(monitor) for monitor in monitors}
        self._wanted = tuple({monitor.query.family for monitor in self._monitors.values()})
        self._counters = frozenset(
            name for monitor in self._monitors.values() for name in monitor.query.names
        )
        self._process = SingleProcess()
        self._freshness = Freshness()

    async def read(self) -> Mapping[str, Reading]:
        """Scrape once and return each monitor's reading, by its name."""
        scraped = await scrape(self._client, self._clock, self._url, self._wanted, self._timeout_s)
        now_s = self._clock.monotonic()
        if isinstance(scraped, Unreadable):
            return dict.fromkeys(self.names, self._blind(now_s, scraped.why))
        return await off_loop(scraped[1], functools.partial(self._readings, now_s, *scraped))

    def _readings(self, now_s: float, page: MetricsPage, body: Body) -> Mapping[str, Reading]:
        if fault := self._process.fault(now_s, page, body.text, self._counters):
            for monitor in self._monitors.values():
                monitor.forget()
            return dict.fromkeys(self.names, self._with_place(Reading(now_s, note=fault)))
        stamp_s = None if page.stamp is None else _seconds(page.stamp, body)
        age_s = self._freshness.age_s(now_s, stamp_s, body.headers)
        return {
            name: self._reading(monitor, now_s, (page, body.text), age_s)
            for name, monitor in self._monitors.items()
        }

    def _reading(
        self, monitor: PageMonitor, now_s: float, page: tuple[MetricsPage, str], age_s: float
    ) -> Reading:
        if age_s > monitor.stale_s:
            return self._blind(now_s, f"shows values that are {format_duration(round(age_s))} old")
        reading = monitor.add(now_s, *page)
        return reading if reading.groups else self._with_place(reading)

    def _with_place(self, reading: Reading) -> Reading:
        note = f"{place(self._url)}: {reading.note}"
        return Reading(reading.t_s, note=note, learning=reading.learning)

    def _blind(self, now_s: float, why: str) -> Reading:
        return Reading(now_s, note=f"{place(self._url)} {why}")


async def scrape(
    client: "httpx.AsyncClient", clock: Clock, url: str, wanted: Sequence[str], timeout_s: float
) -> tuple[MetricsPage, Body] | Unreadable:
    """Fetch a page and parse the `wanted` families; a big page is read in a thread.

    Each time it is another connection: on one that is kept open the same process would answer, and
    hide that there are others.
    """
    request = FetchRequest(url, timeout_s, _ACCEPT, headers={"Connection": "close"})
    body = await fetch(client, clock, request)
    if isinstance(body, Unreadable):
        return body
    read = functools.partial(
        parse, body.text, wanted, open_metrics=_is_open_metrics(body), whole=_is_whole(body)
    )
    page = await off_loop(body, read)
    return page if isinstance(page, Unreadable) else (page, body)


async def off_loop(body: Body, does: Callable[[], T]) -> T:
    """Do what takes as long as the page is big: in a thread, unless it is small."""
    return does() if len(body.text) <= _SMALL else await asyncio.to_thread(does)


def _is_whole(body: Body) -> bool:
    """Whether HTTP itself told where the body ends: what is cut off is then an error already."""
    return "content-length" in body.headers or "transfer-encoding" in body.headers


def _is_open_metrics(body: Body) -> bool:
    return "openmetrics" in str(body.headers.get("content-type", ""))


def _seconds(stamp: float, body: Body) -> float:
    """Return a timestamp in Unix seconds: OpenMetrics writes seconds, the older format ms."""
    return stamp if _is_open_metrics(body) else stamp / 1000
