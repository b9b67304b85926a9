"""A command as a child process, killed with its whole process group when its check ends."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_LAST_WORDS_S = 1.0


class _Sink(asyncio.Protocol):
    """Passes a pipe's data to `feed`; `closed` is done when the last writer has closed the pipe."""

    def __init__(self, feed: Callable[[bytes], None]) -> None:
        self._feed = feed
        self.closed = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


async def follow(  # noqa: PLR0913  # what a process needs: arguments, folder, environment, streams
    argv: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    feed: Callable[[bytes], None],
    *,
    source: IO[bytes] | None = None,
    into: IO[bytes] | None = None,
) -> int:
    """Run `argv` in `folder`, pass its output to `feed` in pieces, and return its exit status.

    The status is 0..255, or minus the number of the signal that ended it. Its input is `source`, or
    empty; its standard output goes to `into` if there is one, and then `feed` gets the errors only.
    When the command ends, or this is cancelled, its process group is killed; only a descendant in
    another process session escapes that. Raises OSError when the command cannot be started.
    """
    loop = asyncio.get_running_loop()
    read, write = os.pipe()
    # A pipe of our own: asyncio's would make wait() wait for every grandchild that holds it.
    with os.fdopen(write, "wb", 0) as end:
        reader = os.fdopen(read, "rb", 0)
        transport, sink = await loop.connect_read_pipe(lambda: _Sink(feed), reader)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=DEVNULL if source is None else source,
                stdout=end if into is None else into,
                stderr=end,
                cwd=folder,
                env=env,
                start_new_session=True,
            )
            end.close()
            status = await _status(process)
            # Read what is left in the pipe; a descendant that escaped must not delay us.
            await asyncio.wait({sink.closed}, timeout=_LAST_WORDS_S)
            return status
        finally:
            transport.close()


async def _status(process: Process) -> int:
    try:
        return await process.wait()
    finally:
        # The group's number cannot be reused while one of its members lives.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await process.wait()
