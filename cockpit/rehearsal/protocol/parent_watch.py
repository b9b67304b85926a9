"""The child's side of the world: say "ready" in one line of JSON, end with the parent.

A child announces itself with one JSON line on its standard output; its standard input is a pipe
that the parent holds open, so that its end is the end of the parent, however that ended.
"""

import asyncio
import json
import os
import signal
import sys


def announce(**fields: object) -> None:
    """Print the line that the parent waits for; later prints go to the log, not to the pipe."""
    print(json.dumps(fields), flush=True)  # noqa: T201 - this line is the protocol
    os.dup2(2, 1)


async def until_parent_ends() -> None:
    """Wait for the end of standard input, SIGTERM or SIGINT. A file as input never ends."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def heard() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            ended.set()

    try:
        loop.add_reader(0, heard)
    except PermissionError:
        print("standard input cannot be watched: only a signal ends this", file=sys.stderr)  # noqa: T201
    await ended.wait()
