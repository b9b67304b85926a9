"""The single request before a load: without a response to it, no load is sent."""

from urllib.parse import urlsplit

import httpx

from checks.core.base import Tools
from checks.core.durations import format_duration
from checks.core.text import one_line


class NoLoadError(Exception):
    """No load is sent; the message gives the reason and never quotes the environment."""


_ILLEGAL_URL = "no load is sent: `target.url` must be as http://host:port or https://host"


def request_headers(tools: Tools, *, token: bool) -> dict[str, str]:
    """Return the headers of every request of the load.

    Raises NoLoadError if the target's token is missing or is not a legal header value, and
    UnsetVariableError if its environment variable is not set.
    """
    if not token:
        return {}
    if not tools.target.token:
        raise NoLoadError("the card names no token: set `target.token`")
    value = f"Bearer {tools.expand(tools.target.token)}"
    if not (value.isascii() and value.isprintable()):
        raise NoLoadError("the token holds a character that is illegal in a header")
    return {"Authorization": value}


def require_allowed(tools: Tools, host: str) -> None:
    """Raise NoLoadError if the tools do not allow requests to `host`.

    Locust does not use the tools' HTTP client, which would refuse such a host itself.
    """
    if not tools.reaches(host):
        raise NoLoadError(f"no load is sent: {host} is not a host that may be reached from here")


async def send_preflight_request(
    tools: Tools, base: str, path: str, headers: dict[str, str], within_s: float
) -> None:
    """Send one GET request to `base + path` with the tools' HTTP client.

    Raises NoLoadError if the host is not allowed or does not respond within `within_s` seconds.
    Any status counts as a response.
    """
    require_allowed(tools, _host(base))
    try:
        async with (
            tools.http(within_s) as client,
            client.stream("GET", base + path, headers=headers, follow_redirects=False),
        ):
            pass
    except httpx.TimeoutException as error:
        raise NoLoadError(
            f"no load is sent: the first request had no response within {format_duration(within_s)}"
        ) from error
    except (httpx.HTTPError, OSError) as error:
        reason = one_line(str(error)) or type(error).__name__
        raise NoLoadError(
            f"no load is sent: the first request had no response: {reason}"
        ) from error
    except (httpx.InvalidURL, ValueError) as error:
        raise NoLoadError(_ILLEGAL_URL) from error


def _host(base: str) -> str:
    if not base:
        raise NoLoadError("the card names no target: set `target.url`")
    try:
        parts = urlsplit(base)
        _ = parts.port
    except ValueError as error:
        raise NoLoadError(_ILLEGAL_URL) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise NoLoadError(_ILLEGAL_URL)
    return parts.hostname
