"""The service's connections to its database: a few kept open, a bounded number at most."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiohttp import web

MOST = 8
_FEWEST = 4
_QUERY_TIMEOUT_S = 3.0
_RETRY_S = 0.1

DOWN = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a query raises when the database cannot be asked."""


@dataclass
class ConnectionPool:
    """A pool that is made as soon as the database takes connections; until then it is down."""

    url: str
    application_name: str
    pool: asyncpg.Pool | None = None
    connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self) -> None:
        """Try to make the pool until it succeeds; it repairs itself afterwards."""
        while self.pool is None:
            try:
                # kept open for good, so that a canary's first requests are not slower than others
                self.pool = await asyncpg.create_pool(
                    self.url,
                    min_size=_FEWEST,
                    max_size=MOST,
                    max_inactive_connection_lifetime=0,
                    timeout=3.0,
                    command_timeout=5.0,
                    server_settings={"application_name": self.application_name},
                )
            except DOWN:
                await asyncio.sleep(_RETRY_S)
        self.connected.set()

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Give the rows of a query; raises one of DOWN when it does not answer in 3 s."""
        if self.pool is None:
            raise ConnectionError("not connected yet")
        async with asyncio.timeout(_QUERY_TIMEOUT_S):
            rows: list[Any] = await self.pool.fetch(query, *args)
        return rows

    def sizes(self) -> dict[str, int]:
        """Give the number of connections that are open, idle, and allowed at most."""
        if self.pool is None:
            return {"open": 0, "idle": 0, "most": MOST}
        return {"open": self.pool.get_size(), "idle": self.pool.get_idle_size(), "most": MOST}

    def close(self) -> None:
        """Drop every connection at once."""
        if self.pool is not None:
            self.pool.terminate()


DATABASE = web.AppKey("DATABASE", ConnectionPool)
