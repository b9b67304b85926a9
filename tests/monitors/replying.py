"""A peer that replies from templates, and what a source reads from it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import format_datetime

import httpx
import msgspec
import pytest
from aiohttp import web
from msgspec import Struct

from checks.core.base import Check, Outcome, Result
from cockpit.card.model.monitors import AnyMonitor
from cockpit.monitors.judge import Verdict, judge, rule
from cockpit.monitors.sources import MonitorSource, SourceTools, sources
from tests.checks.kit import authorities
from tests.clocks import ManualClock
from tests.monitors.examples import EXAMPLES, NOW, STAMP, VALUE, Replies
from tests.monitors.servers import serving
from tests.monitors.templates import Served

LONG = "300s"
STEPS = 3

ALL = {
    f"{kind.__name__}-{index}": example
    for kind, some in EXAMPLES.items()
    for index, example in enumerate(some)
}
ASKING = {
    name: (example, example.replies)
    for name, example in ALL.items()
    if isinstance(example.replies, Replies)
}
NOT_ASKING = {name: example for name, example in ALL.items() if isinstance(example.replies, str)}
every_source = pytest.mark.parametrize(("example", "replies"), ASKING.values(), ids=ASKING)


class Peer(Struct):
    """A peer whose replies are made from templates, at the instant of a clock moved by hand."""

    url: str = ""
    clock: ManualClock = msgspec.field(default_factory=ManualClock)
    served: Served = {}
    status: int = 200
    step: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        head = {"Date": format_datetime(self.clock.utc(), usegmt=True)}
        return web.Response(status=self.status, body=await self.reply(request), headers=head)

    async def reply(self, request: web.Request) -> bytes:
        asked = f"{request.rel_url.human_repr()}\n{await request.text()}"
        template = next(reply for part, reply in self.served.items() if part in asked)
        now = str(int(self.clock.utc().timestamp()))
        filled = {VALUE: str(100 * (self.step + 1)), STAMP: now, NOW: now}
        for mark, text in filled.items():
            template = template.replace(mark, text)
        return template.encode()


async def no_check(_: Check) -> Result:
    return Result(Outcome.PASSED, "it is open")


def client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return a client that waits for ever: a source has a timeout of its own."""
    return httpx.AsyncClient(
        transport=transport, timeout=None, trust_env=False, verify=authorities()
    )


def the_source(
    monitor: AnyMonitor, asks: httpx.AsyncClient, clock: ManualClock, address: str = ""
) -> MonitorSource:
    """Return the source of a monitor, where `PEER` in the environment is an address."""
    tools = SourceTools(asks, clock, lambda text: text.replace("${PEER}", address), no_check)
    (source,) = sources([monitor], tools)
    return source


@asynccontextmanager
async def peer() -> AsyncIterator[tuple[Peer, httpx.AsyncClient]]:
    made = Peer()
    async with serving(made.answer) as made.url, client() as asks:
        yield made, asks


async def verdicts(
    monitor: AnyMonitor, peer: Peer, asks: httpx.AsyncClient, served: Served, status: int = 200
) -> list[Verdict]:
    """Return a verdict on each of some readings by itself."""
    peer.clock, peer.served, peer.status = ManualClock(), served, status
    source, seen = the_source(monitor, asks, peer.clock, peer.url), []
    for peer.step in range(STEPS):
        reading = (await source.read())[monitor.monitor]
        seen.append(judge(None, reading, rule(monitor)))
        await peer.clock.advance(1.0)
    return seen


def assert_blind(seen: list[Verdict], why: object) -> None:
    assert [verdict.state for verdict in seen] == ["blind"] * len(seen), f"{why}: {seen}"
    assert all(verdict.note for verdict in seen), f"{why}: it does not say why"
