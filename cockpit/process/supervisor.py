"""The process that runs one step, outlives the cockpit and records how the step ended.

It is run by its path and imports only the standard library:
`python -I -S supervisor.py FOLDER LOCKFD`. LOCKFD is an inherited descriptor on FOLDER/lock that
holds an exclusive flock. Two files and that lock show the state of a step, never a PID:

    exit          ended: renamed into place whole, fsynced
    lock is held  running: the kernel drops the lock when the supervisor dies or the machine reboots
    started       in doubt: the supervisor died, the step may be half done
    none of them  never: nothing was executed

`started` is durable before anything is executed; once it exists, nothing is executed again.
A file FOLDER/stop, or SIGTERM, requests a stop: SIGTERM to the whole tree, then SIGKILL.
"""

# One file, longer than others: it must run by its path alone, without the package around it.
# No pathlib, since importing it costs milliseconds at each start of a step.
# ruff: noqa: PTH104, PTH110, PTH112, PTH116, PTH123, PTH208

import contextlib
import json
import os
import select
import signal
import sys
import time
from typing import Any, Final

MARK: Final = "COCKPIT_STEP"
"""The environment variable with the folder; every process of the step inherits it."""

RECORD_BYTES: Final = 4096
"""Size of a record on disk; `started` and `exit` are reserved, so that they fit on a full disk."""

TICK_S: Final = 0.1
KILL_TICK_S: Final = 0.02
GIVE_UP_S: Final = 10.0  # after the first SIGKILL: uninterruptible, or another user's
FULL_BLOCKS: Final = 64
LEFT_MAX: Final = 40
ERROR_CHARACTERS: Final = 300
SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER
OWN: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A step's folder holds files of its own: no link is followed, no pipe waited for."""

Record = dict[str, Any]


# --- records ---------------------------------------------------------------------------------


def sync_folder(folder: str) -> None:
    """Make the directory entries of `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_record(folder: str, name: str, record: Record) -> None:
    """Write `record` to folder/name, atomically and durably."""
    _write_whole(folder, name, json.dumps(record).encode())
    os.rename(f"{folder}/{name}.tmp", f"{folder}/{name}")
    sync_folder(folder)


def reserve_record(folder: str, name: str) -> None:
    """Reserve the disk space of a record that must be writable later; idempotent."""
    with contextlib.suppress(FileNotFoundError):
        if os.stat(f"{folder}/{name}.tmp").st_size >= RECORD_BYTES:
            return
    _write_whole(folder, name, b"")


def _write_whole(folder: str, name: str, data: bytes) -> None:
    # Not truncated: the blocks that were reserved are written over.
    flags = os.O_WRONLY | os.O_CREAT | OWN
    descriptor = os.open(f"{folder}/{name}.tmp", flags, 0o600)
    try:
        data = data.ljust(RECORD_BYTES)
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_record(folder: str, name: str) -> Record | None:
    """Return the record at folder/name; None if it is missing or not a JSON object."""
    try:
        with os.fdopen(os.open(f"{folder}/{name}", os.O_RDONLY | OWN), "rb") as file:
            record = json.loads(file.read())
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def boot_id() -> str:
    """Return an id that changes with each boot; empty if the system has none."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


# --- processes -------------------------------------------------------------------------------


def processes() -> dict[int, tuple[int, bytes, str]]:
    """Map the pid of each live process to (parent's pid, start time, name); empty without /proc."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc/self") else ()):
        with contextlib.suppress(OSError):
            parent, born, name = _stat(pid)
            if parent is not None:
                found[int(pid)] = parent, born, name
    return found


def _stat(pid: int | str) -> tuple[int | None, bytes, str]:
    """Return the parent's pid (None for a zombie), the start time and the name of one process."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        head, _, tail = file.read().rpartition(b")")
    fields = tail.split()
    name = head.partition(b"(")[2].decode("ascii", "replace").replace("�", "?")
    shown = "".join(c if c.isprintable() else "?" for c in name)
    return (None if fields[0] in b"ZX" else int(fields[1])), fields[19], shown


def tree() -> list[tuple[int, bytes, str]]:
    """Return pid, start time and name of each living descendant of this process."""
    children: dict[int, list[tuple[int, bytes, str]]] = {}
    for pid, (parent, born, name) in processes().items():
        children.setdefault(parent, []).append((pid, born, name))
    found, todo = [], [os.getpid()]
    while todo:
        new = children.pop(todo.pop(), [])
        found += new
        todo += [pid for pid, _, _ in new]
    return found


def _signal_one(pid: int, born: bytes, signals: tuple[signal.Signals, ...]) -> None:
    # A pidfd, then the start time again: the pid may have been reused by another process.
    with contextlib.suppress(OSError):  # gone, or another user's
        descriptor = os.pidfd_open(pid)
        try:
            if _stat(pid)[1] == born:
                for number in signals:
                    signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


# --- the watch -------------------------------------------------------------------------------


