"""What the stand-in for Prometheus measures: it scrapes, and knows a few queries by heart.

The router's pages stay in a history, from which other queries are computed. Its `up` is that of the
router alone: behind it a version may be gone while the service answers.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import aiohttp
from aiohttp import web
from msgspec import Struct

from cockpit.monitors.exposition import MetricsPage, Unreadable, parse
from cockpit.monitors.questions import Pattern, Quantile, Rate, Share
from cockpit.monitors.window import SampleWindow
from cockpit.rehearsal.observatory.history import History

_EVERY_S = 1.0
_BEGINS_S = 6.0
_OVER_S = 30.0
_MOST_BYTES = 4 * 1024 * 1024
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
    """The newest value of each query; one that the last scrape did not give is none."""

    def __init__(self, requests_url: str, pool_urls: Sequence[str]) -> None:
        self.history = History()
        self._requests_url, self._pool_urls = requests_url, pool_urls
        self._windows = {
            P95: SampleWindow(Quantile("http_request_duration_seconds", 0.95, _VERSIONS), _OVER_S),
            ERRORS: SampleWindow(
                Share("http_requests", Pattern({"code": "5.."}), _VERSIONS), _OVER_S
            ),
            # a rate over what there is, from the second page on, as Prometheus gives it
            AUTH_FAILURES: SampleWindow(
                Rate("http_requests", Pattern({"code": "401|403"}), _ALL, over_s=0.0), _OVER_S
            ),
        }
        self._points: Mapping[str, Point] = {}
        self._all_there, self._began_s = asyncio.Event(), time.monotonic()

    async def begun(self) -> None:
        """Wait until each query has had a value, for the first seconds of a world at most.

        A world that begins again has lost what the real programs would have kept.
        """
        left_s = self._began_s + _BEGINS_S - time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await self._all_there.wait()

    def point(self, query: str) -> Point | None:
        """Give the newest value of a query, None without data; KeyError for an unknown query."""
        if query not in QUERIES:
            raise KeyError(query)
        return self._points.get(query)

    async def scraping(self, _: web.Application) -> AsyncIterator[None]:
        """Scrape once a second while the application runs."""
        limit = aiohttp.ClientTimeout(total=_EVERY_S)
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
            self._points = {**self._measured(requests), **_connections(pools)}
            if self._points.keys() == set(QUERIES):
                self._all_there.set()
            await asyncio.sleep(_EVERY_S)

    def _measured(self, page: MetricsPage | None) -> dict[str, Point]:
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
        async with session.get(url) as answer:
            if answer.status != 200:
                return None
            text = (await answer.content.read(_MOST_BYTES)).decode("utf-8", "replace")
    except (aiohttp.ClientError, TimeoutError):
        return None
    page = parse(text, _FAMILIES)
    return None if isinstance(page, Unreadable) else page
