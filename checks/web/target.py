"""The target's address and token, checked before a request is sent with them."""

from checks.core.base import Tools
from checks.core.errors import InvalidRequestError
from checks.web.http_client import parsed_url


def base_url(tools: Tools) -> str:
    """Return the target's address without a slash at its end; raises InvalidRequestError."""
    if not tools.target.url:
        raise InvalidRequestError("the card names no target, set `target.url`")
    base = tools.expand(tools.target.url).rstrip("/")
    parsed_url(base)
    return base


def target_url(tools: Tools, path: str) -> str:
    """Return the target's address with `path` joined to it; raises InvalidRequestError."""
    url = f"{base_url(tools)}/{tools.expand(path).lstrip('/')}"
    parsed_url(url)
    return url


def authorization(tools: Tools) -> dict[str, str]:
    """Return the header that holds the target's token; raises InvalidRequestError."""
    if not tools.target.token:
        raise InvalidRequestError("the card names no token, set `target.token`")
    value = checked_header("Authorization", f"Bearer {tools.expand(tools.target.token)}")
    return {"Authorization": value}


def checked_header(name: str, value: str) -> str:
    """Return a header's value, which must be printable ASCII; raises InvalidRequestError."""
    if not (value.isascii() and value.isprintable()):
        reason = f"{name} holds a character that is illegal in a header"
        raise InvalidRequestError(reason)
    return value
