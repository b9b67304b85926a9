"""Fetches one bounded body over HTTP; whatever goes wrong is a reason, never an exception."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from checks.core.durations import format_duration
from cockpit.foundation.clock import Clock
from cockpit.monitors.exposition import MAX_BYTES, Unreadable

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class Body(Struct, frozen=True):
    """A 200's body as text (wrong UTF-8 replaced), with its headers."""

    text: str
    headers: "httpx.Headers"


class FetchRequest(Struct, frozen=True):
    """What to ask for, for how long (seconds), and how much of an answer is read."""

    url: str
    timeout_s: float
    accept: str
    params: Mapping[str, str] | None = None
    max_bytes: int = MAX_BYTES


async def within(clock: Clock, timeout_s: float, work: Coroutine[Any, Any, T]) -> T:
    """Run `work` for at most `timeout_s` of the injected clock, then cancel it: TimeoutError."""
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(timeout_s))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        task.cancel()
        timer.cancel()
        await asyncio.gather(task, timer, return_exceptions=True)


async def fetch(client: "httpx.AsyncClient", clock: Clock, ask: FetchRequest) -> Body | Unreadable:
    """Get the body of `ask`; the timeout holds for all of it, an endless stream included."""
    import httpx  # noqa: PLC0415  (there already: the client is of it)

    try:
        return await within(clock, ask.timeout_s, _get(client, ask))
    except (TimeoutError, httpx.TimeoutException):
        return Unreadable(f"did not answer within {format_duration(ask.timeout_s)}")
    except httpx.ConnectError:
        return Unreadable("cannot be reached: the connection was refused, or the name is unknown")
    except httpx.InvalidURL:  # its text may quote a password
        return Unreadable("is not an address: write http:// or https://, a host and a path")
    except (httpx.HTTPError, OSError) as error:
        return Unreadable(f"broke off: {type(error).__name__} {error}".rstrip())


async def _get(client: "httpx.AsyncClient", ask: FetchRequest) -> Body | Unreadable:
    # Compression is declined, so that a small answer cannot unfold into a huge one.
    headers = {"Accept": ask.accept, "Accept-Encoding": "identity"}
    async with client.stream(
        "GET", ask.url, params=ask.params, headers=headers, timeout=ask.timeout_s
    ) as response:
        coding = response.headers.get("content-encoding", "").strip() or "identity"
        if coding != "identity":
            return Unreadable(f"answered in {coding[:20]} though no compression was asked for")
        raw = bytearray()
        async for chunk in response.aiter_bytes():
            raw += chunk
            if len(raw) > ask.max_bytes:
                return Unreadable(f"is over {ask.max_bytes // 1024} KiB")
        text = raw.decode("utf-8", "replace")
        if response.status_code != 200:
            return Unreadable(_refusal(response.status_code, text))
        return Body(text, response.headers)


def _refusal(status: int, text: str) -> str:
    """Say that it did not answer 200, with the reason that Prometheus gives in its body."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    reason = said.get("error") if isinstance(said, dict) else None
    return f"answered {status}: {str(reason)[:200]}" if reason else f"answered {status}"


def place(url: str) -> str:
    """Give an address as it may be shown: without user, password and query.

    >>> place("http://me:secret@10.0.0.1:9090/metrics?token=x")
    'http://10.0.0.1:9090/metrics'
    """
    import httpx  # noqa: PLC0415

    try:
        whole = httpx.URL(url)
    except httpx.InvalidURL:
        return "the address"
    return str(whole.copy_with(userinfo=b"", query=None, fragment=None))
