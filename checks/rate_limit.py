"""Whether too many requests are refused, and taken again after the time that was said."""

import asyncio
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Scheduling, Tools
from checks.core.durations import format_duration
from checks.core.text import one_line
from checks.core.units import Span, Text
from checks.web.burst import TOO_MANY, Burst, retry_after_s
from checks.web.expectation import Status
from checks.web.request import Call, NoAnswerError, RequestError, address, authorization

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""By host, while somebody is there: two bursts at once would be one of twice the size."""


class RateLimit(Check, kw_only=True, frozen=True, tag="rate-limit"):
    """A burst of requests meets 429 with Retry-After, and one request after that time is taken.

    Failed: no 429 within the burst, none with a Retry-After that is seconds or a date, or a second
    429 after the wait.

    Unknown: another answer than `status`, none at all, or a wait longer than `recovery`.

    At most `within` requests are sent, and one more after the wait. Two such checks of one program
    take turns at a host. Whom the target limits, a token or an address, is its own affair: the
    burst comes from this machine's address, with the target's token if `token` is true. What shares
    that identity is limited with it for a moment.

    It proves that there is a limit, not that every operation and every identity has one.
    """

    FIGURES: ClassVar = {
        "requests": "requests that the burst sent",
        "met_at": "which of them met the limit first",
    }

    timeout: Annotated[Span, Meta(description="all of it ends within this time")] = 60.0
    path: Annotated[Text, Meta(description="what is asked on the target, as /orders")]
    method: Annotated[Literal["GET", "HEAD"], Meta(description="how it is asked")] = "GET"
    within: Annotated[
        int, Meta(ge=1, le=10_000, description="the limit is met within so many requests")
    ]
    at_once: Annotated[
        int, Meta(ge=1, le=100, description="so many of them are sent at the same time")
    ] = 10
    status: Annotated[
        tuple[Status, ...], Meta(min_length=1, description="the answers below the limit")
    ] = (200,)
    token: Annotated[bool, Meta(description="send the target's token as a bearer")] = False
    recovery: Annotated[Span, Meta(description="the longest Retry-After that is waited for")] = 30.0
    each: Annotated[Span, Meta(description="no answer within this time says nothing")] = 5.0

    def __post_init__(self) -> None:
        """See that the refusal is not among the answers below the limit."""
        if TOO_MANY in self.status:
            raise ValueError("429 is the limit itself: leave it out of `status`")

    def label(self) -> str:
        """Say what is looked at."""
        return f"rate limit of {one_line(self.path, 50)}"

    def scheduling(self) -> Scheduling:
        """By itself: what shares its token or address is refused with it."""
        return Scheduling.EXCLUSIVE

    async def run(self, tools: Tools) -> Result:
        """Send the burst until it is refused, wait as told, and ask once more."""
        try:
            url = address(tools, self.path)
            headers = authorization(tools) if self.token else {}
        except RequestError as error:
            return Result(Outcome.UNKNOWN, f"cannot be asked: {error}")
        turn = _turns.setdefault(urlsplit(url).netloc, asyncio.Lock())
        client = await asyncio.to_thread(tools.many, self.each, self.at_once)
        async with client, turn:
            call = Call(client, self.method, url, headers, self.each)
            burst = Burst(call, self.status, self.within)
            await burst.send(self.at_once)
            return await self._recovered(call, burst, tools) if burst.met else self._not_met(burst)

    def _not_met(self, burst: Burst) -> Result:
        figures = {"requests": float(burst.sent)}
        if burst.unclear:
            return Result(Outcome.UNKNOWN, self._said(burst.unclear[0]), (), figures)
        said = self._said(f"took {burst.sent} requests without a 429")
        return Result(Outcome.FAILED, said, (), figures)

    async def _recovered(self, call: Call, burst: Burst, tools: Tools) -> Result:
        """Wait as long as was asked for, and see that a request is taken again."""
        assert burst.met
        met = f"refused request {burst.met_at} of {self.within}"
        figures = {"requests": float(burst.sent), "met_at": float(burst.met_at)}
        wait_s = retry_after_s(burst.met)
        if wait_s is None:
            header = one_line(burst.met.headers.get("retry-after", ""), 40)
            fault = f"with Retry-After: {header}, which is neither seconds nor a date"
            words = self._said(f"{met} {fault if header else 'without a Retry-After'}")
            return Result(Outcome.FAILED, words, (), figures)
        if wait_s > self.recovery:
            wait, recovery = format_duration(wait_s), format_duration(self.recovery)
            words = f"asks to wait {wait}, longer than `recovery`, {recovery}"
            return Result(Outcome.UNKNOWN, self._said(f"{met}, and {words}"), (), figures)
        await tools.clock.sleep(wait_s)
        outcome, words = await self._again(call, wait_s)
        return Result(outcome, self._said(f"{met}, and {words}"), (), figures)

    async def _again(self, call: Call, wait_s: float) -> tuple[Outcome, str]:
        try:
            status = (await call()).status_code
        except NoAnswerError as error:
            return Outcome.UNKNOWN, f"{error} after {format_duration(wait_s)}"
        if status in self.status:
            return Outcome.PASSED, f"took one again after {format_duration(wait_s)}, as it said"
        outcome = Outcome.FAILED if status == TOO_MANY else Outcome.UNKNOWN
        after = format_duration(wait_s)
        return outcome, f"answered {status} after {after}, when it was to take one again"

    def _said(self, what: str) -> str:
        return f"{self.method} {one_line(self.path, 80)} {what}"
