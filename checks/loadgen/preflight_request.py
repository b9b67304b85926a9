"""The one request before a load: where it must not or cannot get an answer, no load is sent."""

from urllib.parse import urlsplit

import httpx

from checks.core.base import Tools
from checks.core.durations import format_duration
from checks.core.text import one_line


class NoLoadError(Exception):
    """There will be no load; a sentence, without a value of the environment."""


def headers(tools: Tools, *, token: bool) -> dict[str, str]:
    """Give the headers of every request; raises NoLoadError, and UnsetVariableError."""
    if not token:
        return {}
    if not tools.target.token:
        raise NoLoadError("the card names no token: set `target.token`")
    value = f"Bearer {tools.expand(tools.target.token)}"
    if not (value.isascii() and value.isprintable()):
        raise NoLoadError("the token holds a character that no header may, as a line break")
    return {"Authorization": value}


def allow(tools: Tools, host: str) -> None:
    """See that a host may be reached; raises NoLoadError.

    Locust goes where no client of ours watches it: a rehearsal's tools must allow the host first.
    """
    if not tools.reaches(host):
        raise NoLoadError(f"no load is sent: {host} is not a host that may be reached from here")


async def reach(tools: Tools, base: str, path: str, sent: dict[str, str], within_s: float) -> None:
    """Ask once, through the client that every check asks with; raises NoLoadError."""
    allow(tools, _host(base))
    try:
        async with (
            tools.http(within_s) as client,
            client.stream("GET", base + path, headers=sent, follow_redirects=False),
        ):
            pass
    except httpx.TimeoutException as error:
        words = f"no load is sent: one request had no answer within {format_duration(within_s)}"
        raise NoLoadError(words) from error
    except (httpx.HTTPError, OSError) as error:
        reason = one_line(str(error)) or type(error).__name__
        raise NoLoadError(f"no load is sent: one request had no answer: {reason}") from error
    except (httpx.InvalidURL, ValueError) as error:
        raise NoLoadError(_ADDRESS) from error


_ADDRESS = "no load is sent: `target.url` must be as http://host:port or https://host"


def _host(base: str) -> str:
    if not base:
        raise NoLoadError("the card names no target: set `target.url`")
    try:
        parts = urlsplit(base)
        _ = parts.port
    except ValueError as error:
        raise NoLoadError(_ADDRESS) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise NoLoadError(_ADDRESS)
    return parts.hostname
