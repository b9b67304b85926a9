"""Whether too many requests are refused, and accepted again after Retry-After."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Scheduling, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.text import count_of, one_line
from checks.core.units import Span, Text
from checks.web.burst import TOO_MANY, Burst, retry_after_s
from checks.web.expectation import Status
from checks.web.http_client import HttpRequest, ResponseHead, request_head
from checks.web.target import authorization, target_url

Call = Callable[[], Awaitable[ResponseHead]]

_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""Locks by host, while in use: two concurrent bursts would act as one of twice the size."""


class RateLimit(Check, kw_only=True, frozen=True, tag="rate-limit"):
    """A burst of requests meets 429 with Retry-After, and a request after that time is accepted.

    Failed: no 429 within the burst, a 429 without a valid Retry-After, or a second 429 after the
    wait.

    Unknown: a status other than `status`, no response, or a Retry-After longer than `recovery`.

    At most `within` requests are sent, and one more after the wait. Checks of the same host take
    turns. The burst comes from this machine's IP address, with the target's token if `token` is
    true; other clients with the same address or token may be refused for a moment, too.

    It proves that there is a limit, not that every operation and every client has one.
    """

    FIGURES: ClassVar = {
        "requests": "requests that the burst sent",
        "met_at": "the first request that met the limit",
    }

    timeout: Annotated[Span, Meta(description="the time limit of the whole check")] = 60.0
    path: Annotated[Text, Meta(description="the path to request on the target, as /orders")]
    method: Annotated[Literal["GET", "HEAD"], Meta(description="the method of the requests")] = (
        "GET"
    )
    within: Annotated[
        int,
        Meta(
            ge=1, le=10_000, description="the number of requests within which the limit must be met"
        ),
    ]
    at_once: Annotated[
        int, Meta(ge=1, le=100, description="how many requests are sent at the same time")
    ] = 10
    status: Annotated[
        tuple[Status, ...], Meta(min_length=1, description="the statuses below the limit")
    ] = (200,)
    token: Annotated[bool, Meta(description="send the target's token as a bearer")] = False
    recovery: Annotated[Span, Meta(description="the longest Retry-After to wait for")] = 30.0
    each: Annotated[
        Span, Meta(description="a request without a response within this time is unknown")
    ] = 5.0

    def __post_init__(self) -> None:
        """Check that 429 is not among the statuses below the limit."""
        if TOO_MANY in self.status:
            raise ValueError("429 is the limit itself: leave it out of `status`")

    def label(self) -> str:
        """Return the default title."""
        return f"rate limit of {one_line(self.path, 50)}"

    def scheduling(self) -> Scheduling:
        """Return EXCLUSIVE: other checks with the same token or address would be refused, too."""
        return Scheduling.EXCLUSIVE

    async def run(self, tools: Tools) -> Result:
        """Send the burst until it is refused, wait for Retry-After, and send one more request."""
        try:
            url = target_url(tools, self.path)
            headers = authorization(tools) if self.token else {}
        except HttpError as error:
            return Result(Outcome.UNKNOWN, str(error))
        lock = _locks.setdefault(urlsplit(url).netloc, asyncio.Lock())
        client = await asyncio.to_thread(tools.many, self.each, self.at_once)
        async with client, lock:
            request = HttpRequest(url=url, method=self.method, headers=headers)
            call = functools.partial(request_head, client, request, self.each)
            burst = Burst(call, self.status, self.within)
            await burst.send(self.at_once)
            return (
                await self._check_recovery(call, burst, tools)
                if burst.met
                else self._judge_unmet(burst)
            )

    def _judge_unmet(self, burst: Burst) -> Result:
        figures = {"requests": float(burst.sent)}
        if burst.unclear:
            return Result(Outcome.UNKNOWN, self._describe(burst.unclear[0]), (), figures)
        evidence = self._describe(f"accepted {count_of(burst.sent, 'request')} without a 429")
        return Result(Outcome.FAILED, evidence, (), figures)

    async def _check_recovery(self, call: Call, burst: Burst, tools: Tools) -> Result:
        """Wait for Retry-After, and check that a request is accepted again."""
        assert burst.met
        met = f"refused request {burst.met_at} of {self.within}"
        figures = {"requests": float(burst.sent), "met_at": float(burst.met_at)}
        wait_s = retry_after_s(burst.met)
        if wait_s is None:
            header = one_line(burst.met.headers.get("retry-after", ""), 40)
            fault = f"with Retry-After: {header}, which is neither seconds nor a date"
            evidence = self._describe(f"{met} {fault if header else 'without a Retry-After'}")
            return Result(Outcome.FAILED, evidence, (), figures)
        if wait_s > self.recovery:
            wait, recovery = format_duration(wait_s), format_duration(self.recovery)
            evidence = f"asks to wait {wait}, longer than `recovery`, {recovery}"
            return Result(Outcome.UNKNOWN, self._describe(f"{met}, and {evidence}"), (), figures)
        await tools.clock.sleep(wait_s)
        outcome, evidence = await self._send_again(call, wait_s)
        return Result(outcome, self._describe(f"{met}, and {evidence}"), (), figures)

    async def _send_again(self, call: Call, wait_s: float) -> tuple[Outcome, str]:
        try:
            status = (await call()).status
        except HttpError as error:
            return Outcome.UNKNOWN, f"{error} after {format_duration(wait_s)}"
        if status in self.status:
            return (
                Outcome.PASSED,
                f"accepted one again after {format_duration(wait_s)}, as announced",
            )
        outcome = Outcome.FAILED if status == TOO_MANY else Outcome.UNKNOWN
        after = format_duration(wait_s)
        return outcome, f"answered {status} after {after}, when it should accept one again"

    def _describe(self, event: str) -> str:
        return f"{self.method} {one_line(self.path, 80)} {event}"
