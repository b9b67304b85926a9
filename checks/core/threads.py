"""Work that takes the processor for a while: off the event loop, and ended with its check."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from checks.core.errors import CheckError

Given = TypeVar("Given")
Going = Callable[[], None]
"""To be called often by such work; it raises WorkCancelledError when nobody waits any more."""


class WorkCancelledError(CheckError):
    """The work ends, since nobody waits for it any more."""


async def work(does: Callable[[Going], Given]) -> Given:
    """Give what `does` gives, in a thread; on cancellation it is told to end."""
    stopped = threading.Event()

    def going() -> None:
        if stopped.is_set():
            raise WorkCancelledError

    try:
        return await asyncio.to_thread(does, going)
    finally:
        stopped.set()
