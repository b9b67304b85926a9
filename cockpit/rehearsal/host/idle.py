"""Whether a step of the run is running, which only the lock of its folder shows."""

import asyncio
import fcntl
import time
from pathlib import Path


def is_held(lock: Path) -> bool:
    """Whether a process holds the lock file `lock`; a missing file is not held."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def any_held(steps: Path) -> bool:
    """Whether any lock below `steps` is held."""
    return any(map(is_held, steps.rglob("lock")))


async def until_idle(steps: Path, patience_s: float) -> bool:
    """Wait until no lock below `steps` is held; return False if one still is after `patience_s`."""
    deadline_s = time.monotonic() + patience_s
    while any_held(steps):
        if time.monotonic() > deadline_s:
            return False
        await asyncio.sleep(0.1)
    return True
