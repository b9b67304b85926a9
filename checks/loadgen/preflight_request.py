"""The single request before a load: without a response to it, no load is sent."""

from checks.core.base import Tools
from checks.core.errors import ForbiddenHostError, InvalidRequestError
from checks.web.http_client import HttpRequest, parsed_url, request_head


def require_allowed(tools: Tools, host: str) -> None:
    """Raise ForbiddenHostError if the tools do not allow requests to `host`.

    Locust does not use the tools' HTTP client, which would refuse such a host itself.
    """
    if not tools.reaches(host):
        raise ForbiddenHostError(host)


async def send_preflight_request(
    tools: Tools, base: str, path: str, headers: dict[str, str], within_s: float
) -> None:
    """Send one GET request to `base + path` with the tools' HTTP client.

    Raises ForbiddenHostError if the host is not allowed, and HttpError if it does not respond
    within `within_s` seconds. Any status counts as a response.
    """
    url = parsed_url(base)
    if url.query or url.fragment:
        raise InvalidRequestError("`target.url` must have neither a query nor a fragment")
    require_allowed(tools, url.host)
    async with tools.http(within_s) as client:
        await request_head(client, HttpRequest(url=base + path, headers=headers), within_s)
