"""The host's side of its child processes: start, wait for the ready line, end.

A child cannot outlive the host: on Linux the kernel signals it when the host's main thread ends,
so children must be started from that thread; elsewhere it notices the end of its standard input.
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
    """Return the last `size` bytes of a log as text, or an empty string if it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            return file.read(size).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def parent_death_signal(number: signal.Signals) -> Callable[[], None] | None:
    """Return a `preexec_fn` that has the kernel send `number` when this process ends.

    None where the kernel cannot, which is everywhere but on Linux.
    """
    if not sys.platform.startswith("linux"):
        return None
    parent, libc = os.getpid(), ctypes.CDLL(None)

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # the parent ended before the call
            os._exit(1)

    return bind


class Program(Struct, frozen=True):
    """A program to run: its display name, argv, whole environment, working folder and log.

    `ids` are the user and groups to drop to, as arguments of `subprocess.Popen`.
    `parent_death_signal` is the signal that the kernel sends when the host ends.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    ids: Mapping[str, Any]
    parent_death_signal: signal.Signals = signal.SIGKILL


class Child(Struct, frozen=True):
    """A running child process of the host."""

    program: Program
    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        """The process id, only for display and signals."""
        return self.process.pid

    async def ready(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the ready line and return its fields.

        Raises PortTakenError if the child could not bind its port, RehearsalError if it ended or
        did not announce itself within `timeout_s` seconds.
        """
        assert self.process.stdout is not None
        name = self.program.name
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), timeout_s)
            fields: dict[str, Any] = json.loads(line)
        except TimeoutError:
            within = format_duration(timeout_s)
            raise RehearsalError(f"{name} was not ready within {within}") from None
        except ValueError:
            raise RehearsalError(f"{name} ended early: {tail(self.program.log)}") from None
        if fields.get("port_taken"):
            raise PortTakenError(f"{name}: {fields['error']}")
        if "error" in fields:
            raise RehearsalError(f"{name}: {fields['error']}")
        return fields

    def go(self) -> None:
        """Let a child begin that waits for it after its ready line."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")

    async def end(self, *escalation: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn and wait its number of seconds; SIGKILL is always the last."""
        for number, patience_s in (*escalation, (signal.SIGKILL, 5.0)):
            if self.process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), patience_s)


async def start(program: Program) -> Child:
    """Start `program`, with an open pipe as standard input; standard error goes to the log."""
    with program.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=dict(program.env),
            cwd=program.cwd,
            start_new_session=True,
            preexec_fn=parent_death_signal(program.parent_death_signal),
            **program.ids,
        )
    return Child(program, process)
