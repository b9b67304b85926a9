"""Where a command's process is begun, and how its beginning is given up: at most once, or never."""

import asyncio
import hashlib
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cockpit.process import step as process

OTHERS = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108
"""Where an urgent command finds room when the run's own disk has none."""

_BUSY = "its disk does not answer"


def places(own: Path, *, urgent: bool) -> list[Path]:
    """Give the run's own folder, and for an urgent command places that another disk may hold.

    Where it was begun before there is no other place for it: it is begun once.
    """
    found = [own]
    if urgent:
        inside = hashlib.sha256(os.fsencode(own.absolute())).hexdigest()
        found += [root / inside for place in OTHERS if (root := _ours(place))]
    begun = [place for place in found if not isinstance(process.state(place), process.Never)]
    return begun[:1] or found


def _ours(place: Path) -> Path | None:
    """Give the folder below `place` that is this user's alone; None where it cannot be had.

    Anyone may write there: a folder that someone else laid out for us could hold another command,
    or the outcome of one that never ran.
    """
    root = place / f"cockpit-{os.getuid()}"
    try:
        with suppress(FileExistsError):
            root.mkdir(mode=0o700)
        seen = root.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(seen.st_mode) and not seen.st_mode & 0o077
    return root if private and seen.st_uid == os.getuid() else None


def halt(folder: Path) -> None:
    """Ask for the end of a command; one that has not begun never will be. A full disk is no bar."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        process.request_stop(folder)


class Launch:
    """One beginning of a command, in a thread of its own; given up, it starts nothing any more.

    `spec` is asked for only when there is something to begin; what it raises, `begin` raises.
    """

    def __init__(
        self, folder: Path, spec: Callable[[], process.Spec], env: Mapping[str, str]
    ) -> None:
        self._folder, self._spec, self._env = folder, spec, env
        self._starting = threading.Lock()
        self._given_up = False

    async def begin(self, patience_s: float | None) -> None:
        """Begin what never began; raises OSError, also for a disk that takes over `patience_s`.

        Cancelled, it ends with the certainty that it has started, or that it never will.
        """
        beginning = asyncio.ensure_future(asyncio.to_thread(self._begin))
        try:
            await asyncio.wait({beginning}, timeout=patience_s)
            if not beginning.done() and self._give_up():
                raise OSError(_BUSY)
            await asyncio.shield(beginning)
        except asyncio.CancelledError:
            if not self._give_up():
                await asyncio.wait({beginning})
            raise
        finally:
            beginning.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _give_up(self) -> bool:
        """Tell whether it was in time: the process is not being started at this moment."""
        if not self._starting.acquire(blocking=False):
            return False
        self._given_up = True
        self._starting.release()
        return True

    def _begin(self) -> None:
        if not isinstance(process.state(self._folder), process.Never):
            return
        process.prepare(self._folder, self._spec())
        with self._starting:
            if not self._given_up and not (self._folder / "stop").exists():
                process.start(self._folder, self._env)
