"""A check's link to the run: measurements of other checks in, progress messages out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from msgspec.structs import replace

from checks.core.base import Measurement, Outcome, Tools
from cockpit.engine.context import Context
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.state import StepStatus

EVERY_S = 1.0
_MEASURED = (StepStatus.PASSED, StepStatus.FAILED, StepStatus.UNKNOWN)


@asynccontextmanager
async def listening(context: Context, step: str, attempt: int) -> AsyncIterator[Tools]:
    """Yield tools that record a check's progress and look up what other checks measured."""
    latest = _LatestLine()
    writing = asyncio.ensure_future(_write(context, step, attempt, latest))
    try:
        yield replace(context.tools, say=latest.say, measured=partial(_measurement, context))
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


def _measurement(context: Context, step: str) -> Measurement | None:
    step_state = context.session.state.steps.get(step)
    if step_state is None or step_state.ended_s is None:
        return None
    age_s = context.session.now_s() - step_state.ended_s
    if step_state.status is StepStatus.WAIVED:
        return Measurement(Outcome.WAIVED, {}, age_s)
    if step_state.status not in _MEASURED:
        return None
    return Measurement(Outcome(step_state.status.value), step_state.figures, age_s)


class _LatestLine:
    """The newest progress message that is not recorded yet."""

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


async def _write(context: Context, step: str, attempt: int, latest: _LatestLine) -> None:
    while True:
        progressed = ev.StepProgressed(step=step, attempt=attempt, text=await latest.line())
        with suppress(UsageError):  # a person's word came first: it does not run any more
            await context.session.record(progressed)
        await context.clock.sleep(EVERY_S)
