"""Fetches one bounded body over HTTP; a failure is returned as its reason, never raised."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from checks.core.errors import HttpError, TimedOutError
from checks.web.http_client import BodyRules, HttpRequest, request_body
from cockpit.foundation.clock import Clock
from cockpit.monitors.exposition import MAX_BYTES, Unreadable

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class Body(Struct, frozen=True):
    """The body of a 200 response as text (invalid UTF-8 replaced), with its headers."""

    text: str
    headers: "httpx.Headers"


class FetchRequest(Struct, frozen=True):
    """What to fetch, within which timeout in seconds, and the most bytes that are read."""

    url: str
    timeout_s: float
    accept: str
    params: Mapping[str, str] | None = None
    max_bytes: int = MAX_BYTES
    headers: Mapping[str, str] = {}


async def within(clock: Clock, timeout_s: float, work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; cancels it and raises TimeoutError after `timeout_s` of the injected clock."""
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
    """Return the body of a 200 response; the timeout covers all of it, even an endless stream."""
    request = HttpRequest(
        url=ask.url, params=ask.params, headers={"Accept": ask.accept, **ask.headers}
    )
    rules = BodyRules(statuses=(200,), most_bytes=ask.max_bytes, quote_reason=True)
    try:
        response = await within(
            clock, ask.timeout_s, request_body(client, request, ask.timeout_s, rules)
        )
    except TimeoutError:
        return Unreadable(str(TimedOutError(ask.timeout_s)))
    except HttpError as error:
        return Unreadable(str(error))
    return Body(response.body.decode("utf-8", "replace"), response.headers)


def place(url: str) -> str:
    """Return an address as it may be displayed: without user, password and query.

    >>> place("http://me:secret@10.0.0.1:9090/metrics?token=x")
    'http://10.0.0.1:9090/metrics'
    """
    import httpx  # noqa: PLC0415

    try:
        whole = httpx.URL(url)
    except httpx.InvalidURL:
        return "the address"
    return str(whole.copy_with(userinfo=b"", query=None, fragment=None))
