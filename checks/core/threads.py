"""CPU-bound work in a thread, which ends when its check is cancelled."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from checks.core.errors import CheckError

Given = TypeVar("Given")
Going = Callable[[], None]
"""Called often by such work; raises WorkCancelledError once its check was cancelled."""


class WorkCancelledError(CheckError):
    """The check was cancelled, so its work in a thread ends early."""


async def work(does: Callable[[Going], Given]) -> Given:
    """Run `does` in a thread and return its result; on cancellation its next `going()` raises."""
    stopped = threading.Event()

    def going() -> None:
        if stopped.is_set():
            raise WorkCancelledError

    try:
        return await asyncio.to_thread(does, going)
    finally:
        stopped.set()
