"""Whether browsers let pages of the allowed origins read responses, and no others."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.text import one_line
from checks.core.units import Span, Text
from checks.web.cors_rules import BrowserRequest, Rules
from checks.web.http_client import HttpRequest, ResponseHead, request_head
from checks.web.origins import origin, strangers
from checks.web.target import authorization, target_url

if TYPE_CHECKING:
    import httpx

_MOST_UNCLEAR = 3
"""Requests without a response, after which the target counts as unreachable."""

Origin = Annotated[
    str,
    Meta(
        extra={"read": origin},
        extra_json_schema={"type": "string", "pattern": r"^https?://[^/]+$"},
    ),
]


class _Seen(Struct):
    """The faults and the unclear responses, a sentence each, and the number of responses."""

    faults: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    asked: int = 0


class Cors(Check, kw_only=True, frozen=True, tag="cors"):
    """Each allowed origin is echoed, in the preflight and in the request, and no other origin is.

    The others are `null`, an unrelated origin, and look-alikes of each allowed origin: with a
    suffix, a prefix or a subdomain, with a letter in place of a dot, with the other scheme, with
    another port.

    Failed: an allowed origin is not echoed, another one is, or a preflight is not answered with 2xx
    or does not allow the `method` and the `headers`. `*` in place of an origin fails, too, above
    all with credentials.

    Unknown: 5xx, 429, no response, or not every origin was tried in time.

    CORS restrains browsers only. Other clients ignore it, and only a token keeps them out.
    """

    FIGURES: ClassVar = {"requests": "requests that got a response"}

    timeout: Annotated[Span, Meta(description="the time limit of the whole check")] = 30.0
    origins: Annotated[tuple[Origin, ...], Meta(min_length=1, description="all allowed origins")]
    path: Annotated[Text, Meta(description="the path to request on the target, as /orders")]
    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        Meta(description="the method that the preflight names; the request itself is always a GET"),
    ] = "GET"
    headers: Annotated[
        tuple[Text, ...], Meta(description="the headers that the preflight names")
    ] = ("Authorization",)
    token: Annotated[bool, Meta(description="send the target's token as a bearer")] = False
    each: Annotated[
        Span, Meta(description="a request without a response within this time is unknown")
    ] = 5.0

    def label(self) -> str:
        """Return the default title."""
        return f"CORS of {one_line(self.path, 50)}"

    async def run(self, tools: Tools) -> Result:
        """Send the requests of a page of each origin, one after the other."""
        seen = _Seen()
        try:
            url = target_url(tools, self.path)
            bearer = authorization(tools) if self.token else {}
        except HttpError as error:
            return Result(Outcome.UNKNOWN, str(error))
        async with tools.http(self.each) as client:
            try:
                async with asyncio.timeout(self.timeout):
                    await self._ask_all(client, url, bearer, seen)
            except TimeoutError:
                within = format_duration(self.timeout)
                seen.unclear.append(f"not every origin was asked within {within}")
        return self._judge(seen)

    async def _ask_all(
        self, client: "httpx.AsyncClient", url: str, bearer: dict[str, str], seen: _Seen
    ) -> None:
        rules = Rules(self.origins, self.method, self.headers)
        for one in self._questions():
            try:
                response = await self._ask(client, url, bearer, one)
            except HttpError as error:
                seen.unclear.append(f"{one} {error}")
                if len(seen.unclear) >= _MOST_UNCLEAR:
                    return
                continue
            seen.asked += 1
            if response.status >= 500 or response.status == 429:
                seen.unclear.append(f"{one} was answered {response.status}")
            else:
                seen.faults += (f"{one} {fault}" for fault in rules.faults(one, response))

    def _questions(self) -> Iterator[BrowserRequest]:
        # Foreign origins first: one that is let in is worse than an allowed one that is kept out.
        for each in (*strangers(self.origins), *self.origins):
            yield BrowserRequest(each, preflight=True)
            yield BrowserRequest(each, preflight=False)

    async def _ask(
        self, client: "httpx.AsyncClient", url: str, bearer: dict[str, str], one: BrowserRequest
    ) -> ResponseHead:
        headers = {"Origin": one.origin}
        if not one.preflight:
            request = HttpRequest(url=url, headers=headers | bearer)
            return await request_head(client, request, self.each)
        headers["Access-Control-Request-Method"] = self.method
        if self.headers:
            headers["Access-Control-Request-Headers"] = ", ".join(self.headers).lower()
        request = HttpRequest(url=url, method="OPTIONS", headers=headers)
        return await request_head(client, request, self.each)

    def _judge(self, seen: _Seen) -> Result:
        details, figures = (*seen.faults, *seen.unclear), {"requests": float(seen.asked)}
        if seen.faults:
            return Result(Outcome.FAILED, _first(seen.faults), details, figures)
        if seen.unclear:
            return Result(Outcome.UNKNOWN, _first(seen.unclear), details, figures)
        count = len(tuple(strangers(self.origins)))
        said = f"{len(self.origins)} allowed origins echoed, {count} others and look-alikes not"
        return Result(Outcome.PASSED, said, (), figures)


def _first(told: list[str]) -> str:
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return one_line(told[0], 200) + more
