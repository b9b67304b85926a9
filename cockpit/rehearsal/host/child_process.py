"""The world's side of its child processes: start, wait for the ready line, end.

A child cannot outlive the world: on Linux the kernel signals it when the world's main thread ends
(start children from that thread alone), elsewhere it sees the end of its standard input.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from checks.core.durations import format_duration
from cockpit.rehearsal.protocol.rehearsal_errors import PortTakenError, RehearsalError

_PR_SET_PDEATHSIG = 1
_TAIL_BYTES = 1_500


def tail(log: Path, size: int = _TAIL_BYTES) -> str:
    """Give the last `size` bytes of a log as text, or the empty string."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            return file.read(size).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def death_signal(number: signal.Signals) -> Callable[[], None] | None:
    """Give a function for the child, before exec, that binds it to this process; None off Linux."""
    if not sys.platform.startswith("linux"):
        return None
    parent, libc = os.getpid(), ctypes.CDLL(None)

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # it ended before the kernel was told
            os._exit(1)

    return bind


class Program(Struct, frozen=True):
    """What to run: name for people, argv, whole environment, folder, log, the user it drops to."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    ids: Mapping[str, Any]
    dies_by: signal.Signals = signal.SIGKILL


class Child(Struct, frozen=True):
    """A running child process of the world."""

    program: Program
    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        """The process id, for display and signals alone."""
        return self.process.pid

    async def ready(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the announced line and give its fields.

        Raises PortTakenError when the child could not bind, RehearsalError when it ended or said
        nothing for `timeout_s` seconds.
        """
        assert self.process.stdout is not None
        name = self.program.name
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), timeout_s)
            said: dict[str, Any] = json.loads(line)
        except TimeoutError:
            within = format_duration(timeout_s)
            raise RehearsalError(f"{name} was not ready within {within}") from None
        except ValueError:
            raise RehearsalError(f"{name} ended early: {tail(self.program.log)}") from None
        if said.get("port_taken"):
            raise PortTakenError(f"{name}: {said['error']}")
        if "error" in said:
            raise RehearsalError(f"{name}: {said['error']}")
        return said

    def go(self) -> None:
        """Give the word that a child waits for after it was ready."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")

    async def end(self, *ladder: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn, waiting its seconds for the end; SIGKILL comes last, always."""
        for number, patience_s in (*ladder, (signal.SIGKILL, 5.0)):
            if self.process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), patience_s)


async def start(program: Program) -> Child:
    """Start `program` with its input a pipe held open, its error output appended to the log."""
    with program.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=dict(program.env),
            cwd=program.cwd,
            start_new_session=True,
            preexec_fn=death_signal(program.dies_by),
            **program.ids,
        )
    return Child(program, process)
