"""Whether PostgreSQL responds in time, and a query returns true."""

import math
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.text import one_line
from checks.core.units import Shown, Span
from checks.pg.connection import DatabaseError, ask, database_url, redact

_NO = frozenset({"", "0", "f", "false", "n", "no", "off"})


class Postgres(Check, kw_only=True, frozen=True, tag="postgres"):
    """The database responds within a time, and a query's single value is true.

    Failed: the response takes longer than `within`; the value is false, null, zero, an empty text,
    or one of `f`, `false`, `n`, `no`, `off` and `0`; or the database refuses: nothing listens
    there, the password is wrong, the database does not exist, no connection is free, or it is
    starting.

    Unknown: there is no route, no such host or no response in time; or the query returns an error,
    no row or NaN.

    The transaction is read-only.
    """

    query: Annotated[Shown | None, Meta(description="its single value must be true")] = None
    within: Annotated[Span, Meta(description="limit of connecting and the response together")] = 1.0
    database: Annotated[str, Meta(description="its URL; the target's when left out")] = ""

    def label(self) -> str:
        """Return the default title."""
        return one_line(self.query, 60) if self.query else "database answers"

    async def run(self, tools: Tools) -> Result:
        """Run the query; the evidence is the value, the time taken and the limit."""
        try:
            address = database_url(self.database, tools)
            started_s = tools.clock.monotonic()
            value = await ask(address, self.query or "SELECT 1", self.timeout)
        except DatabaseError as error:
            return Result(error.outcome, str(error))
        outcome, evidence = self._judge(value, tools.clock.monotonic() - started_s)
        return Result(outcome, redact(evidence, address))

    def _judge(self, value: Any, latency_s: float) -> tuple[Outcome, str]:
        if isinstance(value, float | Decimal) and math.isnan(value):
            return Outcome.UNKNOWN, "the query gave NaN, which is neither true nor false"
        latency = f"answered in {format_duration(latency_s)}, limit {format_duration(self.within)}"
        if not _is_true(value):
            return Outcome.FAILED, f"the query gave {_format(value)}; {latency}"
        evidence = f"{_format(value)}, {latency}" if self.query else latency
        return (Outcome.PASSED if latency_s <= self.within else Outcome.FAILED), evidence


def _is_true(value: Any) -> bool:
    return value.strip().lower() not in _NO if isinstance(value, str) else bool(value)


def _format(value: Any) -> str:
    """Return a value as SQL writes it."""
    if value is None:
        return "null"
    text = one_line(str(value), 60)
    return text.lower() if isinstance(value, bool) else text or "an empty text"
