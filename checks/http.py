"""Whether the service responds as expected: status, headers, body and latency."""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.text import one_line
from checks.core.units import Shown, Span, Text
from checks.web.expectation import ExpectedAnswer, HttpAnswer, Status, pattern
from checks.web.request import RequestError

if TYPE_CHECKING:
    import httpx

_MOST_BODY_BYTES = 1024 * 1024
_USER = re.compile(r"(?<=//)[^/]*@")


def patterns(headers: Any) -> Any:
    """Check that every header pattern is a valid regular expression; raises ValueError."""
    for name, expected in headers.items() if isinstance(headers, dict) else ():
        try:
            pattern(expected if isinstance(expected, str) else "")
        except re.error as error:
            raise ValueError(f"{name}: {expected} is not a regular expression: {error}") from error
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
            description="expected response headers: a whole value, a `/regular expression/`, or"
            " null if absent",
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
        import httpx  # noqa: PLC0415  # slow to import, and reading a card does not need it

        expected = self._expected(tools)
        try:
            answer = await self._ask(tools)
        except httpx.TimeoutException:
            within = format_duration(self.timeout)
            return self._result(Outcome.UNKNOWN, f"had no whole answer within {within}")
        except (
            RequestError,
            httpx.InvalidURL,
            httpx.HTTPError,
            OSError,
            ValueError,
        ) as error:
            return self._result(Outcome.UNKNOWN, _reason(error))
        if faults := expected.faults(answer):
            return self._result(Outcome.FAILED, faults[0], faults)
        limit = "" if self.latency is None else f", limit {format_duration(self.latency)}"
        answered = f"answered {answer.status} in {format_duration(answer.latency_s)}{limit}"
        return self._result(Outcome.PASSED, answered)

    async def _ask(self, tools: Tools) -> HttpAnswer:
        url, headers = self._url(tools), self._headers(tools)
        _ = urlsplit(url).port  # raises ValueError; httpx would let a port above 65535 through
        # The clock starts before the connection, since a user waits for that as well.
        started_s = tools.clock.monotonic()
        async with (
            tools.http(self.timeout) as client,
            client.stream(self.method, url, headers=headers, follow_redirects=False) as answer,
        ):
            body = await self._body(answer) if answer.status_code in self.status else b""
            latency_s = tools.clock.monotonic() - started_s
        given = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(answer.status_code, given, body, latency_s)

    async def _body(self, answer: "httpx.Response") -> bytes:
        coding = answer.headers.get("content-encoding", "identity")
        if self.body is not None and coding != "identity":
            raise RequestError("its body comes compressed, although that is not asked for")
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk[: _MOST_BODY_BYTES - len(body)]
            if len(body) >= _MOST_BODY_BYTES:
                break
        return bytes(body)

    def _result(self, outcome: Outcome, what: str, details: tuple[str, ...] = ()) -> Result:
        return Result(outcome, f"{self.method} {one_line(self._shown(), 80)} {what}", details)

    def _shown(self) -> str:
        """Return the URL as in the card, without expanding `${NAME}` and without credentials."""
        return self.path or _USER.sub("", self.url or "")

    def _expected(self, tools: Tools) -> ExpectedAnswer:
        headers = {name: value and tools.expand(value) for name, value in self.headers.items()}
        body = self.body and tools.expand(self.body)
        return ExpectedAnswer(self.status, headers, body, self.latency)

    def _url(self, tools: Tools) -> str:
        if self.url:
            return tools.expand(self.url)
        if not tools.target.url:
            raise RequestError("the card names no target, set `target.url`")
        base, path = tools.expand(tools.target.url), tools.expand(self.path or "")
        return f"{base.rstrip('/')}/{path.lstrip('/')}"

    def _headers(self, tools: Tools) -> dict[str, str]:
        # An uncompressed body cannot be a decompression bomb.
        headers = {"Accept-Encoding": "identity"}
        headers |= {name: tools.expand(value) for name, value in self.send.items()}
        if self.token:
            if not tools.target.token:
                raise RequestError("the card names no token, set `target.token`")
            headers["Authorization"] = f"Bearer {tools.expand(tools.target.token)}"
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable()):
                raise RequestError(f"{name} holds a character that no header may, as a line break")
        return headers


def _reason(error: Exception) -> str:
    """Say why there is no answer: by the machine's own reason, where the client knows of none.

    The client's texts on a wrong address or header quote it, and with it perhaps a secret.
    """
    import httpx  # noqa: PLC0415

    if isinstance(error, RequestError):
        return f"cannot be asked: {error}"
    if isinstance(error, httpx.LocalProtocolError):
        return "cannot be asked: HTTP forbids one of its headers"
    if not isinstance(error, httpx.HTTPError | OSError) or isinstance(
        error, httpx.UnsupportedProtocol
    ):
        return "cannot be asked: its address must be as http://host:port or https://host"
    reason = one_line(str(error)) or type(error).__name__
    for cause in _causes(error):
        if isinstance(cause, ConnectionError) and cause.errno:
            reason = os.strerror(cause.errno)
    return f"had no whole answer: {reason}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    while (cause := error.__cause__ or error.__context__) is not None:
        yield cause
        error = cause
