"""The child's side of the protocol: announce "ready" in a JSON line, end when the parent ends.

The line goes to standard output. Standard input is a pipe that the parent holds open: end of file
means that the parent has ended, for whatever reason.
"""

import asyncio
import json
import os
import signal
import sys


def announce(**fields: object) -> None:
    """Print the line that the parent waits for; later output goes to the log, not to the pipe."""
    print(json.dumps(fields), flush=True)  # noqa: T201 - this line is the protocol
    os.dup2(2, 1)


async def until_parent_ends() -> None:
    """Wait for the end of standard input, SIGTERM or SIGINT; only a signal if input is a file."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def on_input() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            ended.set()

    try:
        loop.add_reader(0, on_input)
    except PermissionError:
        print("standard input cannot be watched: only a signal ends this process", file=sys.stderr)  # noqa: T201
    await ended.wait()
