"""The right to give orders in a run: a lock that the kernel releases when its holder ends.

What is locked is the run's folder itself, which stays the same whatever is removed from it. A file
in it is locked as well, for older cockpits, and names the holder; on a disk that takes no such file
the folder's lock alone decides.
"""

import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from msgspec import Struct
from msgspec.structs import asdict

from cockpit.foundation.own_files import open_regular

NAME: Final = "control.lock"
RECORD_MAX_BYTES: Final = 4096


class Holder(Struct, frozen=True):
    """Who holds control, for display only: the lock itself decides. `since` is in Unix seconds."""

    name: str
    pid: int
    host: str
    since: float


UNNAMED: Final = Holder("someone", 0, "", 0.0)
"""A holder whose name is not written yet."""


class ControlLock:
    """Control over one run, from `take` to `release` or the end of the process."""

    def __init__(self, folder: int, record: int | None) -> None:
        self._folder: int | None = folder
        self._record = record

    @classmethod
    def take(cls, folder: Path, name: str) -> Self | None:
        """Take control of the run in `folder` for `name`; None if someone holds it.

        Blocks for up to 100 ms if it is held. Raises OSError, and StrangeFile if the file that
        would name the holder is none.
        """
        control = cls(_open_folder(folder), None)
        try:
            control._record = _open_record(folder)
            taken = all(_locked(descriptor) for descriptor in control._descriptors())
        except BaseException:
            control._close()
            raise
        if not taken:
            control._close()
            return None
        control._write(json.dumps(asdict(_myself(name))).encode())
        return control

    def _descriptors(self) -> tuple[int, ...]:
        return tuple(each for each in (self._folder, self._record) if each is not None)

    def _write(self, record: bytes) -> None:
        """Write who is in control, if that is possible: it is only for display."""
        # Another name of the same file is another's: its content is left alone.
        if self._record is not None and os.fstat(self._record).st_nlink <= 1:
            with suppress(OSError):
                os.ftruncate(self._record, 0)
                os.pwrite(self._record, record, 0)

    def release(self) -> None:
        """Release control; a second call does nothing."""
        if self._folder is not None:
            self._write(b"")
            self._close()

    def _close(self) -> None:
        for descriptor in self._descriptors():
            os.close(descriptor)
        self._folder = self._record = None


def _myself(name: str) -> Holder:
    return Holder(name, os.getpid(), socket.gethostname(), time.time())


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _open_record(folder: Path) -> int | None:
    """Open the file that names the holder; None where the disk takes none."""
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        with suppress(OSError):
            return open_regular(folder / NAME, flags)
    return None


def _locked(descriptor: int) -> bool:
    for attempt in range(10):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.001 * attempt)  # `holder` may hold the lock for some microseconds
    return False


def holder(folder: Path) -> Holder | None:
    """Return who has control of the run in `folder`, None if nobody has.

    Raises OSError, and StrangeFile.
    """
    try:
        probes = [_open_folder(folder)]
    except FileNotFoundError:
        return None
    try:
        with suppress(FileNotFoundError):
            probes.append(open_regular(folder / NAME, os.O_RDONLY))
        return _read(probes[-1]) if any(map(_is_held, probes)) else None
    finally:
        for probe in probes:
            os.close(probe)


def _is_held(probe: int) -> bool:
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(probe, fcntl.LOCK_UN)
    return False


def _read(descriptor: int) -> Holder:
    """Return the recorded holder; someone without a name if the file is gone or unreadable."""
    try:
        record = json.loads(os.pread(descriptor, RECORD_MAX_BYTES, 0))
        return Holder(
            str(record["name"]), int(record["pid"]), str(record["host"]), float(record["since"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return UNNAMED
