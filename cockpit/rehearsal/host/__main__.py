"""The host of a rehearsal's world: `python -P -m cockpit.rehearsal.host FOLDER`.

It starts all processes and prints one JSON line: `{"ready": true, "env": {...}}`, or `{"ready":
false, "error": "..."}` before it exits with 1. It ends all of them when its standard input ends or
at SIGTERM, after waiting up to 10 s for running steps (locks in FOLDER/../steps).
Started again in the same FOLDER it resumes: same ports, secrets, data, weight, demotions, faults.
"""

import argparse
import asyncio
import contextlib
import fcntl
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cockpit.rehearsal.host import record
from cockpit.rehearsal.host.idle import until_idle
from cockpit.rehearsal.host.processes import RehearsalProcesses
from cockpit.rehearsal.host.record import Record
from cockpit.rehearsal.protocol.parent_watch import announce, until_parent_ends
from cockpit.rehearsal.protocol.rehearsal_errors import PortTakenError, RehearsalError
from cockpit.rehearsal.scenarios import CALM, scenario

RATE_PER_S = 60.0
_LOCK_PATIENCE_S = 20.0
_STEPS_PATIENCE_S = 10.0
_ATTEMPTS = 4


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that only one world runs in it.

    Raises RehearsalError if a previous world has not ended within 20 s.
    """
    deadline_s = time.monotonic() + _LOCK_PATIENCE_S
    with (folder / "world.lock").open("wb") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline_s:
                    raise RehearsalError(f"another world is running in {folder}") from None
                time.sleep(0.05)  # blocking is fine: no event loop runs yet
        yield


async def start_processes(folder: Path, saved: Record | None, fresh: Record) -> RehearsalProcesses:
    """Start the processes as `saved`, or as `fresh` on free ports: four attempts at most.

    Raises PortTakenError if a port is in use, RehearsalError if a process does not start.
    """
    for attempt in range(_ATTEMPTS):
        current = saved or record.with_new_ports(fresh)
        record.save(folder, current)
        processes = RehearsalProcesses(folder, current)
        try:
            await processes.start()
        except PortTakenError:
            await processes.end()
            if saved or attempt == _ATTEMPTS - 1:
                raise
        except BaseException:
            await processes.end()
            raise
        else:
            record.save(folder, replace(processes.record, pids=processes.pids))
            return processes
    raise AssertionError("the last attempt returns or raises")


async def host(folder: Path, saved: Record | None, fresh: Record) -> None:
    """Run the world in `folder` until the parent process ends."""
    parent = asyncio.create_task(until_parent_ends())
    start = asyncio.create_task(start_processes(folder, saved, fresh))
    await asyncio.wait({parent, start}, return_when=asyncio.FIRST_COMPLETED)
    if not start.done():
        start.cancel()
        await asyncio.wait({start})
        return
    processes = await start
    watch = asyncio.create_task(processes.watch())
    try:
        announce(ready=True, env=processes.environment())
        await parent
        if not await until_idle(folder.parent / "steps", _STEPS_PATIENCE_S):
            print("a step is still running; the world ends anyway", file=sys.stderr)  # noqa: T201
    finally:
        watch.cancel()
        await processes.end()


def main(argv: list[str]) -> int:
    """Run a world, or remove its database; return the exit status."""
    parser = argparse.ArgumentParser(prog="world", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rate", type=float, default=RATE_PER_S, help="requests a second")
    parser.add_argument("--scenario", default=CALM.name)
    parser.add_argument("--forget", action="store_true", help="remove the database and end")
    options = parser.parse_args(argv)
    folder = options.folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder):
            if options.forget:
                record.forget(folder)
                return 0
            record.sweep()
            found = record.load(folder)
            fresh = found or record.fresh(scenario(options.scenario).name, options.rate)
            saved = found if found and found.has_run else None
            asyncio.run(host(folder, saved, fresh))
    except (RehearsalError, OSError) as error:
        with contextlib.suppress(BrokenPipeError):  # the parent no longer waits for the line
            announce(ready=False, error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
