"""What the tests of the checks share: tools, a ticking clock, and servers on loopback."""

import asyncio
import contextlib
import functools
import itertools
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx

from checks.core.base import Target, Tools
from cockpit.card.read.maker import make
from cockpit.runtime import environment
from tests.clocks import settle

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


Model = TypeVar("Model")


class WrongError(Exception):
    """An entry of a card that says what it may not say."""


def read(model: type[Model], **raw: Any) -> Model:
    """Read a check, or another entry, as a card writes it."""
    made, faults = make(model, raw)
    if made is None:
        raise WrongError("; ".join(fault.message for fault in faults))
    return made


class Ticking:
    """A clock that is `step_s` later each time it is read, so that latencies are exact."""

    def __init__(self, step_s: float) -> None:
        self._now_s = itertools.count(100.0, step_s)

    def monotonic(self) -> float:
        return next(self._now_s)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a check wanted to wait for {seconds} s")


@functools.cache
def authorities() -> ssl.SSLContext:
    """Load the certificate authorities once: that takes longer than most tests of a check."""
    return httpx.create_ssl_context(trust_env=False)


def client(timeout_s: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=timeout_s, trust_env=False, verify=authorities())


def many(timeout_s: float, at_once: int) -> httpx.AsyncClient:
    return environment.many(timeout_s, at_once, rehearsal=True)


def tools(
    folder: Path = Path(),
    env: Mapping[str, str] | None = None,
    step_s: float = 0.012,
    http: Callable[[float], httpx.AsyncClient] = client,
    **target: str,
) -> Tools:
    """Return tools with the machine's PATH and `env`; by their clock each latency is `step_s`."""
    every = {"PATH": os.environ["PATH"], **(env or {})}
    return Tools(folder, every, Ticking(step_s), http, Target(**target), many=many)


@contextlib.asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[int]:
    """Serve `talk` to each connection on loopback, and give the port; what still talks is ended."""
    talks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with contextlib.suppress(ConnectionError, EOFError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await settle()  # what was accepted is now talked to, and can be ended
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def saying(answer: bytes) -> Talk:
    """Return a talk that reads a request and sends `answer`, whatever that is."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return talk


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Listen until the other side hangs up, and never say a word."""
    while await reader.read(4096):
        pass
