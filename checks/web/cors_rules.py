"""The CORS headers of a response, compared with the origins that are allowed."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from checks.core.text import join_names, one_line
from checks.web.http_client import ResponseHead

_LISTED_ALWAYS = ("GET", "HEAD", "POST")
"""Methods that a browser does not look for in the answer to a preflight."""


class BrowserRequest(Struct, frozen=True):
    """A request as a browser sends it: from which page, and whether it is the preflight."""

    origin: str
    preflight: bool

    def __str__(self) -> str:
        """Return its origin and its kind."""
        return f"{self.origin} ({'preflight' if self.preflight else 'request'})"


class Rules(Struct, frozen=True):
    """The origins that are allowed, and what their pages must be allowed to send."""

    origins: Sequence[str]
    method: str
    headers: Sequence[str]

    def faults(self, request: BrowserRequest, response: ResponseHead) -> Iterator[str]:
        """Yield what is wrong with the response to one request."""
        allowed = response.headers.get("access-control-allow-origin", "").strip()
        credentials = response.headers.get("access-control-allow-credentials", "").strip() == "true"
        answer = f"is answered Access-Control-Allow-Origin: {one_line(allowed, 80) or 'none'}"
        suffix = " with credentials" if credentials else ""
        if allowed == "*":
            yield f"{answer}{suffix}, a list of origins expected"
        elif request.origin not in self.origins:
            if allowed in (request.origin, "null"):
                yield f"{answer}{suffix}, none expected"
        elif allowed != request.origin:
            yield f"{answer} with status {response.status}, the origin itself expected"
        elif request.preflight:
            yield from self._of_preflight(response)

    def _of_preflight(self, response: ResponseHead) -> Iterator[str]:
        if not 200 <= response.status < 300:
            yield f"is answered {response.status}, 2xx expected"
        methods = _items(response.headers.get("access-control-allow-methods", "").upper())
        if self.method not in (*methods, *_LISTED_ALWAYS) and "*" not in methods:
            yield f"may not use {self.method}"
        allowed = _items(response.headers.get("access-control-allow-headers", "").lower())
        # `*` stands for every header but this one.
        missing = [
            name
            for name in self.headers
            if name.lower() not in allowed
            and ("*" not in allowed or name.lower() == "authorization")
        ]
        if missing:
            yield f"may not send {one_line(join_names(missing), 80)}"


def _items(value: str) -> list[str]:
    return [item.strip() for item in value[:8192].split(",")]
