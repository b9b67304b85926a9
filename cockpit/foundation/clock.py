"""The injected clock: durations are monotonic seconds, instants are aware UTC."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

_COUNTS_SUSPENSION = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """The source of time; nothing in the program reads the system clock in another way."""

    def utc(self) -> datetime:
        """Return the current time, aware, in UTC. It may step: never subtract two of these."""

    def monotonic(self) -> float:
        """Return the seconds since an instant of this boot; never steps, one for all processes."""

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""


class SystemClock:
    """The machine's own clocks."""

    def utc(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds since this machine's boot, those that it was suspended included.

        `time.monotonic` leaves them out: an hour asleep would be an hour of requests in a second.
        """
        return time.clock_gettime(_COUNTS_SUSPENSION)

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)
