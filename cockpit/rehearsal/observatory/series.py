"""The data of the stand-in for Prometheus: it scrapes, and computes a few fixed queries.

The router's scrapes are stored in a history, from which other queries are computed. Its `up` is
that of the router alone: one version may be down behind it while the service responds.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import aiohttp
from aiohttp import web
from msgspec import Struct

from cockpit.monitors.exposition import MetricsPage, Unreadable, parse
from cockpit.monitors.window import SampleWindow
from cockpit.monitors.window_query import Pattern, Quantile, Rate, Share
from cockpit.rehearsal.observatory.history import History

_INTERVAL_S = 1.0
_STARTUP_S = 6.0
_WINDOW_S = 30.0
_MAX_BYTES = 4 * 1024 * 1024
_VERSIONS = Pattern({"version": "[0-9].*"})
_ALL = Pattern({})
_FAMILIES = (
    "http_requests",
    "http_request_duration_seconds",
    "http_unauthenticated_successes",
    "db_pool_connections",
)

P95 = (
    "histogram_quantile(0.95, sum by (le) "
    '(rate(http_request_duration_seconds_bucket{version=~"[0-9].*"}[30s])))'
)
ERRORS = (
    '(sum(rate(http_requests_total{version=~"[0-9].*", code=~"5.."}[30s])) or vector(0))'
    ' / sum(rate(http_requests_total{version=~"[0-9].*"}[30s]))'
)
AUTH_FAILURES = (
    '60 * (sum(rate(http_requests_total{code=~"401|403"}[30s]))'
    " or 0 * sum(rate(http_requests_total[30s])))"
)
CONNECTIONS = 'sum(db_pool_connections{state="open"})'
QUERIES = (P95, ERRORS, AUTH_FAILURES, CONNECTIONS)


class Point(Struct, frozen=True):
    """A value, and the Unix time in seconds at which it was scraped."""

    value: float
    stamp_s: float


class LatestSeries:
    """The newest value of each fixed query, if the last scrape has one."""

    def __init__(self, requests_url: str, pool_urls: Sequence[str]) -> None:
        self.history = History()
        self._requests_url, self._pool_urls = requests_url, pool_urls
        self._windows = {
            P95: SampleWindow(
                Quantile("http_request_duration_seconds", 0.95, _VERSIONS), _WINDOW_S
            ),
            ERRORS: SampleWindow(
                Share("http_requests", Pattern({"code": "5.."}), _VERSIONS), _WINDOW_S
            ),
            # like Prometheus, a rate from the second scrape on, over a window not yet full
            AUTH_FAILURES: SampleWindow(
                Rate("http_requests", Pattern({"code": "401|403"}), _ALL, over_s=0.0), _WINDOW_S
            ),
        }
        self._points: Mapping[str, Point] = {}
        self._has_all, self._started_s = asyncio.Event(), time.monotonic()

    async def wait_for_data(self) -> None:
        """Wait until each query has had a value, up to 6 s after the start.

        A resumed world has lost the data that the real programs would have stored.
        """
        left_s = self._started_s + _STARTUP_S - time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await self._has_all.wait()

    def point(self, query: str) -> Point | None:
        """Return the newest value of a query, None without data; raises KeyError if unknown."""
        if query not in QUERIES:
            raise KeyError(query)
        return self._points.get(query)

    async def scraping(self, _: web.Application) -> AsyncIterator[None]:
        """Scrape once a second while the application runs."""
        limit = aiohttp.ClientTimeout(total=_INTERVAL_S)
        async with aiohttp.ClientSession(timeout=limit) as session:
            task = asyncio.create_task(self._scrape(session))
            yield
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _scrape(self, session: aiohttp.ClientSession) -> None:
        while True:
            began_s = time.time()
            requests, *pools = await asyncio.gather(
                _page(session, self._requests_url),
                *(_page(session, url) for url in self._pool_urls),
            )
            self.history.add(began_s, requests)
            self._points = {**self._points_of(requests), **_connections(pools)}
            if self._points.keys() == set(QUERIES):
                self._has_all.set()
            await asyncio.sleep(_INTERVAL_S)

    def _points_of(self, page: MetricsPage | None) -> dict[str, Point]:
        if page is None:
            return {}
        readings = {query: w.add(time.monotonic(), page) for query, w in self._windows.items()}
        now_s = time.time()
        return {q: Point(r.value, now_s) for q, r in readings.items() if r.value is not None}


def _connections(pages: Sequence[MetricsPage | None]) -> dict[str, Point]:
    values = [
        sample.value
        for page in pages
        if page is not None
        for sample in page.samples
        if ("state", "open") in sample.labels
    ]
    return {CONNECTIONS: Point(sum(values), time.time())} if values else {}


async def _page(session: aiohttp.ClientSession, url: str) -> MetricsPage | None:
    try:
        async with session.get(url) as response:
            if response.status != 200:
                return None
            text = (await response.content.read(_MAX_BYTES)).decode("utf-8", "replace")
    except (aiohttp.ClientError, TimeoutError):
        return None
    page = parse(text, _FAMILIES)
    return None if isinstance(page, Unreadable) else page
