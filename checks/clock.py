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

    def judge(self, whose: str, limit_s: float) -> Finding:
        """Judge the offset against a limit; unknown if the limit lies within the bounds."""
        way = "ahead of" if self.middle_s >= 0 else "behind"
        half_s = (self.most_s - self.least_s) / 2
        skew = f"{format_duration(abs(self.middle_s))} ± {format_duration(half_s)}"
        offset = f"{whose} is {skew} {way} this machine"
        evidence = f"{offset}, limit {format_duration(limit_s)}"
        if max(abs(self.least_s), abs(self.most_s)) <= limit_s:
            return passed(evidence)
        if self.least_s > limit_s or self.most_s < -limit_s:
            return failed(evidence)
        return unknown(f"{evidence}: it may be over it")


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
        offsets: dict[str, Offset | str] = {}
        if url := tools.expand(self.url or tools.target.url):
            offsets["target"] = await self._target_offset(url, tools)
        if self.database or tools.target.database:
            offsets["database"] = await self._database_offset(tools)
        findings = [self._finding(f"the {who}'s clock", offset) for who, offset in offsets.items()]
        figures = {
            f"{who}_offset_s": offset.middle_s
            for who, offset in offsets.items()
            if isinstance(offset, Offset)
        }
        return combine(findings, "; ".join(finding.evidence for finding in findings), figures)

    def _finding(self, whose: str, offset: Offset | str) -> Finding:
        if isinstance(offset, str):
            return unknown(f"{whose} is not known: {offset}")
        return offset.judge(whose, self.skew)

    async def _target_offset(self, url: str, tools: Tools) -> Offset | str:
        try:
            async with tools.http(self.timeout) as client:
                before_s, started_s = _now_s(), tools.clock.monotonic()
                head = await request_head(client, HttpRequest(url=url), self.timeout)
                took_s = tools.clock.monotonic() - started_s
        except HttpError as error:
            return f"it {error}"
        return _offset_by_date(head.headers, before_s, took_s)

    async def _database_offset(self, tools: Tools) -> Offset | str:
        try:
            address = database_url(self.database, tools)
            async with reading(address, self.timeout) as link:
                before_s, started_s = _now_s(), tools.clock.monotonic()
                database_time = await link.fetchval("SELECT clock_timestamp()")
                took_s = tools.clock.monotonic() - started_s
        except DatabaseError as error:
            return str(error)
        if not isinstance(database_time, datetime):
            return "it gives no time: the server is no PostgreSQL"
        return Offset(
            database_time.timestamp() - before_s - took_s, database_time.timestamp() - before_s
        )


def _offset_by_date(headers: Mapping[str, str], before_s: float, took_s: float) -> Offset | str:
    """Compare by a Date header, which was written between the request and the response."""
    if headers.get("age", "0").strip() != "0":
        return "its response comes from a cache, and so does the Date"
    try:
        date_s = http_date(headers["date"]).timestamp()
    except KeyError:
        return "its response has no Date"
    except ValueError:
        return f"its Date is malformed: {one_line(headers['date'], 60)}"
    return Offset(date_s - before_s - took_s, date_s + _DATE_S - before_s)


def _now_s() -> float:
    return time.time()
