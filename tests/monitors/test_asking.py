"""How a source asks: within its own timeout and limit, at the address that the card names.

It goes over every monitor of the union `AnyMonitor`, so that a new source cannot be left out.
"""

import asyncio
from collections.abc import Mapping

import httpx
import msgspec
import pytest
from aiohttp import web

from checks.core.variables import names_in
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.rules.raw import texts
from cockpit.monitors.exposition import MAX_BYTES
from cockpit.monitors.judge import judge, rule
from cockpit.monitors.reading import Reading
from cockpit.monitors.sources import MonitorSource
from tests.card.test_addresses import is_covered
from tests.clocks import ManualClock
from tests.monitors.examples import Example, Replies
from tests.monitors.replying import (
    LONG,
    NOT_ASKING,
    Peer,
    assert_blind,
    client,
    every_source,
    peer,
    the_source,
    verdicts,
)
from tests.monitors.servers import serving
from tests.monitors.templates import right

OWN_S = 7.0  # no default of any monitor


@pytest.mark.law(1)
@every_source
async def test_law_1_a_body_without_end_is_blind(example: Example, replies: Replies) -> None:
    """It ends by a limit of the source: the clock stands still."""
    made, read_whole = Peer(served=right(replies)), []

    async def pours(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(await made.reply(request))
        for _ in range(64):
            await response.write(b"\n" * (MAX_BYTES // 16))
        read_whole.append(request.path_qs)
        return response

    async with serving(pours) as url, client() as asks:
        monitor = example.make(url, LONG)
        reading = (await the_source(monitor, asks, made.clock).read())[monitor.monitor]
    assert not read_whole, "it has no limit: use `fetch` of cockpit/monitors/fetch.py"
    assert_blind([judge(None, reading, rule(monitor))], "a body without end")


@pytest.mark.law(12)
@pytest.mark.parametrize("drips", [False, True], ids=["hangs", "drips"])
@every_source
async def test_law_12_a_slow_peer_ends_at_the_monitors_own_timeout(
    example: Example, replies: Replies, drips: bool
) -> None:
    """By the clock that the source is given, which is moved by hand."""
    made, arrived = Peer(served=right(replies)), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if drips:
            await response.prepare(request)
            await response.write((await made.reply(request))[:-9])
        arrived.set()
        while True:
            await made.clock.sleep(1.0)
            if drips:
                await response.write(b"\n")

    async with serving(slow) as url, client() as asks:
        monitor = example.make(url, f"{OWN_S:g}s")
        reading = asyncio.create_task(_read(the_source(monitor, asks, made.clock)))
        await asyncio.wait_for(arrived.wait(), 10)
        await made.clock.advance(OWN_S - 0.5)
        assert not reading.done(), "it ended before its `timeout`"
        await made.clock.advance(0.5)
        ended, _ = await asyncio.wait({reading}, timeout=10)
        reading.cancel()
    assert ended, "its `timeout` did not end it: use `fetch` of cockpit/monitors/fetch.py"
    seen = (await reading)[monitor.monitor]
    assert_blind([judge(None, seen, rule(monitor))], "a slow peer")


async def _read(source: MonitorSource) -> Mapping[str, Reading]:
    return await source.read()


def addresses(monitor: AnyMonitor, url: str) -> set[tuple[str, ...]]:
    """Return the path of each text that is an address by what it says, however its key is named."""
    return {
        tuple("*" if isinstance(part, int) else part for part in ("monitors", 0, *path))
        for path, text in texts(msgspec.to_builtins(monitor, enc_hook=str))
        if url in text or "://" in text or any(names_in(text))
    }


@every_source
def test_each_address_of_a_source_is_checked_as_one(example: Example, replies: Replies) -> None:
    found = addresses(example.make("http://127.0.0.1:9", LONG), "http://127.0.0.1:9")
    assert found, "its example names no address"
    missing = [path for path in found if not is_covered(path)]
    assert not missing, f"add to ADDRESSES of cockpit/card/rules/secret.py: {missing}"


@every_source
async def test_a_variable_in_an_address_is_filled_in(example: Example, replies: Replies) -> None:
    async with peer() as (made, asks):
        seen = await verdicts(example.make("${PEER}", LONG), made, asks, right(replies))
    assert seen[-1].state != "blind", seen


@pytest.mark.parametrize("example", NOT_ASKING.values(), ids=NOT_ASKING)
async def test_a_source_without_replies_sends_no_request(example: Example) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200)

    async with client(httpx.MockTransport(answer)) as asks:
        await the_source(example.make("http://127.0.0.1:9", LONG), asks, ManualClock()).read()
    assert not asked, "name the replies of its protocol in tests/monitors/examples.py"
