"""Locust as a child process: its report each second, and its termination in every case."""

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

PARENT_WATCH = "COCKPIT_LEASH"
"""The environment variable that makes the child end with its parent."""

_MOST_LINE_BYTES = 4 * 1024 * 1024
_MOST_INVALID_LINES = 1000
_POLL_S = 0.5
_SILENCE_S = 20.0
_GRACE_S = 2.5
_KILL_WAIT_S = 1.0


class LoadTick(Struct, frozen=True):
    """One report: the requests since the previous tick, after `measured_s` of the measured part."""

    measured_s: Annotated[float, Meta(ge=0)]
    operations: dict[str, LatencyHistogram] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    open: Annotated[int, Meta(ge=0)] = 0
    """Requests without a response at the end, counted with the time they had waited."""

    busy: Annotated[float, Meta(ge=0)] = 0.0
    """The busiest sending process's use of a core, as a ratio."""

    dead: tuple[str, ...] = ()
    """Workers that no longer report."""

    last: bool = False


class LocustProcess:
    """A running Locust; `log_output` is what it logged."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.log_output = CapturedOutput()

    async def ticks(self, quiet_s: float) -> AsyncIterator[LoadTick]:
        """Yield each tick until the last one, or until Locust ends or is silent for 20 s.

        The first tick may take `quiet_s` seconds longer. A line that is not a valid tick is
        skipped: its requests are missing from the measurement.
        """
        invalid_lines, silent_s = 0, -quiet_s
        while invalid_lines < _MOST_INVALID_LINES and silent_s < _SILENCE_S:
            try:
                line = await self._read_line()
            except TimeoutError:
                silent_s += _POLL_S
                if self._process.returncode is not None:
                    return  # a grandchild may still hold the pipe open
                continue
            except ValueError:  # the line is longer than any tick
                invalid_lines += 1
                continue
            if not line:
                return
            try:
                tick = json.decode(line, type=LoadTick)
            except (DecodeError, ValidationError, UnicodeDecodeError):
                invalid_lines += 1
                continue
            silent_s = 0.0
            yield tick
            if tick.last:
                return

    async def capture_log(self) -> None:
        """Read the log until Locust closes it."""
        assert self._process.stderr
        while chunk := await self._process.stderr.read(64 * 1024):
            self.log_output.feed(chunk)

    async def _read_line(self) -> bytes:
        assert self._process.stdout
        async with asyncio.timeout(_POLL_S):
            return await self._process.stdout.readline()


@contextlib.asynccontextmanager
async def run_locust(
    argv: Sequence[str], folder: Path, env: Mapping[str, str]
) -> AsyncIterator[LocustProcess]:
    """Run Locust for as long as the context lasts; raises OSError if it cannot be started.

    Locust ends when its standard input closes, so it also ends if this process is killed.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env={**env, PARENT_WATCH: "1"},
        start_new_session=True,
        limit=_MOST_LINE_BYTES,
    )
    locust = LocustProcess(process)
    log = asyncio.create_task(locust.capture_log())
    try:
        yield locust
    finally:
        try:
            await _terminate(process)
        finally:
            log.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await log


async def _terminate(process: Process) -> None:
    """Let Locust sign off its workers, then kill what is left of its process group."""
    assert process.stdin
    process.stdin.close()
    try:
        await _wait(process, _GRACE_S)
    finally:
        # The group's id is not reused as long as a member of the group lives.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await _wait(process, _KILL_WAIT_S)
        # asyncio closes a pipe only at end of file: a full one, or one held by a process that left
        # the group, would stay open.
        getattr(process, "_transport").close()  # noqa: B009  # private, hence not typed


async def _wait(process: Process, within_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await process.wait()
