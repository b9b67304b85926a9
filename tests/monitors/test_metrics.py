"""One scrape serves all monitors of a page; a page that lies is blind."""

from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from cockpit.monitors.metrics import MetricsSource
from cockpit.monitors.page_monitor import PageMonitor
from tests.clocks import ManualClock
from tests.monitors.pages import URL, errors, requests_page, scraped
from tests.monitors.servers import serving


class Target:
    """Answers each request with the next page, and counts requests."""

    def __init__(self, *pages: str, headers: dict[str, str] | None = None) -> None:
        self._pages, self._headers = list(pages), headers or {}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        page = self._pages.pop(0) if len(self._pages) > 1 else self._pages[0]
        return httpx.Response(200, text=page, headers=self._headers)


def client(target: Target) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(target))


RATE = scraped(monitor="auth", rate={"code": "401|403"}, above="100/min", over="2s", every="2s")


async def test_one_scrape_serves_all_monitors_of_the_page() -> None:
    target = Target(requests_page(c200_1=0, c401_1=0), requests_page(c200_1=90, c401_1=10))
    clock = ManualClock()
    async with client(target) as http:
        source = MetricsSource(URL, [errors(), RATE], http, clock)
        assert (source.names, source.every_s) == (("errors", "auth"), 1.0)
        first = await source.read()
        assert {reading.value for reading in first.values()} == {None}
        await clock.advance(1.0)
        second = await source.read()
    assert (second["errors"].value, second["auth"].value) == (0.0, 600.0)
    assert len(target.asked) == 2


@pytest.mark.law(1)
async def test_law_1_an_error_is_blind_for_all_of_them_and_says_where() -> None:
    secret = "http://me:hunter2@127.0.0.1:9/metrics?token=x"
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(503))
    ) as http:
        readings = await MetricsSource(secret, [errors(), RATE], http, ManualClock()).read()
    assert {reading.value for reading in readings.values()} == {None}
    assert readings["errors"].note == "http://127.0.0.1:9/metrics answered 503, 200 expected"


async def test_a_page_with_many_series_is_read_all_the_same() -> None:
    rest = "".join(f'other{{a="{i}"}} 1\n' for i in range(20_000))
    target = Target(requests_page(c200_1=0) + rest, requests_page(c200_1=80) + rest)
    async with client(target) as http:
        source = MetricsSource(URL, [errors()], http, ManualClock())
        await source.read()
        assert (await source.read())["errors"].samples == 80


@pytest.mark.law(1)
@pytest.mark.parametrize("unit", ["ms", "s"])
async def test_law_1_timestamps_that_do_not_move_grow_old(unit: str) -> None:
    stamp, kind = ("7000", "text/plain") if unit == "ms" else ("7", "application/openmetrics-text")
    page = f"http_requests_total 5 {stamp}\n# EOF\n"
    clock = ManualClock()
    async with client(Target(page, headers={"Content-Type": kind})) as http:
        source = MetricsSource(URL, [errors(stale="15s")], http, clock)
        await source.read()
        await clock.advance(15.0)
        assert "old" not in (await source.read())["errors"].note
        await clock.advance(1.0)
        reading = (await source.read())["errors"]
    assert reading.note.endswith("shows values that are 16 s old")


@pytest.mark.law(1)
async def test_law_1_a_stamp_older_than_the_answer_that_carries_it_is_old() -> None:
    date = {"Date": "Sun, 01 Mar 2026 02:00:00 GMT"}
    target = Target("http_requests_total 5 1772330000000\n", headers=date)
    async with client(target) as http:
        reading = (await MetricsSource(URL, [errors()], http, ManualClock()).read())["errors"]
    assert "old" in reading.note


@pytest.mark.law(13)
async def test_law_13_a_stepped_wall_clock_makes_nothing_old() -> None:
    clock = ManualClock()
    line = 'http_requests_total{code="200"}'
    target = Target(f"{line} 5 7000\n", f"{line} 6 8000\n")
    async with client(target) as http:
        source = MetricsSource(URL, [errors(samples=1)], http, clock)
        await source.read()
        clock.step(86400)
        await clock.advance(1.0)
        assert (await source.read())["errors"].samples == 1


async def test_a_page_without_the_family_is_named() -> None:
    async with client(Target("up 1\n")) as http:
        reading = (await MetricsSource(URL, [errors()], http, ManualClock()).read())["errors"]
    assert reading.note == (
        "http://127.0.0.1:9/metrics: has no http_requests, and no counter at all"
    )


def test_a_page_is_fresh_for_two_periods_of_a_slow_monitor() -> None:
    """As the rule of each monitor says."""
    assert PageMonitor(errors(every="30s", stale="15s")).stale_s == 60.0
    assert PageMonitor(errors(every="1s", stale="15s")).stale_s == 15.0


@pytest.mark.law(1)
async def test_law_1_each_scrape_opens_a_connection_of_its_own() -> None:
    """On one that is kept open a single worker of several answers for ever."""
    peers: list[object] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.Response(text=requests_page(c200_1=1))

    async with serving(answer) as url, httpx.AsyncClient(trust_env=False) as http:
        source = MetricsSource(url, [errors()], http, ManualClock())
        for _ in range(4):
            await source.read()
    assert len(set(peers)) == 4


async def test_a_last_line_without_an_end_is_read_where_http_tells_the_length() -> None:
    """Prometheus takes it; many pages written by hand leave it out."""
    pages = (requests_page(c200_1=0).rstrip(), requests_page(c200_1=80).rstrip())
    async with client(Target(*pages)) as http:
        source = MetricsSource(URL, [errors()], http, ManualClock())
        await source.read()
        assert (await source.read())["errors"].samples == 80


@pytest.mark.law(1)
async def test_law_1_a_last_line_without_an_end_may_be_cut_off_where_nothing_tells() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield requests_page(c200_1=80).rstrip().encode()

    def answer(_: httpx.Request) -> httpx.Response:
        response = httpx.Response(200, content=endless())
        response.headers.pop("transfer-encoding", None)
        return response

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        reading = (await MetricsSource(URL, [errors()], http, ManualClock()).read())["errors"]
    assert "is cut off" in reading.note
