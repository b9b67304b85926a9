"""Whether browsers let the pages of some origins read the answers, and those of no other."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.text import one_line
from checks.core.units import Span, Text
from checks.web.cors_rules import BrowserRequest, Rules
from checks.web.origins import origin, strangers
from checks.web.request import Call, NoAnswerError, RequestError, address, authorization

if TYPE_CHECKING:
    import httpx

_MOST_UNCLEAR = 3
"""Without an answer; that nobody is there is known after so many."""

Origin = Annotated[
    str,
    Meta(
        extra={"read": origin},
        extra_json_schema={"type": "string", "pattern": r"^https?://[^/]+$"},
    ),
]


class _Seen(Struct):
    """What was wrong and what said nothing, in words, and how many requests were answered."""

    faults: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    asked: int = 0


class Cors(Check, kw_only=True, frozen=True, tag="cors"):
    """Each allowed origin is echoed, in the preflight and in the request, and no other one is.

    The others are `null`, a stranger, and look-alikes of each allowed origin: with a suffix, a
    prefix or a subdomain, with a letter in place of a dot, with the other scheme, with another
    port.

    Failed: an allowed origin is not echoed, another one is, or a preflight does not answer 2xx or
    does not allow the `method` and the `headers`. `*` is no list of origins, and with credentials
    it is the worst answer.

    Unknown: 5xx, 429, no answer, or not every origin was asked in time.

    It proves what browsers are told. Other clients heed no CORS, and only a token keeps them out.
    """

    FIGURES: ClassVar = {"requests": "requests that were answered"}

    timeout: Annotated[Span, Meta(description="all of it ends within this time")] = 30.0
    origins: Annotated[
        tuple[Origin, ...], Meta(min_length=1, description="every origin that is allowed")
    ]
    path: Annotated[Text, Meta(description="what is asked on the target, as /orders")]
    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        Meta(description="what the preflight asks for; the request itself is always a GET"),
    ] = "GET"
    headers: Annotated[
        tuple[Text, ...], Meta(description="headers that the preflight asks for")
    ] = ("Authorization",)
    token: Annotated[bool, Meta(description="send the target's token as a bearer")] = False
    each: Annotated[Span, Meta(description="no answer within this time says nothing")] = 5.0

    def label(self) -> str:
        """Say what is looked at."""
        return f"CORS of {one_line(self.path, 50)}"

    async def run(self, tools: Tools) -> Result:
        """Ask as a page of each origin would, one after the other."""
        seen = _Seen()
        try:
            url = address(tools, self.path)
            bearer = authorization(tools) if self.token else {}
        except RequestError as error:
            return Result(Outcome.UNKNOWN, f"cannot be asked: {error}")
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
                answer = await self._ask(client, url, bearer, one)
            except NoAnswerError as error:
                seen.unclear.append(f"{one} {error}")
                if len(seen.unclear) >= _MOST_UNCLEAR:
                    return
                continue
            seen.asked += 1
            if answer.status_code >= 500 or answer.status_code == 429:
                seen.unclear.append(f"{one} was answered {answer.status_code}")
            else:
                seen.faults += (f"{one} {fault}" for fault in rules.faults(one, answer))

    def _questions(self) -> Iterator[BrowserRequest]:
        # Strangers first: who is let in wrongly is worse than who is kept out.
        for each in (*strangers(self.origins), *self.origins):
            yield BrowserRequest(each, preflight=True)
            yield BrowserRequest(each, preflight=False)

    async def _ask(
        self, client: "httpx.AsyncClient", url: str, bearer: dict[str, str], one: BrowserRequest
    ) -> "httpx.Response":
        headers = {"Origin": one.origin}
        if not one.preflight:
            return await Call(client, "GET", url, headers | bearer, self.each)()
        headers["Access-Control-Request-Method"] = self.method
        if self.headers:
            headers["Access-Control-Request-Headers"] = ", ".join(self.headers).lower()
        return await Call(client, "OPTIONS", url, headers, self.each)()

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
