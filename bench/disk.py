"""For how long the journal blocks the event loop, on this disk and on one that is slow."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.figure import Figure
from bench.ground import Ground
from cockpit.journal.file import ChainedFile, JournalWriter

ROUNDS = 15
LINES = 150
SLOW_SYNC_S = 0.02
_SLOW_LINES = 6
_STILL_S = 0.12
_BEAT_S = 0.001
_MOST_MS = 5.0
_LINE = {"kind": "bench", "words": "x" * 200}


class SlowFile(ChainedFile):
    """A journal's file on a disk whose every sync takes long."""

    def sync(self) -> None:
        """Take as long as a busy spinning disk."""
        time.sleep(SLOW_SYNC_S)
        super().sync()


def measure(ground: Ground) -> Iterator[Figure]:
    """Return how late a beat of the event loop came at most, beside a loop that only beats.

    A busy machine makes any beat late: of several rounds the calmest counts, for what blocks the
    loop does so in each.
    """
    rounds = [_round(ground.folder / str(number)) for number in range(ROUNDS)]
    took_ms, late_ms, slow_late_ms, still_ms, plain_ms = map(min, zip(*rounds, strict=True))
    yield Figure("journal: append, fsynced", "ms", took_ms, plain_ms, "write, fdatasync")
    names = {"journal: loop blocked, most": late_ms, "the same, each sync 20 ms": slow_late_ms}
    for name, late in names.items():
        yield Figure(name, "ms", late, still_ms, "idle loop", most=_MOST_MS)


def _round(folder: Path) -> tuple[float, float, float, float, float]:
    """Measure in ms: an append, latest beat, latest on a slow disk, latest idle, a plain write."""
    folder.mkdir()
    took, late = asyncio.run(_appended(ChainedFile(folder / "quick"), LINES))
    _, slow_late = asyncio.run(_appended(SlowFile(folder / "slow"), _SLOW_LINES))
    still = asyncio.run(_beaten(_STILL_S))
    plain = _written(folder / "plain", LINES)
    return median(took), max(late), max(slow_late), max(still), median(plain)


async def _appended(file: ChainedFile, lines: int) -> tuple[list[float], list[float]]:
    """Append line by line; give how long each took and how late the loop's beats came, in ms."""
    took: list[float] = []
    late: list[float] = []
    with JournalWriter(file) as journal:
        beating = asyncio.ensure_future(_beat(late))
        for _ in range(lines):
            began_s = time.perf_counter()
            await journal.append(_LINE)
            took.append(1000 * (time.perf_counter() - began_s))
        await _ended(beating)
    return took, late


async def _beaten(duration_s: float) -> list[float]:
    late: list[float] = []
    beating = asyncio.ensure_future(_beat(late))
    await asyncio.sleep(duration_s)
    await _ended(beating)
    return late


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _beat(late: list[float]) -> None:
    """Note by how many milliseconds each beat comes late."""
    while True:
        due_s = time.perf_counter() + _BEAT_S
        await asyncio.sleep(_BEAT_S)
        late.append(1000 * max(0.0, time.perf_counter() - due_s))


def _written(path: Path, lines: int) -> list[float]:
    """Write and sync as many lines without thread or chain, in milliseconds each."""
    took: list[float] = []
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        for _ in range(lines):
            began_s = time.perf_counter()
            os.write(descriptor, b"x" * 400)
            getattr(os, "fdatasync", os.fsync)(descriptor)
            took.append(1000 * (time.perf_counter() - began_s))
    finally:
        os.close(descriptor)
    return took
