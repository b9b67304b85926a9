"""Ending a headless command on a signal: in good order, with the command to resume it."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from cockpit.cli.printing import print_aside
from cockpit.foundation.errors import CockpitError
from cockpit.runtime.run_folder import RunFolder

PATIENCE = 3


class InterruptedRun(CockpitError):  # noqa: N818  (it names what it is)
    """The command was interrupted before it was done."""

    exit_status: ClassVar[int] = 130


async def interruptible(work: Callable[[], Awaitable[int]]) -> int:
    """Run `work`, and return its status; raises InterruptedRun on SIGINT, SIGTERM or SIGHUP.

    The first signal cancels `work`, which then cleans up; the third one ends it at once.
    """
    task = asyncio.ensure_future(work())
    loop = asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        received.append(number)
        if len(received) >= PATIENCE:
            raise KeyboardInterrupt
        if len(received) == 1:
            print_aside("cockpit: ending in good order; step processes keep running")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants it ignored
            loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        raise InterruptedRun("interrupted") from None


@contextmanager
def resumable(folder: RunFolder, command: str) -> Iterator[None]:
    """On interruption, raise InterruptedRun with the run and the command that resumes it."""
    try:
        yield
    except asyncio.CancelledError:
        raise InterruptedRun(
            f"interrupted; run {folder.id} is open and nothing of it is lost; resume it with:"
            f" {command}"
        ) from None
