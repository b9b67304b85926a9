"""The target's database, asked once a second while the load runs on the service before it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from msgspec import Struct

from checks.core.base import Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.pg.connection import DatabaseError, ask, database_url

_EVERY_S = 1.0
_TIMEOUT_S = 5.0
_WORST_FIRST = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.PASSED)


class ProbeAnswers(Struct):
    """How the database answered: how often, its slowest answer in seconds, and its first fault."""

    count: int = 0
    slowest_s: float = 0.0
    fault: DatabaseError | None = None

    def judged(self, load: Result, limit_s: float) -> Result:
        """Give the load's result with the database's in it; what failed comes first."""
        outcome, words = self._own(limit_s)
        details = (f"database: {words}", *load.details)
        figures = dict(load.figures)
        if self.count and not self.fault:
            figures["database_s"] = self.slowest_s
        worst = min(load.outcome, outcome, key=_WORST_FIRST.index)
        said = (load.evidence, words) if load.outcome is worst else (words, load.evidence)
        return Result(worst, "; ".join(said), details, figures)

    def _own(self, limit_s: float) -> tuple[Outcome, str]:
        if self.fault:
            return self.fault.outcome, str(self.fault)
        if not self.count:
            return Outcome.UNKNOWN, "the database was not asked while it lasted"
        outcome = Outcome.PASSED if self.slowest_s <= limit_s else Outcome.FAILED
        took = f"took {format_duration(self.slowest_s)}, limit {format_duration(limit_s)}"
        return outcome, f"the database's slowest of {self.count} answers {took}"


@contextlib.asynccontextmanager
async def asking(tools: Tools) -> AsyncIterator[ProbeAnswers]:
    """Ask once a second for as long as the context lasts."""
    answers = ProbeAnswers()
    task = asyncio.ensure_future(_ask(answers, tools))
    try:
        yield answers
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _ask(answers: ProbeAnswers, tools: Tools) -> None:
    """Ask until the first fault: one is enough to say that the database did not hold."""
    try:
        address = database_url("", tools)
        while True:
            started_s = tools.clock.monotonic()
            await ask(address, "SELECT 1", _TIMEOUT_S)
            answers.slowest_s = max(answers.slowest_s, tools.clock.monotonic() - started_s)
            answers.count += 1
            await tools.clock.sleep(_EVERY_S)
    except DatabaseError as error:
        answers.fault = error
