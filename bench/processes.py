"""What Linux tells of a process and of those that it began: time used, memory held."""

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is told from a later one of the same number by its start, in ticks."""

    pid: int
    started: int

    def end(self) -> None:
        """Kill it, if it is still the same one."""
        with contextlib.suppress(OSError):
            if self.started == int(_stat(self.pid)[19]):
                os.kill(self.pid, signal.SIGKILL)


def cpu_s(pid: int) -> float:
    """Return the seconds of a core that a process has used, its ended children included."""
    return sum(int(ticks) for ticks in _stat(pid)[11:15]) / _TICKS_PER_S


def wakeups(pid: int) -> int:
    """Return how often the threads of a process went to sleep of their own will."""
    total = 0
    for thread in (_PROC / str(pid) / "task").iterdir():
        with contextlib.suppress(OSError):
            for line in (thread / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt"):
                    total += int(line.split()[1])
    return total


def pss_mib(pid: int) -> float:
    """Return the memory of one process, its share of what is shared with others included."""
    for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"process {pid} tells no Pss")


def below(pid: int) -> list[Process]:
    """Return all living processes that a process began, and that those began."""
    children: dict[int, list[Process]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = _stat(int(entry.name))
                process = Process(int(entry.name), int(fields[19]))
                children.setdefault(int(fields[1]), []).append(process)
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        some = children.get(waiting.pop(), [])
        found += some
        waiting += [process.pid for process in some]
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of `stat` that follow the name, which may hold blanks and brackets."""
    return (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
