"""Law 1: whatever a peer sends instead of data, no monitor reads a value from it, and it says why.

It goes over every member of the union `AnyMonitor`, so that a new source cannot be left out.
"""

import asyncio
from typing import get_args

import httpx
import pytest
from aiohttp import web
from msgspec import Struct

from checks.core.base import Check, Outcome, Result
from cockpit.card.model.monitors import AnyMonitor, MonitorEntry
from cockpit.foundation.clock import SystemClock
from cockpit.monitors.reading import Reading
from cockpit.monitors.sources import SourceTools, sources
from tests.checks.kit import authorities
from tests.monitors.examples import EXAMPLES
from tests.monitors.servers import Handler, serving

CASES = [(kind, index) for kind, some in EXAMPLES.items() for index in range(len(some))]


class Peer(Struct, frozen=True):
    """A peer that sends no data, and how long a monitor waits for it."""

    handler: Handler
    timeout: str = "10s"


def sends(status: int = 200, body: bytes = b"", kind: str = "application/json") -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type=kind)

    return handler


async def hangs(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


PEERS = {
    "list": Peer(sends(body=b"[]")),
    "mapping": Peer(sends(body=b"{}")),
    "null": Peer(sends(body=b"null")),
    "html": Peer(sends(body=b"<!doctype html><title>Sign in</title>", kind="text/html")),
    "empty": Peer(sends()),
    "error": Peer(sends(status=500, body=b"http_requests_total 1\n", kind="text/plain")),
    "oversized": Peer(sends(body=b"1" * (9 * 1024 * 1024))),
    "timeout": Peer(hangs, timeout="200ms"),
}


async def never_known(_: Check) -> Result:
    return Result(Outcome.UNKNOWN, "no answer that could be judged")


async def read_twice(monitor: AnyMonitor) -> list[Reading]:
    """Return two readings of a monitor: a value may come of a difference."""
    unlimited = httpx.AsyncClient(timeout=None, trust_env=False, verify=authorities())
    async with unlimited as client, asyncio.timeout(20):
        tools = SourceTools(client, SystemClock(), lambda text: text, never_known)
        (source,) = sources([monitor], tools)
        return [(await source.read())[monitor.monitor] for _ in range(2)]


def assert_blind(readings: list[Reading]) -> None:
    for reading in readings:
        assert reading.value is None, "a value was read where there was no data"
        assert reading.note, "it does not say why there is no value"
        assert not reading.learning, "it takes an error for a lack of time"


@pytest.mark.parametrize("kind", get_args(AnyMonitor))
def test_every_monitor_meets_hostile_peers(kind: type[MonitorEntry]) -> None:
    assert EXAMPLES.get(kind), (
        f"add an example of {kind.__name__} to EXAMPLES of tests/monitors/examples.py"
    )


@pytest.mark.law(1)
@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize(("kind", "index"), CASES)
async def test_law_1_no_value_comes_of_what_is_no_data(
    kind: type[MonitorEntry], index: int, peer: str
) -> None:
    async with serving(PEERS[peer].handler) as url:
        readings = await read_twice(EXAMPLES[kind][index].make(url, PEERS[peer].timeout))
    assert_blind(readings)


@pytest.mark.law(1)
@pytest.mark.parametrize(("kind", "index"), CASES)
async def test_law_1_no_value_comes_of_a_refused_connection(
    kind: type[MonitorEntry], index: int
) -> None:
    async with serving(hangs) as url:
        pass
    assert_blind(await read_twice(EXAMPLES[kind][index].make(url, "10s")))
