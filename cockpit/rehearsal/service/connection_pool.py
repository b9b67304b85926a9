"""The service's connection pool: a minimum of open connections, and a maximum."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiohttp import web

MAX_SIZE = 8
_MIN_SIZE = 4
_QUERY_TIMEOUT_S = 3.0
_RETRY_S = 0.1

DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""Raised by `ConnectionPool.fetch` when the database is unavailable."""


@dataclass
class ConnectionPool:
    """A connection pool that is created once the database accepts connections.

    Until `connected` is set, every query fails as if the database were down.
    """

    url: str
    application_name: str
    pool: asyncpg.Pool | None = None
    connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self) -> None:
        """Create the pool, retrying until it succeeds; later the pool reconnects by itself."""
        while self.pool is None:
            try:
                # idle connections are never closed, or the canary's first requests would be slower
                self.pool = await asyncpg.create_pool(
                    self.url,
                    min_size=_MIN_SIZE,
                    max_size=MAX_SIZE,
                    max_inactive_connection_lifetime=0,
                    timeout=3.0,
                    command_timeout=5.0,
                    server_settings={"application_name": self.application_name},
                )
            except DATABASE_ERRORS:
                await asyncio.sleep(_RETRY_S)
        self.connected.set()

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Return the rows of a query; raises one of DATABASE_ERRORS, after 3 s at most."""
        if self.pool is None:
            raise ConnectionError("not connected yet")
        async with asyncio.timeout(_QUERY_TIMEOUT_S):
            rows: list[Any] = await self.pool.fetch(query, *args)
        return rows

    def sizes(self) -> dict[str, int]:
        """Return the numbers of open and of idle connections, and the maximum."""
        if self.pool is None:
            return {"open": 0, "idle": 0, "most": MAX_SIZE}
        return {"open": self.pool.get_size(), "idle": self.pool.get_idle_size(), "most": MAX_SIZE}

    def close(self) -> None:
        """Close every connection immediately."""
        if self.pool is not None:
            self.pool.terminate()


DATABASE = web.AppKey("DATABASE", ConnectionPool)
