"""One short call to the target: its address, its token, and the reason when no answer comes."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from checks.core.base import Tools
from checks.core.durations import format_duration

if TYPE_CHECKING:
    import httpx


class RequestError(Exception):
    """What the card asks cannot be asked; a sentence, without a value of the environment."""


class NoAnswerError(Exception):
    """A call had no answer; a sentence, without an address or a secret."""


def address(tools: Tools, path: str) -> str:
    """Join a path to the target's address; raises RequestError where there is no such address."""
    if not tools.target.url:
        raise RequestError("the card names no target, set `target.url`")
    url = f"{tools.expand(tools.target.url).rstrip('/')}/{tools.expand(path).lstrip('/')}"
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise RequestError("its address must be as http://host:port or https://host")
    return url


def checked_url(url: str) -> str:
    """Give an address whose port is one, which the client would not see to; raises ValueError."""
    _ = urlsplit(url).port
    return url


def authorization(tools: Tools) -> dict[str, str]:
    """Give the header with the target's token; raises RequestError where it makes none."""
    if not tools.target.token:
        raise RequestError("the card names no token, set `target.token`")
    value = f"Bearer {tools.expand(tools.target.token)}"
    if not (value.isascii() and value.isprintable()):
        raise RequestError("the token holds a character that no header may, as a line break")
    return {"Authorization": value}


class Call(Struct, frozen=True):
    """One question, to be asked as often as it is called."""

    client: "httpx.AsyncClient"
    method: str
    url: str
    headers: Mapping[str, str]
    within_s: float

    async def __call__(self) -> "httpx.Response":
        """Ask; gives status and headers, and leaves the body. Raises NoAnswerError."""
        import httpx  # noqa: PLC0415  # reading a card must not load what only a run needs

        # A body that is not compressed cannot unfold to gigabytes.
        sent = {"Accept-Encoding": "identity", **self.headers}
        asking = self.client.stream(self.method, self.url, headers=sent, follow_redirects=False)
        try:
            async with asyncio.timeout(self.within_s), asking as answer:
                return answer
        except (TimeoutError, httpx.TimeoutException) as error:
            within = format_duration(self.within_s)
            raise NoAnswerError(f"gave no answer within {within}") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise NoAnswerError(f"gave no answer ({reason(error)})") from error


def reason(error: BaseException) -> str:
    """Say why in the machine's own words: those of a client may quote an address."""
    for cause in _causes(error):
        if isinstance(cause, ConnectionError) and cause.errno:
            return os.strerror(cause.errno)
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    while (cause := error.__cause__ or error.__context__) is not None:
        yield cause
        error = cause
