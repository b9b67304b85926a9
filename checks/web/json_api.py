"""The HTTP API of a peer that speaks JSON: one bounded response, in its documented shape.

No text of an error holds an address, a header or the token.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from checks.core.base import Result
from checks.core.errors import BodyError, HttpError
from checks.core.text import one_line
from checks.core.variables import is_variable
from checks.web.http_client import SUCCESS, BodyRules, HttpRequest, request_body

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

MOST_BYTES = 4 * 1024 * 1024
_SHORTEST_SECRET = 4
"""Characters; a shorter one occurs in other words, and the gaps there would reveal it."""


def from_outside(text: Any) -> Any:
    """Return a text that is one `${NAME}`; raises ValueError for a literal secret."""
    if isinstance(text, str) and not is_variable(text):
        raise ValueError("this is a secret: put it into the environment, and write ${NAME}")
    return text


FromOutside = Annotated[str, Meta(extra={"read": from_outside})]
"""A secret from the environment; no error repeats what the card has in its place."""


class ApiRequest(Struct, frozen=True, kw_only=True):
    """One question: where under the peer's address, how, and with what."""

    path: str
    method: str = "GET"
    params: Mapping[str, str | Sequence[str]] = {}
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Api(Struct, frozen=True):
    """A peer, the client that asks it, and the seconds in which each answer must be whole."""

    name: str
    base: str
    client: "httpx.AsyncClient"
    timeout_s: float
    token: str = ""

    async def ask(self, request: ApiRequest, shape: type[T]) -> T:
        """Return the response, a success of that shape; raises HttpError."""
        body = await self.send(request)
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            reason = "" if isinstance(error, RecursionError) else f": {one_line(str(error), 80)}"
            raise BodyError(f"{self.name} did not answer as its API does{reason}") from error

    async def send(self, request: ApiRequest) -> bytes:
        """Return the body of a response with a status of success; raises HttpError."""
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        wanted = HttpRequest(
            url=f"{self.base.rstrip('/')}{request.path}",
            method=request.method,
            params=request.params,
            headers={**headers, **request.headers},
            content=request.body,
        )
        rules = BodyRules(statuses=SUCCESS, most_bytes=MOST_BYTES, quote_reason=True)
        try:
            return (await request_body(self.client, wanted, self.timeout_s, rules)).body
        except HttpError as error:
            error.of(self.name)
            raise


def redact_secrets(result: Result, *secrets: str) -> Result:
    """Return the result without the secrets that its check sent: a peer may echo them."""

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "•••") if len(secret) >= _SHORTEST_SECRET else text
        return text

    details = tuple(clean(line) for line in result.details)
    return replace(result, evidence=clean(result.evidence), details=details)
