"""A peer that answers HTTP in JSON: one bounded answer in its documented shape, or why none came.

Redirects are refusals. No text of an error holds an address, a header or a given secret.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from checks.core.base import Result
from checks.core.durations import format_duration
from checks.core.text import one_line
from checks.core.variables import is_variable
from checks.web.request import checked_url

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

MOST_BYTES = 4 * 1024 * 1024
_SHORTEST_SECRET = 4
"""Characters; a shorter one would be told by the holes that it leaves in other words."""


def from_outside(text: Any) -> Any:
    """Give a text that names a variable of the environment; raises ValueError for another."""
    if isinstance(text, str) and not is_variable(text):
        raise ValueError("this is a secret: put it into the environment, and write ${NAME}")
    return text


FromOutside = Annotated[str, Meta(extra={"read": from_outside})]
"""A secret; no error repeats what the card has in its place."""


class NoReplyError(Exception):
    """A peer gave no answer that can be used: a sentence; `status` is what it refused with."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class ApiRequest(Struct, frozen=True, kw_only=True):
    """One question: where under the peer's address, how, and with what."""

    path: str
    method: str = "GET"
    params: Mapping[str, str | Sequence[str]] = {}
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class _Refusal(Struct):
    """The reason that a peer gives: Prometheus as `error`, Sentry `detail`, Grafana `message`."""

    error: str = ""
    detail: str = ""
    message: str = ""


class Api(Struct, frozen=True):
    """A peer, the client that asks it, and the seconds in which each answer must be whole."""

    name: str
    base: str
    client: "httpx.AsyncClient"
    timeout_s: float
    token: str = ""

    async def ask(self, question: ApiRequest, shape: type[T]) -> T:
        """Give the answer, which must be a success of that shape; raises NoReplyError."""
        body = await self.send(question)
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            reason = "" if isinstance(error, RecursionError) else f": {one_line(str(error), 80)}"
            raise NoReplyError(f"{self.name} did not answer as its API does{reason}") from error

    async def send(self, question: ApiRequest) -> bytes:
        """Give the bytes of an answer, which must be a success; raises NoReplyError."""
        import httpx  # noqa: PLC0415

        try:
            async with asyncio.timeout(self.timeout_s):
                status, body = await self._exchange(question)
        except (TimeoutError, httpx.TimeoutException) as error:
            within = f"had no whole answer within {format_duration(self.timeout_s)}"
            raise NoReplyError(f"{self.name} {within}") from error
        except (
            httpx.InvalidURL,
            httpx.UnsupportedProtocol,
            httpx.LocalProtocolError,
            ValueError,
        ) as error:  # their texts quote the address or a header
            reason = "cannot be asked: write its address as http://host:port or https://host"
            raise NoReplyError(f"{self.name} {reason}") from error
        except (httpx.HTTPError, OSError) as error:
            raise NoReplyError(f"{self.name} had no whole answer: {_reason(error)}") from error
        if 200 <= status < 300:
            return body
        raise NoReplyError(f"{self.name} {_refusal(status, body)}", status)

    async def _exchange(self, question: ApiRequest) -> tuple[int, bytes]:
        # A body that is not compressed cannot unfold to gigabytes.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if question.body is not None:
            headers["Content-Type"] = "application/json"
        body = bytearray()
        async with self.client.stream(
            question.method,
            checked_url(f"{self.base.rstrip('/')}{question.path}"),
            params=question.params or None,
            headers={**headers, **question.headers},
            content=question.body,
            timeout=self.timeout_s,
            follow_redirects=False,
        ) as answer:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise NoReplyError(f"{self.name} answered compressed, although unasked for")
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise NoReplyError(f"{self.name} answered with more than 4 MiB")
            return answer.status_code, bytes(body)


def redact_secrets(result: Result, *secrets: str) -> Result:
    """Give the result without the secrets that its check sent: a peer may say them back."""

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "•••") if len(secret) >= _SHORTEST_SECRET else text
        return text

    details = tuple(clean(line) for line in result.details)
    return replace(result, evidence=clean(result.evidence), details=details)


def _refusal(status: int, body: bytes) -> str:
    if 300 <= status < 400:
        return f"answered {status}, a redirect, which is not followed: write the final address"
    try:
        said = msgspec.json.decode(body, type=_Refusal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        said = _Refusal()
    reason = one_line(said.error or said.detail or said.message, 120)
    return f"answered {status}: {reason}" if reason else f"answered {status}"


def _reason(error: Exception) -> str:
    """Say what the machine says, where the client knows of nothing."""
    reason = one_line(str(error), 100) or type(error).__name__
    for cause in _causes(error):
        if isinstance(cause, ConnectionError) and cause.errno:
            reason = os.strerror(cause.errno)
    return reason


def _causes(error: BaseException) -> Iterator[BaseException]:
    while (cause := error.__cause__ or error.__context__) is not None:
        yield cause
        error = cause
