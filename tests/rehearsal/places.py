"""Helpers of these tests: wait for the end of other processes, run commands."""

import asyncio
import os
import select
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from cockpit.rehearsal.host.client import RehearsalWorld


def ended(pids: Iterable[int], timeout_s: float = 20.0) -> list[int]:
    """Wait until every process has ended (a zombie has); return those that have not in time."""
    until_s, left = time.monotonic() + timeout_s, []
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            if not poll.poll(max(0.0, until_s - time.monotonic()) * 1_000):
                left.append(pid)
        finally:
            os.close(handle)
    return left


async def attempts(timeout_s: float = 10.0) -> AsyncIterator[int]:
    """Count up until the timeout; the body of the loop must await something itself."""
    async with asyncio.timeout(timeout_s):
        number = 0
        while True:
            yield number
            number += 1


async def run(world: RehearsalWorld, *argv: str) -> tuple[int, str]:
    """Run a command in the world's workspace; return its exit status and output."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=world.env["WORKSPACE"],
        env={**os.environ, **world.env, "COCKPIT_REHEARSAL_PACE": "0"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode is not None
    return process.returncode, out.decode()


def effects(world: RehearsalWorld) -> list[str]:
    """Return the lines of `effects.log`, the ground truth."""
    log = Path(world.env["WORKSPACE"], "effects.log")
    return log.read_text().splitlines() if log.exists() else []
