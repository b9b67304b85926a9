"""Whether browsers let pages of the allowed origins read responses, and no others."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.text import count_of, one_line
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


class _CorsFindings(Struct):
    """The faults and the unclear responses, a sentence each, and the number of responses."""

    faults: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    responses: int = 0


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
    origins: Annotated[
        tuple[Origin, ...], Meta(min_length=1, description="the allowed origins, all of them")
    ]
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
        findings = _CorsFindings()
        try:
            url = target_url(tools, self.path)
            bearer = authorization(tools) if self.token else {}
        except HttpError as error:
            return Result(Outcome.UNKNOWN, str(error))
        async with tools.http(self.each) as client:
            try:
                async with asyncio.timeout(self.timeout):
                    await self._send_all(client, url, bearer, findings)
            except TimeoutError:
                within = format_duration(self.timeout)
                findings.unclear.append(f"not every origin was tried within {within}")
        return self._judge(findings)

    async def _send_all(
        self, client: "httpx.AsyncClient", url: str, bearer: dict[str, str], findings: _CorsFindings
    ) -> None:
        rules = Rules(self.origins, self.method, self.headers)
        for browser_request in self._requests():
            try:
                response = await self._send(client, url, bearer, browser_request)
            except HttpError as error:
                findings.unclear.append(f"{browser_request} {error}")
                if len(findings.unclear) >= _MOST_UNCLEAR:
                    return
                continue
            findings.responses += 1
            if response.status >= 500 or response.status == 429:
                findings.unclear.append(f"{browser_request} was answered {response.status}")
            else:
                findings.faults += (
                    f"{browser_request} {fault}"
                    for fault in rules.faults(browser_request, response)
                )

    def _requests(self) -> Iterator[BrowserRequest]:
        # Foreign origins first: one that is let in is worse than an allowed one that is kept out.
        for tried in (*strangers(self.origins), *self.origins):
            yield BrowserRequest(tried, preflight=True)
            yield BrowserRequest(tried, preflight=False)

    async def _send(
        self,
        client: "httpx.AsyncClient",
        url: str,
        bearer: dict[str, str],
        browser_request: BrowserRequest,
    ) -> ResponseHead:
        headers = {"Origin": browser_request.origin}
        if not browser_request.preflight:
            request = HttpRequest(url=url, headers=headers | bearer)
            return await request_head(client, request, self.each)
        headers["Access-Control-Request-Method"] = self.method
        if self.headers:
            headers["Access-Control-Request-Headers"] = ", ".join(self.headers).lower()
        request = HttpRequest(url=url, method="OPTIONS", headers=headers)
        return await request_head(client, request, self.each)

    def _judge(self, findings: _CorsFindings) -> Result:
        details, figures = (
            (*findings.faults, *findings.unclear),
            {"requests": float(findings.responses)},
        )
        if findings.faults:
            return Result(Outcome.FAILED, _first(findings.faults), details, figures)
        if findings.unclear:
            return Result(Outcome.UNKNOWN, _first(findings.unclear), details, figures)
        count = len(tuple(strangers(self.origins)))
        evidence = f"{count_of(len(self.origins), 'allowed origin')} echoed,"
        evidence += f" {count_of(count, 'other or look-alike', 'others and look-alikes')} not"
        return Result(Outcome.PASSED, evidence, (), figures)


def _first(lines: list[str]) -> str:
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return one_line(lines[0], 200) + more
