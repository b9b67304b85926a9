"""Whether the clocks of this machine, the service and the database agree."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from checks.core.base import Check, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.findings import Finding, combine, failed, passed, unknown
from checks.core.text import one_line
from checks.core.units import Span, Text
from checks.pg.connection import DatabaseError, database_url, reading
from checks.web.http_client import HttpRequest, request_head
from checks.web.http_date import http_date

_DATE_S = 1.0
"""A Date header is truncated to whole seconds: the true time may be this much later."""


class Offset(Struct, frozen=True):
    """Bounds of how far another clock is ahead of this machine's, in seconds."""

    least_s: float
    most_s: float

    @property
    def middle_s(self) -> float:
        """The middle of the bounds, in seconds."""
        return (self.least_s + self.most_s) / 2

    def judged(self, whose: str, limit_s: float) -> Finding:
        """Judge the offset against a limit; unknown if the limit lies within the bounds."""
        way = "ahead of" if self.middle_s >= 0 else "behind"
        half_s = (self.most_s - self.least_s) / 2
        skew = f"{format_duration(abs(self.middle_s))} ± {format_duration(half_s)}"
        said = f"{whose} is {skew} {way} this machine"
        words = f"{said}, limit {format_duration(limit_s)}"
        if max(abs(self.least_s), abs(self.most_s)) <= limit_s:
            return passed(words)
        if self.least_s > limit_s or self.most_s < -limit_s:
            return failed(words)
        return unknown(f"{words}: it may be over it")


class ClockSkew(Check, kw_only=True, frozen=True, tag="clock"):
    """The target's clock and the database's differ from this machine's by no more than `skew`.

    If clocks differ, a token that is valid here may be expired, or not yet valid, there. The clocks
    are read from the target's `Date` header and the database's `clock_timestamp()`, if the card
    names these.

    Failed: a clock is certainly off by more than `skew`.

    Unknown: no response, no `Date` header, or a cached response. Also a difference that may be on
    either side of the limit: the response time and the header's whole seconds leave it uncertain.
    """

    FIGURES: ClassVar = {
        "target_offset_s": "how far the target's clock is ahead, in seconds; negative behind",
        "database_offset_s": "how far the database's clock is ahead, in seconds; negative behind",
    }

    skew: Annotated[Span, Meta(description="the largest allowed difference")] = 2.0
    url: Annotated[
        Text | None, Meta(description="the URL to request; the target's when left out")
    ] = None
    database: Annotated[str, Meta(description="its URL; the target's when left out")] = ""

    def label(self) -> str:
        """Return the default title."""
        return "clocks agree"

    async def run(self, tools: Tools) -> Result:
        """Read both clocks; the evidence is each offset and its uncertainty."""
        seen: dict[str, Offset | str] = {}
        if url := tools.expand(self.url or tools.target.url):
            seen["target"] = await self._of_target(url, tools)
        if self.database or tools.target.database:
            seen["database"] = await self._of_database(tools)
        findings = [self._finding(f"the {who}'s clock", offset) for who, offset in seen.items()]
        figures = {
            f"{who}_offset_s": offset.middle_s
            for who, offset in seen.items()
            if isinstance(offset, Offset)
        }
        return combine(findings, "; ".join(each.words for each in findings), figures)

    def _finding(self, whose: str, offset: Offset | str) -> Finding:
        if isinstance(offset, str):
            return unknown(f"{whose} is not known: {offset}")
        return offset.judged(whose, self.skew)

    async def _of_target(self, url: str, tools: Tools) -> Offset | str:
        try:
            async with tools.http(self.timeout) as client:
                before_s, started_s = _now_s(), tools.clock.monotonic()
                head = await request_head(client, HttpRequest(url=url), self.timeout)
                took_s = tools.clock.monotonic() - started_s
        except HttpError as error:
            return f"it {error}"
        return _by_date(head.headers, before_s, took_s)

    async def _of_database(self, tools: Tools) -> Offset | str:
        try:
            address = database_url(self.database, tools)
            async with reading(address, self.timeout) as link:
                before_s, started_s = _now_s(), tools.clock.monotonic()
                told: datetime = await link.fetchval("SELECT clock_timestamp()")
                took_s = tools.clock.monotonic() - started_s
        except DatabaseError as error:
            return str(error)
        return Offset(told.timestamp() - before_s - took_s, told.timestamp() - before_s)


def _by_date(headers: Mapping[str, str], before_s: float, took_s: float) -> Offset | str:
    """Compare by a Date header, which was written between the request and the response."""
    if headers.get("age", "0").strip() != "0":
        return "a cache has kept its answer, and its Date"
    try:
        told_s = http_date(headers["date"]).timestamp()
    except KeyError:
        return "it gives no Date"
    except ValueError:
        return f"its Date is none: {one_line(headers['date'], 60)}"
    return Offset(told_s - before_s - took_s, told_s + _DATE_S - before_s)


def _now_s() -> float:
    return time.time()
