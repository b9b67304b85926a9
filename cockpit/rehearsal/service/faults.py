"""Delays and faults of the service's requests: realistic latency, and what a rehearsal injects."""

import asyncio
import itertools
import math
import random
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import asyncpg
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.service.api_operations import OPEN_PATHS
from cockpit.rehearsal.service.connection_pool import DATABASE
from cockpit.rehearsal.service.middleware import error_response, injected_faults

_MEDIAN_S, _SIGMA = 0.010, 0.45
_ERROR_EVERY, _SLOW_EVERY = 5, 10  # requests
_HELD_CONNECTIONS = 31
_RELEASE_AFTER_S = 5.0


def _delay_s(faults: Collection[Fault]) -> float:
    """Draw a request's delay: log-normal, or 300 to 450 ms where the canary is slow."""
    if Fault.LATENCY_AT_CANARY in faults:
        return random.uniform(0.30, 0.45)  # noqa: S311 - a delay, not a secret
    return random.lognormvariate(math.log(_MEDIAN_S), _SIGMA)


def _every(count: int) -> Iterator[bool]:
    """Yield True once in `count` times, first for the one in the middle."""
    return (number % count == count // 2 for number in itertools.count())


@dataclass
class HeldConnections:
    """Database connections held open while the pool is to be exhausted.

    They are closed 5 s after the last call of `hold`.
    """

    database_url: str
    application_name: str
    connections: list[asyncpg.Connection] = field(default_factory=list)
    requested_s: float = -math.inf
    task: asyncio.Task[None] | None = None

    def hold(self) -> None:
        """Open connections and hold them for another 5 s."""
        self.requested_s = time.monotonic()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._hold())

    def release(self) -> None:
        """Close all connections now."""
        if self.task is not None:
            self.task.cancel()

    async def _hold(self) -> None:
        try:
            while time.monotonic() - self.requested_s < _RELEASE_AFTER_S:
                if len(self.connections) < _HELD_CONNECTIONS:
                    await self._connect()
                await asyncio.sleep(0.05)
        finally:
            while self.connections:
                self.connections.pop().terminate()

    async def _connect(self) -> None:
        settings = {"application_name": self.application_name}
        try:
            self.connections.append(
                await asyncpg.connect(self.database_url, timeout=3.0, server_settings=settings)
            )
        except (OSError, TimeoutError, asyncpg.PostgresError):
            await asyncio.sleep(0.5)


def fault_injection(held_connections: HeldConnections) -> Middleware:
    """Build the middleware that delays each request a little, and injects the canary's faults.

    Faults of some requests are counted out, not drawn: chance could spare a canary of few requests.
    """
    errors, queries = _every(_ERROR_EVERY), _every(_SLOW_EVERY)

    @web.middleware
    async def inject(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS:
            return await handler(request)
        faults = injected_faults(request)
        await asyncio.sleep(_delay_s(faults))
        if Fault.ERRORS_AT_CANARY in faults and next(errors):
            return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "KeyError: 'delivery_window'")
        if Fault.POOL_EXHAUSTION in faults:
            held_connections.hold()
        if Fault.SLOW_QUERY in faults and next(queries):
            await request.app[DATABASE].fetch("SELECT pg_sleep(1.5)")
        return await handler(request)

    return inject
