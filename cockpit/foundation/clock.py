"""The injected clock: durations are monotonic seconds, instants are aware UTC."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time. Nothing in the program asks the system clock but through this."""

    def utc(self) -> datetime:
        """Give the present instant, aware, in UTC. It may step: never subtract two of these."""

    def monotonic(self) -> float:
        """Give seconds since an instant of this boot; never steps, shared by processes."""

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""


class SystemClock:
    """The machine's own clocks."""

    def utc(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds since this machine's boot."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)
