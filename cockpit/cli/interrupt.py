"""How a headless command ends when it is asked to: in good order, saying how to go on."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from cockpit.cli.printing import aside
from cockpit.foundation.errors import CockpitError
from cockpit.runtime.run_folder import RunFolder

PATIENCE = 3


class InterruptedRun(CockpitError):  # noqa: N818  (it names what it is)
    """The command was asked to end before it was through."""

    exit_status: ClassVar[int] = 130


async def interruptible(work: Callable[[], Awaitable[int]]) -> int:
    """Do `work`; SIGINT, SIGTERM and SIGHUP end it in good order, the third of them at once."""
    task = asyncio.ensure_future(work())
    loop = asyncio.get_running_loop()
    heard: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        heard.append(number)
        if len(heard) >= PATIENCE:
            raise KeyboardInterrupt
        if len(heard) == 1:
            aside("cockpit: ending in good order; what runs as a process of its own runs on")
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
    """Name the run that an interrupted command leaves open, and the command to go on with it."""
    try:
        yield
    except asyncio.CancelledError:
        raise InterruptedRun(
            f"interrupted; run {folder.id} is open, nothing of it is lost: go on with {command}"
        ) from None
