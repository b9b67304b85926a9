"""The cockpit's side of a step's process: prepare, start at most once, query, stop, wait.

Each attempt has its own folder, whose content `supervisor` describes. The folder must be on a local
disk (not NFS), where nothing cleans up.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import asdict

from cockpit.process import supervisor

POLL_S: Final = 0.05

Reason = Literal["stopped", "timed out"]

# The supervisors that this process has started and not yet reaped; no decision depends on them.
_children: set[int] = set()


class Spec(Struct, frozen=True):
    """What a step runs: without a shell or standard input, and with both outputs in one file.

    `argv` has at least one element, none with a NUL; `cwd` is an absolute folder; `timeout_s` is
    seconds from the start to SIGTERM, 0 for no limit; `grace_s` seconds from SIGTERM to SIGKILL.
    `note` is kept for whoever finds the folder later.
    Raises ValueError.
    """

    argv: tuple[str, ...]
    cwd: str
    timeout_s: float
    grace_s: float
    note: str = ""

    def __post_init__(self) -> None:
        if not self.argv or not self.argv[0]:
            raise ValueError("a step's argv is empty: its first element names the command")
        if any("\0" in part for part in (*self.argv, self.cwd)):
            raise ValueError(f"a step's argv or cwd holds a NUL character: {self.argv!r}")
        if not Path(self.cwd).is_absolute():
            raise ValueError(f"a step's cwd is {self.cwd!r}: it must be an absolute folder")
        for name, value in (("timeout_s", self.timeout_s), ("grace_s", self.grace_s)):
            if not 0 <= value < float("inf"):
                raise ValueError(f"a step's {name} is {value}: it must be 0 or more seconds")


class Process(Struct, frozen=True):
    """A process for display; its name has at most 15 printable ASCII characters."""

    pid: int
    name: str


class Never(Struct, frozen=True):
    """Nothing was executed, and nothing will be until `start` is called again."""


class RunningStep(Struct, frozen=True):
    """The supervisor is running. `started_at` (seconds since the epoch) is None while it starts."""

    started_at: float | None


class Ended(Struct, frozen=True):
    """The step has ended.

    `exit_code` is negative for a signal, 127 with an `error` if the command could not be started,
    None if it could not be killed. With `disk_was_full` its output may be incomplete, whatever the
    exit code. `left` are its processes that are still running. `ended_at` is in seconds since the
    epoch, `duration_s` is monotonic.
    """

    exit_code: int | None
    reason: Reason | None
    error: str | None
    disk_was_full: bool
    left: tuple[Process, ...]
    ended_at: float
    duration_s: float


class InDoubt(Struct, frozen=True):
    """The supervisor died without an exit record: the step may be undone, half done or done.

    `started_at` is in seconds since the epoch. `survivors` are the processes of the step that are
    still running, as far as this user can see them.
    """

    started_at: float
    rebooted: bool
    survivors: tuple[Process, ...]


State = Never | RunningStep | Ended | InDoubt


def prepare(folder: Path, spec: Spec) -> None:
    """Write what the step of `folder` will run, durably; may be repeated after a crash.

    A prepared step can start and end on a full disk: the space for its records is reserved here.
    Raises OSError; FileExistsError if the step was started before.
    """
    if (folder / "started").exists():
        raise FileExistsError(
            f"the step in {folder} was started before: another attempt needs a new folder"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = str(folder)
    for name in ("lock", "out", "supervisor.log"):
        os.close(os.open(folder / name, os.O_CREAT | os.O_RDWR | supervisor.OWN, 0o600))
    for name in ("started", "exit"):
        supervisor.reserve_record(path, name)
    supervisor.write_record(path, "spec", asdict(spec))  # makes the other names durable as well
    supervisor.sync_folder(str(folder.parent))


def note(folder: Path) -> str:
    """Return the note of the step of `folder`; empty if there is none. Raises OSError."""
    spec = supervisor.read_record(str(folder), "spec") or {}
    return str(spec.get("note", ""))


def start(folder: Path, env: Mapping[str, str]) -> bool:
    """Start the prepared step of `folder` at most once, however often and by whomever it is called.

    True if this call started it; False if it was started before, or another process is starting it.
    `env` is the step's whole environment and is not written anywhere. Blocks for about 2 ms, or
    50 ms if another process is starting it: call it in a thread. Raises OSError; FileNotFoundError
    if the folder was not prepared. A True does not prove that the command runs: if it could not be
    started, `supervisor.log` has the reason.
    """
    _reap()
    lock = os.open(folder / "lock", os.O_RDWR | supervisor.OWN)
    try:
        if not _locked(lock, folder / "started"):
            return False
        _children.add(_spawn(folder.absolute(), lock, env))
        return True
    finally:
        os.close(lock)  # never LOCK_UN: that would release the supervisor's lock too


def _locked(lock: int, started: Path) -> bool:
    for attempt in range(10):
        if started.exists():  # in doubt, or ended: a lock taken here would look like a running step
            return False
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return not started.exists()
        time.sleep(0.001 * attempt)  # `state` may hold it for some microseconds
    return False


def _spawn(folder: Path, lock: int, env: Mapping[str, str]) -> int:
    log = folder / "supervisor.log"
    inherited = 4 if lock == 3 else 3  # another number than the lock's: dup2 makes it inheritable
    argv = [sys.executable, "-I", "-S", supervisor.__file__, str(folder), str(inherited)]
    return os.posix_spawn(
        sys.executable,
        argv,
        {**env, supervisor.MARK: str(folder)},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, lock, inherited),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
    )


def _reap() -> None:
    for pid in tuple(_children):
        try:
            gone = os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            gone = True
        if gone:
            _children.discard(pid)


def state(folder: Path) -> State:
    """Return the state of the step of `folder`; takes microseconds, or milliseconds in doubt.

    For about a millisecond after the supervisor's death a step in doubt may still be returned as a
    `RunningStep`, so never act on a single one of these, only on an end. Raises OSError.
    """
    _reap()
    if ended := _ended(folder):
        return ended
    if _held(folder):
        started = supervisor.read_record(str(folder), "started")
        return RunningStep(started["at"] if started else None)
    if ended := _ended(folder):  # it ended between the two reads
        return ended
    return _in_doubt(folder) or Never()


def _ended(folder: Path) -> Ended | None:
    record = supervisor.read_record(str(folder), "exit")
    if record is None:
        return None
    left = tuple(Process(pid, name) for pid, name in record.pop("left"))
    return Ended(left=left, **record)


def _held(folder: Path) -> bool:
    try:
        probe = os.open(folder / "lock", os.O_RDWR | supervisor.OWN)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(probe)
    return False


def _in_doubt(folder: Path) -> InDoubt | None:
    try:
        seen_at = (folder / "started").stat().st_mtime
    except FileNotFoundError:
        return None
    # The file's existence counts: a step whose record cannot be read has started as well.
    started = supervisor.read_record(str(folder), "started") or {}
    rebooted = started.get("boot", "") != supervisor.boot_id()
    return InDoubt(started.get("at", seen_at), rebooted, _survivors(folder.absolute()))


def _survivors(folder: Path) -> tuple[Process, ...]:
    wanted = f"{supervisor.MARK}={folder}".encode()
    found = []
    for pid, (_, _, name) in supervisor.processes().items():
        with suppress(OSError):
            if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(Process(pid, name))
    return tuple(found)


def request_stop(folder: Path) -> None:
    """Request that the supervisor stop the step; a second request changes nothing.

    A step that has not been started will be stopped as soon as it is. Raises OSError.
    """
    os.close(os.open(folder / "stop", os.O_CREAT | os.O_WRONLY | supervisor.OWN, 0o600))


async def wait(
    folder: Path, clock_sleep: Callable[[float], Awaitable[None]]
) -> Ended | InDoubt | Never:
    """Wait until the step of `folder` no longer runs; `Never` if nothing was executed.

    There is no timeout here, since the supervisor has one. Cancelling the wait does not stop the
    step.
    """
    while isinstance(now := state(folder), RunningStep):
        await clock_sleep(POLL_S)
    return now
