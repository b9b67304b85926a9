"""What a check says while it looks, written into the record once a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from msgspec.structs import replace

from checks.base import Tools
from cockpit.engine.context import Context
from cockpit.errors import UsageError
from cockpit.journal import events as ev

EVERY_S = 1.0


@asynccontextmanager
async def listening(context: Context, step: str, attempt: int) -> AsyncIterator[Tools]:
    """Give tools through which a step's check is heard."""
    heard = _Heard()
    writing = asyncio.ensure_future(_write(context, step, attempt, heard))
    try:
        yield replace(context.tools, say=heard.say)
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


class _Heard:
    """The newest line that is not written yet."""

    def __init__(self) -> None:
        self._line = ""
        self._fresh = asyncio.Event()

    def say(self, line: str) -> None:
        self._line = line
        self._fresh.set()

    async def line(self) -> str:
        await self._fresh.wait()
        self._fresh.clear()
        return self._line


async def _write(context: Context, step: str, attempt: int, heard: _Heard) -> None:
    while True:
        said = ev.StepSaid(step=step, attempt=attempt, text=await heard.line())
        with suppress(UsageError):  # a person's word came first: it does not run any more
            await context.session.record(said)
        await context.clock.sleep(EVERY_S)