class Watch:
    """One step from its start to its exit record."""

    def __init__(self, folder: str, spec: Record) -> None:
        self.folder = folder
        self.spec = spec
        self.asked = False
        self.child = 0
        self.code: int | None = None
        self.reason: str | None = None
        self.error: str | None = None
        self.disk_was_full = False
        self.began = time.monotonic()
        self.kill_at = float("inf")
        self.wakeup = self._listen()

    def _listen(self) -> int:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGCHLD):
            signal.signal(ignored, lambda *_: None)  # a handler, since SIG_IGN would be inherited
        signal.signal(signal.SIGTERM, self._ask)
        return reader

    def _ask(self, *_: object) -> None:
        self.asked = True

    def launch(self, out: int, lock: int) -> None:
        """Start the step; if that fails, it has ended with 127 and an error."""
        argv, cwd = self.spec["argv"], self.spec["cwd"]
        null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        actions = [
            (os.POSIX_SPAWN_CLOSE, lock),  # before exec: whoever holds it counts as running
            (os.POSIX_SPAWN_DUP2, null, 0),
            (os.POSIX_SPAWN_DUP2, out, 1),
            (os.POSIX_SPAWN_DUP2, out, 2),
        ]
        try:
            os.chdir(cwd)
            # Its own process group, no session: it can never acquire a terminal and prompt there.
            self.child = os.posix_spawnp(
                argv[0],
                argv,
                os.environ,
                file_actions=actions,
                setpgroup=0,
                setsigmask=[],
                setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            self.code = 127
            self.error = f"the command {argv[0]!r} cannot be started in {cwd!r}: {why}"
        finally:
            os.close(null)
            os.chdir("/")

    def run(self) -> None:
        """Wait for the end of the step, and stop it on request or timeout."""
        while self._reap() and (self.code is None or self.reason is not None):
            now = time.monotonic()
            if self.reason is None:
                self._judge(now)
            elif now >= self.kill_at + GIVE_UP_S:
                break
            elif now >= self.kill_at:
                self._signal_tree(signal.SIGKILL)
            tick_s = KILL_TICK_S if now >= self.kill_at else TICK_S
            if select.select([self.wakeup], [], [], tick_s)[0]:
                os.read(self.wakeup, 512)

    def _reap(self) -> bool:
        """Reap ended descendants and check for a full disk; False if no descendant is left."""
        disk = os.statvfs(self.folder)  # some programs ignore ENOSPC, so check here
        self.disk_was_full = self.disk_was_full or disk.f_bavail < FULL_BLOCKS
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.child:
                    self.code = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:
            return not sys.platform.startswith("linux") and self._group_lives()
        return True

    def _judge(self, now: float) -> None:
        timeout_s = self.spec["timeout_s"]
        if self.asked or os.path.exists(f"{self.folder}/stop"):
            self.reason = "stopped"
        elif timeout_s and now - self.began > timeout_s:
            self.reason = "timed out"
        if self.reason is not None:
            self.kill_at = now + self.spec["grace_s"]
            self._signal_tree(signal.SIGTERM, signal.SIGCONT)

    def _signal_tree(self, *signals: signal.Signals) -> None:
        if sys.platform.startswith("linux"):
            for pid, born, _ in tree():
                _signal_one(pid, born, signals)
        elif self._group_lives():  # no subreaper: processes that left the group escape
            with contextlib.suppress(OSError):
                for number in signals:
                    os.killpg(self.child, number)

    def _group_lives(self) -> bool:
        # The kernel does not reuse a number while a group has it, so this is the step's own group.
        try:
            os.killpg(self.child, 0)
        except OSError:
            return False
        return self.child > 0

    def record(self) -> Record:
        """Return the exit record."""
        return {
            "exit_code": self.code,
            "reason": self.reason,
            "error": self.error and self.error[:ERROR_CHARACTERS],
            "disk_was_full": self.disk_was_full,
            "left": [(pid, name) for pid, _, name in tree()[:LEFT_MAX]],
            "ended_at": time.time(),
            "duration_s": round(time.monotonic() - self.began, 3),
        }


def supervise(folder: str, lock: int) -> None:
    """Run the step of `folder` once and write its exit record; holds `lock` until the end."""
    # The step must not inherit the lock, nor this process what the cockpit's parent left open.
    os.set_inheritable(lock, False)
    os.closerange(3, lock)
    os.closerange(lock + 1, 1024)
    spec = read_record(folder, "spec")
    if spec is None or os.path.exists(f"{folder}/started"):
        return
    if sys.platform.startswith("linux"):
        import ctypes  # noqa: PLC0415

        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)  # orphans of the step become our children
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | OWN
    out = os.open(f"{folder}/out", flags, 0o600)
    watch = Watch(folder, spec)
    write_record(folder, "started", {"pid": os.getpid(), "boot": boot_id(), "at": time.time()})
    watch.launch(out, lock)
    watch.run()
    write_record(folder, "exit", watch.record())
    os.fsync(out)


if __name__ == "__main__":
    supervise(sys.argv[1], int(sys.argv[2]))
