"""Starts a command's process at most once, in one of several folders, within a time limit."""

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from cockpit.foundation.second_place import existing_places, second_places
from cockpit.process import step as process

_BUSY = "its disk does not answer"


def places(own: Path, *, urgent: bool) -> list[Path]:
    """Return the folders to try: `own`, and for an urgent command some that may be on another disk.

    If the command was started in one of them before, only that one: it is started once.
    """
    folders = [own]
    if urgent:
        folders += [place / "steps" / own.name for place in second_places(own.parent.parent)]
    started = [place for place in folders if not isinstance(process.state(place), process.Never)]
    return started[:1] or folders


def unknown_attempts(run: Path, prefix: str, known: Collection[str]) -> list[Path]:
    """Return the folders of attempts that were started and are not among the `known` names.

    Only names that begin with `prefix` count; the attempt that was started first comes first.
    """
    roots = [run, *existing_places(run)]
    found = [path for root in roots for path in (root / "steps").glob(f"{prefix}*")]
    started = [path for path in found if path.name not in known and (path / "started").exists()]
    return sorted(started, key=lambda path: (path / "started").stat().st_mtime_ns)


def halt(folder: Path) -> None:
    """Request the stop of a command; one that has not started never will. Ignores a full disk."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        process.request_stop(folder)


class Launch:
    """One attempt to start a command, in its own thread; once given up, it starts nothing.

    `spec` is called only if the command is not started yet; `begin` raises what it raises.
    """

    def __init__(
        self, folder: Path, spec: Callable[[], process.Spec], env: Mapping[str, str]
    ) -> None:
        self._folder, self._spec, self._env = folder, spec, env
        self._starting = threading.Lock()
        self._given_up = False

    async def begin(self, patience_s: float | None) -> None:
        """Start the command unless it was started; raises OSError, also after `patience_s`.

        When cancelled, it returns only once the command has started or never will.
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
        """Cancel the start; returns False if the process is being started at this moment."""
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
