"""How a request of the service suffers: the believable delay of every day, and injected faults."""

import asyncio
import math
import random
import time
from dataclasses import dataclass, field
from http import HTTPStatus

import asyncpg
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.service.api_operations import OPEN_PATHS
from cockpit.rehearsal.service.connection_pool import DATABASE
from cockpit.rehearsal.service.middleware import faults, refuse

_MEDIAN_S, _SPREAD = 0.010, 0.45
_ERROR_RATIO, _SLOW_RATIO = 0.2, 0.1
_HELD_CONNECTIONS = 31
_LET_GO_AFTER_S = 5.0


def _delay_s(wanted: frozenset[str]) -> float:
    if Fault.LATENCY_AT_CANARY.value in wanted:
        return random.uniform(0.30, 0.45)  # noqa: S311 - a delay, not a secret
    return random.lognormvariate(math.log(_MEDIAN_S), _SPREAD)


@dataclass
class Hoard:
    """Connections taken and not given back while the fault is on; let go when it is over."""

    database_url: str
    application_name: str
    held: list[asyncpg.Connection] = field(default_factory=list)
    wanted_s: float = -math.inf
    task: asyncio.Task[None] | None = None

    def want(self) -> None:
        """Say that the fault is on, now."""
        self.wanted_s = time.monotonic()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._hold())

    def end(self) -> None:
        """Let everything go now."""
        if self.task is not None:
            self.task.cancel()

    async def _hold(self) -> None:
        try:
            while time.monotonic() - self.wanted_s < _LET_GO_AFTER_S:
                if len(self.held) < _HELD_CONNECTIONS:
                    await self._take()
                await asyncio.sleep(0.05)
        finally:
            while self.held:
                self.held.pop().terminate()

    async def _take(self) -> None:
        named = {"application_name": self.application_name}
        try:
            self.held.append(
                await asyncpg.connect(self.database_url, timeout=3.0, server_settings=named)
            )
        except (OSError, TimeoutError, asyncpg.PostgresError):
            await asyncio.sleep(0.5)


def suffering(hoard: Hoard) -> Middleware:
    """Delay each request a little, as real ones are; more, or worse, where a fault says so."""

    @web.middleware
    async def suffer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS:
            return await handler(request)
        wanted = faults(request)
        await asyncio.sleep(_delay_s(wanted))
        chance = random.random()  # noqa: S311
        if Fault.ERRORS_AT_CANARY.value in wanted and chance < _ERROR_RATIO:
            return refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "KeyError: 'delivery_window'")
        if Fault.POOL_EXHAUSTION.value in wanted:
            hoard.want()
        if Fault.SLOW_QUERY.value in wanted and chance < _SLOW_RATIO:
            await request.app[DATABASE].fetch("SELECT pg_sleep(1.5)")
        return await handler(request)

    return suffer
