"""One scrape serves all monitors of a page; a page that lies is blind."""

import httpx
import pytest

from cockpit.monitors.metrics import MetricsSource
from tests.clocks import ManualClock
from tests.monitors.pages import URL, errors, requests_page, scraped


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
    target = Target("http_requests_total 5 7000\n", "http_requests_total 6 8000\n")
    async with client(target) as http:
        source = MetricsSource(URL, [errors(samples=1)], http, clock)
        await source.read()
        clock.step(86400)
        await clock.advance(1.0)
        assert (await source.read())["errors"].samples == 1


async def test_a_page_without_the_family_is_named() -> None:
    async with client(Target("up 1\n")) as http:
        reading = (await MetricsSource(URL, [errors()], http, ManualClock()).read())["errors"]
    assert reading.note == "http://127.0.0.1:9/metrics: has no http_requests"
