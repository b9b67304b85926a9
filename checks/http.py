"""Whether the service responds as expected: status, headers, body and latency."""

import asyncio
import re
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError, StatusError
from checks.core.pattern import between_slashes, fault
from checks.core.text import one_line
from checks.core.units import Shown, Span, Text
from checks.web.expectation import ExpectedResponse, Status
from checks.web.http_client import BodyRules, HttpRequest, Response, request_body
from checks.web.target import authorization, checked_header, target_url

_MOST_BODY_BYTES = 1024 * 1024
_USER = re.compile(r"(?<=//)[^/]*@")


def patterns(headers: Any) -> Any:
    """Check that every header pattern is one of RE2; raises ValueError, with the cure."""
    for name, expected in headers.items() if isinstance(headers, dict) else ():
        pattern = between_slashes(expected) if isinstance(expected, str) else None
        if pattern is not None and (wrong := fault(pattern)):
            raise ValueError(f"{name}: {wrong}")
    return headers


class Http(Check, kw_only=True, frozen=True, tag="http"):
    """One request gets the expected status, headers and body, within the latency limit.

    Failed: the response differs. After an unexpected status, nothing else is checked.

    Unknown: there is no complete response (connection refused, no TLS, timeout), or the request
    cannot be sent.

    A redirect is a response like any other and is not followed. At most 1 MiB of the body is read.
    """

    path: Annotated[Text | None, Meta(description="the path on the target, as /health")] = None
    url: Annotated[Text | None, Meta(description="or a full URL")] = None
    method: Annotated[
        Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
        Meta(description="the method of the request"),
    ] = "GET"
    status: Annotated[
        tuple[Status, ...], Meta(min_length=1, description="the expected statuses")
    ] = (200,)
    headers: Annotated[
        dict[str, str | None],
        Meta(
            extra={"read": patterns},
            description="expected response headers: a whole value, a `/regular expression/` of"
            " RE2, or null if absent",
        ),
    ] = field(default_factory=dict)
    body: Annotated[
        Shown | None, Meta(description="a text that the body contains, as whole words")
    ] = None
    latency: Annotated[
        Span | None,
        Meta(description="limit, from connecting until the last byte is received"),
    ] = None
    send: Annotated[dict[str, str], Meta(description="headers to send; `${NAME}` is replaced")] = (
        field(default_factory=dict)
    )
    token: Annotated[bool, Meta(description="send the target's token as a bearer")] = False

    def __post_init__(self) -> None:
        """Check that there is exactly one URL, and no expectation that cannot be met."""
        if bool(self.path) == bool(self.url):
            raise ValueError("either `path` or `url` is needed, not both")
        if self.body is not None and self.method == "HEAD":
            raise ValueError("a response to HEAD has no body: leave out `body`, or use GET")

    def label(self) -> str:
        """Return the default title."""
        return one_line(f"{self.method} {self._shown()}", 60)

    async def run(self, tools: Tools) -> Result:
        """Send the request; the evidence is the status and the response time."""
        expected = self._expected(tools)
        try:
            response, latency_s = await self._exchange(tools)
        except StatusError as error:
            return self._result(Outcome.FAILED, str(error), (str(error),))
        except HttpError as error:
            return self._result(Outcome.UNKNOWN, str(error))
        # In a thread: a dense pattern takes a while on a long header, even in linear time.
        if faults := await asyncio.to_thread(expected.faults, response, latency_s):
            return self._result(Outcome.FAILED, faults[0], faults)
        limit = "" if self.latency is None else f", limit {format_duration(self.latency)}"
        answered = f"answered {response.status} in {format_duration(latency_s)}{limit}"
        return self._result(Outcome.PASSED, answered)

    async def _exchange(self, tools: Tools) -> tuple[Response, float]:
        """Return the response, and the seconds until its last byte was received."""
        url = tools.expand(self.url) if self.url else target_url(tools, self.path or "")
        request = HttpRequest(url=url, method=self.method, headers=self._headers(tools))
        rules = BodyRules(
            statuses=self.status,
            most_bytes=_MOST_BODY_BYTES,
            truncate=True,
            may_be_compressed=self.body is None,
        )
        # The clock starts before the connection, since a user waits for that as well.
        started_s = tools.clock.monotonic()
        async with tools.http(self.timeout) as client:
            response = await request_body(client, request, self.timeout, rules)
            return response, tools.clock.monotonic() - started_s

    def _result(self, outcome: Outcome, what: str, details: tuple[str, ...] = ()) -> Result:
        return Result(outcome, f"{self.method} {one_line(self._shown(), 80)} {what}", details)

    def _shown(self) -> str:
        """Return the URL as in the card, without expanding `${NAME}` and without credentials."""
        return self.path or _USER.sub("", self.url or "")

    def _expected(self, tools: Tools) -> ExpectedResponse:
        headers = {name: value and tools.expand(value) for name, value in self.headers.items()}
        return ExpectedResponse(headers, self.body and tools.expand(self.body), self.latency)

    def _headers(self, tools: Tools) -> dict[str, str]:
        headers = {
            name: checked_header(name, tools.expand(value)) for name, value in self.send.items()
        }
        return headers | authorization(tools) if self.token else headers
