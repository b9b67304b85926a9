"""The right to give orders in a run: a lock that the kernel releases when its holder ends."""

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

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, folder: Path, name: str) -> Self | None:
        """Take control of the run in `folder` for `name`; None if someone holds it.

        Blocks for up to 50 ms if it is held. Raises OSError.
        """
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _locked(descriptor):
            os.close(descriptor)
            return None
        control = cls(descriptor)
        # Only for display: a disk too full for a name must not keep an operator from control.
        with suppress(OSError):
            control._write(Holder(name, os.getpid(), socket.gethostname(), time.time()))
        return control

    def _write(self, holder: Holder) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(asdict(holder)).encode(), 0)

    def release(self) -> None:
        """Release control; a second call does nothing."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _locked(descriptor: int) -> bool:
    for attempt in range(10):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.001 * attempt)  # `holder` may hold the lock for some microseconds
    return False


def holder(folder: Path) -> Holder | None:
    """Return who has control of the run in `folder`, None if nobody has. Raises OSError."""
    try:
        probe = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(probe)
    finally:
        os.close(probe)
    return None


def _read(descriptor: int) -> Holder:
    try:
        record = json.loads(os.pread(descriptor, RECORD_MAX_BYTES, 0))
        return Holder(
            str(record["name"]), int(record["pid"]), str(record["host"]), float(record["since"])
        )
    except (ValueError, KeyError, TypeError):
        return UNNAMED
