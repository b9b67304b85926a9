"""The one HTTP client of checks and monitors: bounded in time and size, its errors fit to show.

Nothing is followed (a redirect is a response like others), nothing is asked for compressed, and the
whole exchange ends within one timeout. A body comes only through `request_body`, whose caller names
the statuses that are right: nobody reads an error page as data.

Every error is an HttpError (drawn in checks/core/errors.py) whose text continues a sentence about
who was asked, as `gave no complete response (Connection refused)`. It quotes no address and no
header, for these may hold a secret.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from checks.core.errors import (
    BodyError,
    HttpError,
    InvalidRequestError,
    NoResponseError,
    StatusError,
    TimedOutError,
    chain_of,
)
from checks.core.text import one_line

if TYPE_CHECKING:
    import httpx

SUCCESS = range(200, 300)
"""Every status that means success."""

_REDIRECT = range(300, 400)
_MOST_REFUSAL_BYTES = 64 * 1024
_IDENTITY = "identity"
_ADDRESS = "its address must be like http://host:port or https://host"


class HttpRequest(Struct, frozen=True, kw_only=True):
    """One request; `params` are added to the query of `url`."""

    url: "str | httpx.URL"
    method: str = "GET"
    params: Mapping[str, str | Sequence[str]] | None = None
    headers: Mapping[str, str] = {}
    content: bytes | None = None


class BodyRules(Struct, frozen=True, kw_only=True):
    """Which response has the body that is wanted, and how much of it is read."""

    statuses: Collection[int]
    """The statuses that are right; another one raises StatusError."""
    most_bytes: int
    truncate: bool = False
    """Return the first `most_bytes` of a larger body, instead of raising BodyError."""
    may_be_compressed: bool = False
    """Return a compressed body as it is, instead of raising BodyError."""
    quote_reason: bool = False
    """Let a StatusError quote the reason that an API gives in its body, in JSON."""


class ResponseHead(Struct, frozen=True):
    """The status and headers of a response."""

    status: int
    headers: "httpx.Headers"


class Response(ResponseHead, frozen=True):
    """A response with one of the statuses that were named as right."""

    body: bytes


class _Refusal(Struct):
    """The reason that a peer gives: Prometheus as `error`, Sentry `detail`, Grafana `message`."""

    error: str = ""
    detail: str = ""
    message: str = ""


async def request_head(
    client: "httpx.AsyncClient", request: HttpRequest, timeout_s: float, drain_bytes: int = 0
) -> ResponseHead:
    """Return a response's status and headers, whatever the status; raises HttpError.

    A body of at most `drain_bytes` is read and discarded, so that its connection can serve the next
    request; a connection with a longer one is closed. A failure while it is read is ignored.
    """
    head: ResponseHead | None = None
    try:
        async with _exchange(client, request, timeout_s) as response:
            head = ResponseHead(response.status_code, response.headers)
            await _first_bytes(response, drain_bytes)
    except HttpError:
        if head is None:
            raise
    return head


async def request_body(
    client: "httpx.AsyncClient", request: HttpRequest, timeout_s: float, rules: BodyRules
) -> Response:
    """Return a response with its body, if its status is one of the right; raises HttpError."""
    async with _exchange(client, request, timeout_s) as response:
        status, coding = response.status_code, response.headers.get("content-encoding", "").strip()
        if status not in rules.statuses:
            refusal = b""
            if rules.quote_reason and coding in ("", _IDENTITY):
                refusal = await _first_bytes(response, _MOST_REFUSAL_BYTES)
            raise StatusError(status, _why_refused(status, refusal, rules.statuses))
        if coding not in ("", _IDENTITY) and not rules.may_be_compressed:
            raise BodyError("answered compressed, which was not requested")
        body = await _first_bytes(response, rules.most_bytes + (not rules.truncate))
        if len(body) > rules.most_bytes:
            raise BodyError(f"answered with a body larger than {_size(rules.most_bytes)}")
        return Response(status, response.headers, body)


def parsed_url(url: str) -> "httpx.URL":
    """Return an address that a request can be sent to; raises InvalidRequestError.

    The client itself would accept a port that does not exist.
    """
    import httpx  # noqa: PLC0415  # reading a card must not load what only a run needs

    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            parsed = httpx.URL(url)
            if parsed.host:  # decodes an international name, and raises for one that is malformed
                return parsed
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidRequestError(_ADDRESS) from error
    raise InvalidRequestError(_ADDRESS)


@asynccontextmanager
async def _exchange(
    client: "httpx.AsyncClient", request: HttpRequest, timeout_s: float
) -> "AsyncIterator[httpx.Response]":
    """Send a request; what the client raises until its response is closed becomes an HttpError."""
    import httpx  # noqa: PLC0415

    url = parsed_url(request.url) if isinstance(request.url, str) else request.url
    try:
        async with (
            asyncio.timeout(timeout_s),
            client.stream(
                request.method,
                url,
                params=request.params or None,
                # A body that is not compressed cannot unfold to gigabytes.
                headers={"Accept-Encoding": _IDENTITY, **request.headers},
                content=request.content,
                timeout=timeout_s,
                follow_redirects=False,
            ) as response,
        ):
            yield response
    except (TimeoutError, httpx.TimeoutException) as error:
        raise TimedOutError(timeout_s) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise InvalidRequestError(_ADDRESS) from error
    except (httpx.LocalProtocolError, ValueError) as error:
        raise InvalidRequestError("HTTP forbids one of its headers") from error
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise NoResponseError(f"({_reason(error)})") from error


async def _first_bytes(response: "httpx.Response", most_bytes: int) -> bytes:
    body = bytearray()
    if most_bytes:
        # A transport that is not a network's may have the whole body already.
        in_memory = response.is_stream_consumed
        async for chunk in response.aiter_bytes() if in_memory else response.aiter_raw():
            body += chunk[: most_bytes - len(body)]
            if len(body) >= most_bytes:
                break
    return bytes(body)


def _why_refused(status: int, body: bytes, right: Collection[int]) -> str:
    """Return what follows the status in the words of a StatusError."""
    if status in _REDIRECT and right == SUCCESS:
        return ", a redirect, which is not followed: write the final address"
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        refusal = _Refusal()
    if reason := one_line(refusal.error or refusal.detail or refusal.message, 120):
        return f": {reason}"
    expected = "2xx" if right == SUCCESS else " or ".join(map(str, right))
    return f", {expected} expected"


def _reason(error: BaseException) -> str:
    """Return why a connection failed: the system's own words, else those of the HTTP client."""
    for cause in chain_of(error):
        if isinstance(cause, ConnectionError) and cause.errno:
            return os.strerror(cause.errno)
        if isinstance(cause, socket.gaierror):
            return one_line(cause.strerror or "the host's name is unknown")
        if isinstance(cause, ssl.SSLError) and cause.reason:
            detail = getattr(cause, "verify_message", "")
            reason = cause.reason.lower().replace("_", " ")
            return one_line(f"{reason}: {detail}" if detail else reason, 100)
    # Of a broken response, h11 quotes bytes: they may be a secret's, or a customer's.
    reason = str(error).partition(": bytearray(")[0]
    return one_line(reason, 100) or type(error).__name__


def _size(count: int) -> str:
    return f"{count // 1024**2} MiB" if count >= 1024**2 else f"{count // 1024} KiB"
