"""Is a step of the run still running? The lock of its folder says so, and nothing else does."""

import asyncio
import fcntl
import time
from pathlib import Path


def is_held(lock: Path) -> bool:
    """Tell whether some process holds the lock file `lock`; one that is not there is not held."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def any_held(steps: Path) -> bool:
    """Tell whether any lock below `steps` is held."""
    return any(map(is_held, steps.rglob("lock")))


async def until_idle(steps: Path, patience_s: float) -> bool:
    """Wait until no lock below `steps` is held; False when one still is after `patience_s`."""
    until_s = time.monotonic() + patience_s
    while any_held(steps):
        if time.monotonic() > until_s:
            return False
        await asyncio.sleep(0.1)
    return True
