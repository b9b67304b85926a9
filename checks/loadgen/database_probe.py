"""A query to the target's database once a second while the load runs against the service."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from msgspec import Struct

from checks.core.base import Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.text import count_of
from checks.pg.connection import DatabaseError, ask, database_url

_INTERVAL_S = 1.0
_TIMEOUT_S = 5.0
_WORST_FIRST = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.PASSED)


class ProbeResponses(Struct):
    """How often the database responded, its slowest response in seconds, and the first error."""

    count: int = 0
    slowest_s: float = 0.0
    error: DatabaseError | None = None

    def added_to(self, load: Result, limit_s: float) -> Result:
        """Return the load's result combined with the database's; the worse of the two comes first.

        `limit_s` is the limit of the slowest response.
        """
        outcome, evidence = self._judge(limit_s)
        details = (f"database: {evidence}", *load.details)
        figures = dict(load.figures)
        if self.count and not self.error:
            figures["database_s"] = self.slowest_s
        worst = min(load.outcome, outcome, key=_WORST_FIRST.index)
        both = (load.evidence, evidence) if load.outcome is worst else (evidence, load.evidence)
        return Result(worst, "; ".join(both), details, figures)

    def _judge(self, limit_s: float) -> tuple[Outcome, str]:
        if self.error:
            return self.error.outcome, str(self.error)
        if not self.count:
            return Outcome.UNKNOWN, "the database was not queried during the load"
        outcome = Outcome.PASSED if self.slowest_s <= limit_s else Outcome.FAILED
        took = f"took {format_duration(self.slowest_s)}, limit {format_duration(limit_s)}"
        return outcome, f"the database's slowest of {count_of(self.count, 'response')} {took}"


@contextlib.asynccontextmanager
async def probing(tools: Tools) -> AsyncIterator[ProbeResponses]:
    """Query the target's database once a second for as long as the context lasts."""
    responses = ProbeResponses()
    task = asyncio.ensure_future(_probe(responses, tools))
    try:
        yield responses
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _probe(responses: ProbeResponses, tools: Tools) -> None:
    """Query until the first error: one error is enough to fail."""
    try:
        url = database_url("", tools)
        while True:
            started_s = tools.clock.monotonic()
            await ask(url, "SELECT 1", _TIMEOUT_S)
            took_s = tools.clock.monotonic() - started_s
            responses.slowest_s = max(responses.slowest_s, took_s)
            responses.count += 1
            await tools.clock.sleep(_INTERVAL_S)
    except DatabaseError as error:
        responses.error = error
