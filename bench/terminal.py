"""A program in a pseudo-terminal, and when it wrote what.

While the clock runs, output is only stamped and kept; the screen is worked out afterwards.
"""

import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.emulator import COLUMNS, ROWS, Emulator, answers
from bench.figure import MeasureError
from bench.processes import below

KEYS: Final = {"f3": b"\x1bOR", "f4": b"\x1bOS", "escape": b"\x1b", "ctrl+q": b"\x11"}
_END_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Program:
    """A command, its whole environment, where it runs, and the keys that make it leave."""

    argv: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    leave: Sequence[str] = ("ctrl+q",)


class Terminal:
    """One run of a program in a terminal; leaving the context ends it and all that it began."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.chunks: list[tuple[float, bytes]] = []
        self.screen = Emulator()
        self.alive = True
        self._fed = 0
        self._asked = b""
        self.started_s = time.monotonic()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            _become(program)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def pump(self, until_s: float) -> bool:
        """Take what was written, waiting for it until then; says whether there was anything."""
        wait_s = max(0.0, until_s - time.monotonic())
        if not (self.alive and select.select([self._fd], [], [], wait_s)[0]):
            return False
        try:
            data = os.read(self._fd, 262_144)
        except OSError as error:
            if error.errno != errno.EIO:  # how Linux says that nobody holds the other end
                raise
            data = b""
        now_s = time.monotonic()
        self.alive = bool(data)
        if data:
            self.chunks.append((now_s, data))
            self._answer(data)
        return self.alive

    def pump_for(self, duration_s: float) -> None:
        """Take output for so long."""
        until_s = time.monotonic() + duration_s
        while self.alive and time.monotonic() < until_s:
            self.pump(until_s)

    def pump_until_quiet(self, quiet_s: float, most_s: float) -> None:
        """Take output until none came for `quiet_s`, or `most_s` have passed."""
        until_s = time.monotonic() + most_s
        while self.alive and time.monotonic() < until_s:
            limit_s = min(until_s, time.monotonic() + quiet_s)
            if not self.pump(limit_s) and time.monotonic() >= limit_s:
                return

    def send(self, key: str) -> float:
        """Press a key, by name or as text; gives when."""
        now_s = time.monotonic()
        os.write(self._fd, KEYS.get(key, key.encode()))
        return now_s

    def show(self) -> Iterator[float]:
        """Draw what was taken and not drawn yet, chunk by chunk; gives when each was written."""
        while self._fed < len(self.chunks):
            at_s, data = self.chunks[self._fed]
            self._fed += 1
            self.screen.feed(data)
            yield at_s

    def shown(self) -> str:
        """Return the text of the screen as it is now."""
        for _ in self.show():
            pass
        return self.screen.text()

    def wait_for(self, words: str, timeout_s: float) -> float:
        """Wait until the screen shows what `words` (a regular expression) finds; gives when.

        Draws in pauses of the output alone. Raises MeasureError with the screen when it does not.
        """
        pattern, until_s = re.compile(words), time.monotonic() + timeout_s
        while self.alive and time.monotonic() < until_s:
            self.pump(time.monotonic() + 0.1)
            self.pump_until_quiet(0.025, timeout_s)
            for at_s in self.show():
                if pattern.search(self.screen.text()):
                    return at_s
        lines = "\n".join(filter(str.strip, self.shown().splitlines()))
        before = f"within {timeout_s:g} s" if self.alive else "before the program ended"
        raise MeasureError(f"{words!r} was not seen {before}; the screen:\n{lines}")

    def end_of_burst(self, at_s: float, gap_s: float) -> float:
        """Return when the burst of output ended that the chunk of `at_s` belongs to."""
        for later_s, _ in self.chunks:
            if at_s < later_s < at_s + gap_s:
                at_s = later_s
        return at_s

    def close(self) -> None:
        """Leave by the program's own keys, else by force."""
        began = below(self.pid)
        for key in self.program.leave:
            with contextlib.suppress(OSError):
                if self.alive:
                    self.send(key)
            self._drain(_END_S)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._gone():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)
                self._drain(_END_S)
        os.close(self._fd)
        for process in began:
            process.end()

    def _drain(self, most_s: float) -> None:
        """Take output until the program has ended; a full terminal would keep it from that."""
        until_s = time.monotonic() + most_s
        while not self._gone() and time.monotonic() < until_s:
            if not self.pump(time.monotonic() + 0.02):
                select.select([], [], [], 0.005)

    def _gone(self) -> bool:
        try:
            return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        except ChildProcessError:
            return True

    def _answer(self, data: bytes) -> None:
        if b"\x1b" not in data and not self._asked:
            return
        whole = self._asked + data
        for answer in answers(whole, len(self._asked)):
            with contextlib.suppress(OSError):
                os.write(self._fd, answer)
        self._asked = whole[-64:] if b"\x1b" in whole[-64:] else b""


def _become(program: Program) -> None:
    """In the child: take the size and the folder, and turn into the program."""
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.chdir(program.folder)
        os.execvpe(program.argv[0], list(program.argv), dict(program.env))
    except OSError as error:
        os.write(2, f"{program.argv[0]} cannot be started: {error}\n".encode())
    finally:
        os._exit(127)
