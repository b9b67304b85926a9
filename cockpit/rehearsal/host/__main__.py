"""The host of a rehearsal's world: `python -P -m cockpit.rehearsal.host.__main__ FOLDER`.

It starts everything, prints one JSON line, `{"ready": true, "env": {...}}` (or `{"ready": false,
"error": "..."}` and ends with 1), and ends, with everything, when its standard input ends or at
SIGTERM: not before the steps of the run have ended, though (locks in FOLDER/../steps, 10 s).
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
from cockpit.rehearsal.scenarios import scenario

RATE_PER_S = 60.0
_LOCK_PATIENCE_S = 20.0
_STEPS_PATIENCE_S = 10.0
_ATTEMPTS = 4


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one world at a time; a former one may take a while to end."""
    until_s = time.monotonic() + _LOCK_PATIENCE_S
    with (folder / "world.lock").open("wb") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until_s:
                    raise RehearsalError(f"another world is running in {folder}") from None
                time.sleep(0.05)  # nothing else runs here yet
        yield


async def started(folder: Path, kept: Record | None, fresh: Record) -> RehearsalProcesses:
    """Start a household as `kept`, or as `fresh` with ports that are free: a few attempts."""
    for attempt in range(_ATTEMPTS):
        used = kept or record.with_new_ports(fresh)
        record.keep(folder, used)
        household = RehearsalProcesses(folder, used)
        try:
            await household.start()
        except PortTakenError:
            await household.end()
            if kept or attempt == _ATTEMPTS - 1:
                raise
        except BaseException:
            await household.end()
            raise
        else:
            record.keep(folder, replace(used, pids=household.pids))
            return household
    raise AssertionError("the last attempt returns or raises")


async def host(folder: Path, kept: Record | None, fresh: Record) -> None:
    """Play the world in `folder` until the parent ends."""
    parent = asyncio.create_task(until_parent_ends())
    start = asyncio.create_task(started(folder, kept, fresh))
    await asyncio.wait({parent, start}, return_when=asyncio.FIRST_COMPLETED)
    if not start.done():
        start.cancel()
        await asyncio.wait({start})
        return
    household = await start
    watch = asyncio.create_task(household.watch())
    try:
        announce(ready=True, env=household.environment())
        await parent
        if not await until_idle(folder.parent / "steps", _STEPS_PATIENCE_S):
            print("a step still runs; the world ends all the same", file=sys.stderr)  # noqa: T201
    finally:
        watch.cancel()
        await household.end()


def main(argv: list[str]) -> int:
    """Play a world, or forget one; give the exit status."""
    parser = argparse.ArgumentParser(prog="world", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rate", type=float, default=RATE_PER_S, help="requests a second")
    parser.add_argument("--scenario", default="calm")
    parser.add_argument("--forget", action="store_true", help="remove the database and end")
    asked = parser.parse_args(argv)
    folder = asked.folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder):
            if asked.forget:
                record.forget(folder)
                return 0
            record.sweep()
            kept = record.load(folder)
            fresh = kept or record.fresh(scenario(asked.scenario).name, asked.rate)
            asyncio.run(host(folder, kept, fresh))
    except (RehearsalError, OSError) as error:
        with contextlib.suppress(BrokenPipeError):  # nobody waits for the line any more
            announce(ready=False, error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
