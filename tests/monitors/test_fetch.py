"""Whatever a server does, a fetch ends, in time and in words."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from cockpit.foundation.clock import SystemClock
from cockpit.monitors.exposition import Unreadable
from cockpit.monitors.fetch import Body, FetchRequest, fetch, place, within
from tests.clocks import ManualClock, settle
from tests.monitors.servers import Handler, serving

Client = httpx.AsyncClient


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with httpx.AsyncClient(trust_env=False) as made:
        yield made


async def got(client: Client, handler: Handler, timeout_s: float = 10.0) -> Body | Unreadable:
    async with serving(handler) as url:
        return await fetch(
            client, SystemClock(), FetchRequest(f"{url}/metrics", timeout_s, "text/plain")
        )


def answers(**given: object) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(**given)  # type: ignore[arg-type]

    return handler


async def test_a_body_is_read(client: Client) -> None:
    body = await got(client, answers(body=b"http_requests 1 \xff\n"))
    assert isinstance(body, Body)
    assert body.text == "http_requests 1 \ufffd\n"


@pytest.mark.law(1)
@pytest.mark.parametrize("status", [204, 301, 404, 503])
async def test_law_1_anything_but_200_is_no_data(client: Client, status: int) -> None:
    assert await got(client, answers(status=status)) == Unreadable(
        f"answered {status}, 200 expected"
    )


async def test_the_reason_of_a_refusal_is_told(client: Client) -> None:
    refused = answers(status=400, text='{"status": "error", "error": "bad_data: parse error"}')
    assert await got(client, refused) == Unreadable("answered 400: bad_data: parse error")


async def test_a_huge_body_is_left_unread(client: Client) -> None:
    seen = await got(client, answers(body=b"x" * (9 * 1024 * 1024)))
    assert seen == Unreadable("answered with a body larger than 8 MiB")


async def test_an_endless_stream_is_cut_by_its_size(client: Client) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    assert await got(client, endless) == Unreadable("answered with a body larger than 8 MiB")


async def test_compression_is_declined_and_an_answer_that_insists_refused(client: Client) -> None:
    bomb = answers(body=gzip.compress(b"0" * 10**7), headers={"Content-Encoding": "gzip"})
    seen = await got(client, bomb)
    assert isinstance(seen, Unreadable)
    assert seen.why == "answered compressed, which was not requested"


async def test_an_answer_that_breaks_off_is_no_data(client: Client) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"http_requests 1\n")
        assert request.transport
        request.transport.close()
        return response

    seen = await got(client, broken)
    assert isinstance(seen, Unreadable)
    assert seen.why.startswith("gave no complete response")


async def test_a_refused_connection_is_told_apart(client: Client) -> None:
    async with serving(answers()) as url:
        gone = url
    seen = await fetch(client, SystemClock(), FetchRequest(gone, 10.0, "*/*"))
    assert isinstance(seen, Unreadable)
    assert "refused" in seen.why


@pytest.mark.parametrize("url", ["", "metrics", "http://[", "ftp://127.0.0.1/x", "http://\x00/"])
async def test_what_is_no_address_is_said_in_words(client: Client, url: str) -> None:
    assert isinstance(
        await fetch(client, SystemClock(), FetchRequest(url, 10.0, "*/*")), Unreadable
    )


@pytest.mark.law(12)
async def test_law_12_a_hung_target_ends_at_its_timeout(client: Client) -> None:
    arrived, clock = asyncio.Event(), ManualClock()

    async def hangs(_: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(hangs) as url:
        task = asyncio.create_task(fetch(client, clock, FetchRequest(url, 5.0, "*/*")))
        await asyncio.wait_for(arrived.wait(), 10)
        await clock.advance(4.9)
        assert not task.done()
        await clock.advance(0.1)
        assert await task == Unreadable("gave no complete response within 5 s")


@pytest.mark.law(12)
async def test_law_12_a_dripping_stream_ends_at_its_timeout(client: Client) -> None:
    """Each read is in time, the whole is not: a timeout a read would never end it."""
    dripped, clock = asyncio.Event(), ManualClock()
    more = asyncio.Queue[bytes]()

    async def drips(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while drop := await more.get():
            await response.write(drop)
            dripped.set()
        return response

    async with serving(drips) as url:
        task = asyncio.create_task(fetch(client, clock, FetchRequest(url, 5.0, "*/*")))
        for _ in range(5):
            more.put_nowait(b"x")
            await asyncio.wait_for(dripped.wait(), 10)
            dripped.clear()
            await clock.advance(1.0)
        assert await task == Unreadable("gave no complete response within 5 s")
        more.put_nowait(b"")


async def test_a_cancelled_wait_cancels_its_work() -> None:
    clock, ended = ManualClock(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(within(clock, 5.0, work()))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert clock.sleepers == 0


@pytest.mark.law(8)
def test_law_8_an_address_is_shown_without_its_secrets() -> None:
    shown = place("https://me:hunter2@prom.example:9090/metrics?token=abc#x")
    assert shown == "https://prom.example:9090/metrics"
    assert place("http://\x00/") == "the address"
