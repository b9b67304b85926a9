"""The tasks of one run: ended together, and an error in one is recorded, never lost."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from cockpit.foundation.errors import JournalError
from cockpit.journal import events as ev
from cockpit.runtime.session import Session


class Tasks:
    """Holds every task of the engine until it has ended."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Start `work` as a task."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def end(self) -> None:
        """Cancel every task and wait for its end."""
        tasks = tuple(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, JournalError):
            self.spawn(self._record_error(error))

    async def _record_error(self, error: BaseException) -> None:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        text = f"the cockpit itself broke: {type(error).__name__}: {error}"
        await self._session.record(ev.Noted(text=text))
