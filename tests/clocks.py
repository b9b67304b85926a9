"""A clock that stands still until a test moves it, so that no test ever waits for real time."""

import asyncio
import heapq
import itertools
import types
from collections.abc import Generator
from datetime import UTC, datetime, timedelta

_PASSES = 10_000


@types.coroutine
def one_pass() -> Generator[None, None, None]:
    """Let every task that can run now run once; no time passes."""
    yield


async def settle() -> None:
    """Let tasks run until none can go on; what waits for a socket or a thread still waits."""
    ready = getattr(asyncio.get_running_loop(), "_ready")  # noqa: B009 - private, hence not typed
    for _ in range(_PASSES):
        await one_pass()
        if not ready:
            return
    raise AssertionError(f"the tasks did not come to rest within {_PASSES} passes")


class ManualClock:
    """A `cockpit.foundation.clock.Clock` moved by hand.

    `advance` moves both clocks, `step` only the wall clock, as a machine's time server does.
    """

    def __init__(self, start_s: float = 1000.0, utc: datetime | None = None) -> None:
        self._now_s = start_s
        self._utc = utc or datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._watchers: list[tuple[int, asyncio.Future[None]]] = []

    def utc(self) -> datetime:
        return self._utc

    def monotonic(self) -> float:
        return self._now_s

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await one_pass()
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (self._now_s + seconds, next(self._order), woken)
        heapq.heappush(self._sleepers, entry)
        self._tell()
        try:
            await woken
        finally:
            if entry in self._sleepers:
                self._sleepers.remove(entry)
                heapq.heapify(self._sleepers)

    @property
    def sleepers(self) -> int:
        """How many tasks sleep on this clock."""
        return len(self._sleepers)

    async def sleeping(self, count: int = 1, limit_s: float = 10.0) -> None:
        """Wait, in real time, until `count` tasks sleep here: what did real I/O has finished it."""
        if self.sleepers < count:
            reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._watchers.append((count, reached))
            await asyncio.wait_for(reached, limit_s)

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass, waking sleepers at their own instants, in order, each settled."""
        end_s = self._now_s + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end_s:
            due_s, _, woken = heapq.heappop(self._sleepers)
            self._move(max(due_s, self._now_s))
            if not woken.done():
                woken.set_result(None)
            await settle()
        self._move(end_s)

    def stand_still(self, seconds: float) -> None:
        """Let `seconds` pass in which no task runs, as in a process that is stopped."""
        self._move(self._now_s + seconds)

    def step(self, seconds: float) -> None:
        """Step the wall clock alone, forward or back."""
        self._utc += timedelta(seconds=seconds)

    def _move(self, to_s: float) -> None:
        self._utc += timedelta(seconds=to_s - self._now_s)
        self._now_s = to_s

    def _tell(self) -> None:
        for entry in list(self._watchers):
            count, reached = entry
            if self.sleepers >= count:
                self._watchers.remove(entry)
                if not reached.done():
                    reached.set_result(None)
