"""Locust as a child process: what it says each second, and its end in every case."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from msgspec import DecodeError, Meta, Struct, ValidationError, field, json

from checks.loadgen.histogram import LatencyHistogram
from checks.process.captured_output import CapturedOutput

LEASH = "COCKPIT_LEASH"
_MOST_LINE_BYTES = 4 * 1024 * 1024
_MOST_NOISE = 1000
_POLL_S = 0.5
_SILENCE_S = 20.0
_GRACE_S = 2.5
_LAST_WORDS_S = 1.0


class LoadTick(Struct, frozen=True):
    """What was counted since the tick before; `measured_s` of the measured part have passed."""

    measured_s: Annotated[float, Meta(ge=0)]
    operations: dict[str, LatencyHistogram] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    open: Annotated[int, Meta(ge=0)] = 0
    """Counted with the time they had waited at the end, for there was no answer."""

    busy: Annotated[float, Meta(ge=0)] = 0.0
    """Of a core, by the busiest process that sends."""

    dead: tuple[str, ...] = ()
    last: bool = False


class LocustProcess:
    """A running Locust."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.said = CapturedOutput()
        """What it logged."""

    async def ticks(self, quiet_s: float) -> AsyncIterator[LoadTick]:
        """Give each tick, until the last one or the end; the first may take `quiet_s` longer.

        What is no tick is passed over: what it would have told is missing, not made up.
        """
        noise, silent_s = 0, -quiet_s
        while noise < _MOST_NOISE and silent_s < _SILENCE_S:
            try:
                line = await self._line()
            except TimeoutError:
                silent_s += _POLL_S
                if self._process.returncode is not None:
                    return  # a grandchild may hold the pipe open
                continue
            except ValueError:  # longer than any tick
                noise += 1
                continue
            if not line:
                return
            try:
                tick = json.decode(line, type=LoadTick)
            except (DecodeError, ValidationError, UnicodeDecodeError):
                noise += 1
                continue
            silent_s = 0.0
            yield tick
            if tick.last:
                return

    async def log(self) -> None:
        """Take what it logs, until it ends."""
        assert self._process.stderr
        while piece := await self._process.stderr.read(64 * 1024):
            self.said.feed(piece)

    async def _line(self) -> bytes:
        assert self._process.stdout
        async with asyncio.timeout(_POLL_S):
            return await self._process.stdout.readline()


@contextlib.asynccontextmanager
async def running(
    argv: Sequence[str], folder: Path, env: Mapping[str, str]
) -> AsyncIterator[LocustProcess]:
    """Run Locust for as long as the context lasts; raises OSError when it cannot be started.

    Its input is a pipe that we hold: should this process be killed, it ends of its own.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env={**env, LEASH: "1"},
        start_new_session=True,
        limit=_MOST_LINE_BYTES,
    )
    swarm = LocustProcess(process)
    log = asyncio.create_task(swarm.log())
    try:
        yield swarm
    finally:
        try:
            await _end(process)
        finally:
            log.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await log


async def _end(process: Process) -> None:
    """Let it say goodbye to its workers, then kill all that is left of its group."""
    assert process.stdin
    process.stdin.close()
    try:
        await _ended(process, _GRACE_S)
    finally:
        # The group's number cannot be given anew while one of its members lives.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await _ended(process, _LAST_WORDS_S)
        # asyncio closes a pipe at its end alone: one that was full, or is held by who escaped the
        # group, would stay open.
        getattr(process, "_transport").close()  # noqa: B009  # private, hence not typed


async def _ended(process: Process, within_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await process.wait()
