"""The tests' own clock wakes sleepers in order and lets them settle."""

import asyncio

from tests.clocks import ManualClock, settle


async def test_sleepers_wake_in_order_at_their_own_instants() -> None:
    clock = ManualClock(start_s=0.0)
    woken: list[tuple[str, float]] = []

    async def nap(name: str, seconds: float, times: int = 1) -> None:
        for _ in range(times):
            await clock.sleep(seconds)
            woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        group.create_task(nap("slow", 3.0))
        group.create_task(nap("fast", 1.0, times=3))
        await clock.advance(2.5)
        assert woken == [("fast", 1.0), ("fast", 2.0)]
        assert clock.monotonic() == 2.5
        await clock.advance(0.5)
    assert woken[2:] == [("slow", 3.0), ("fast", 3.0)]


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(5.0))
    await clock.sleeping(1)
    task.cancel()
    await settle()
    assert clock.sleepers == 0


def test_a_step_moves_the_wall_clock_alone() -> None:
    clock = ManualClock(start_s=7.0)
    before = clock.utc()
    clock.step(-3600)
    assert (before - clock.utc()).total_seconds() == 3600
    assert clock.monotonic() == 7.0
