"""The machine's clocks, and the tests' own, which wakes sleepers in order and lets them settle."""

import asyncio
import subprocess
import sys

import pytest

from tests.clocks import ManualClock, settle
from tests.markers import ROOT

ASLEEP_S = 5000
IN_NAMESPACE = ("unshare", "--time", "--boottime", str(ASLEEP_S), "--fork")
SINCE_WAKING = "SystemClock().monotonic() - time.monotonic()"


@pytest.mark.law(13)
def test_law_13_the_time_in_which_a_machine_is_suspended_is_counted() -> None:
    """Otherwise a laptop that was asleep for an hour would have watched all the time."""
    code = f"import time; from cockpit.foundation.clock import SystemClock; print({SINCE_WAKING})"
    command = [*IN_NAMESPACE, sys.executable, "-c", code]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this system lets nobody pretend to have slept: {error}")
    assert float(done.stdout) == pytest.approx(ASLEEP_S, abs=60)


async def test_while_it_stands_still_nobody_wakes_and_later_all_at_once() -> None:
    clock, woken = ManualClock(start_s=0.0), []

    async def nap() -> None:
        await clock.sleep(1.0)
        woken.append(clock.monotonic())

    task = asyncio.create_task(nap())
    await clock.sleeping(1)
    clock.stand_still(60.0)
    assert not woken
    await clock.advance(0.5)
    await task
    assert woken == [60.0]


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
