"""A response compared with what the card expects of it: its headers, its body, its latency."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from checks.core.durations import format_duration
from checks.core.pattern import LinearPattern, between_slashes
from checks.core.text import one_line, whole_word
from checks.web.http_client import Response

Status = Annotated[int, Meta(ge=100, le=599)]
"""An HTTP status code."""

_MOST_HEADER_CHARACTERS = 8192


class ExpectedResponse(Struct, frozen=True):
    """What is right: each header, a text in the body, and the longest latency in seconds.

    A header's value is meant as a whole, or as a pattern of RE2 to be found in it if it stands
    between slashes; None means that the header must be absent.
    """

    headers: Mapping[str, str | None]
    body: str | None
    latency_s: float | None

    def faults(self, response: Response, latency_s: float) -> tuple[str, ...]:
        """Return everything that is wrong, as the ends of sentences about the request."""
        return (
            *self._in_headers(response),
            *self._in_body(response.body),
            *self._in_latency(latency_s),
        )

    def _in_headers(self, response: Response) -> list[str]:
        return [
            f"answered with {name}: {_word(value)}, {_word(expected)} expected"
            for name, expected in self.headers.items()
            if not _holds(expected, value := response.headers.get(name))
        ]

    def _in_body(self, body: bytes) -> list[str]:
        if self.body is None or whole_word(self.body).search(body.decode("utf-8", "replace")):
            return []
        beginning = one_line(body[:2000].decode("utf-8", "replace"), 80) or "nothing"
        return [f"answered without “{one_line(self.body, 80)}”, but {beginning}"]

    def _in_latency(self, latency_s: float) -> list[str]:
        if self.latency_s is None or latency_s <= self.latency_s:
            return []
        latency, limit = format_duration(latency_s), format_duration(self.latency_s)
        return [f"answered in {latency}, limit {limit}"]


def _holds(expected: str | None, value: str | None) -> bool:
    if expected is None or value is None:
        return expected is value
    regex = between_slashes(expected)
    if regex is None:
        return value == expected
    return LinearPattern(regex).search(value[:_MOST_HEADER_CHARACTERS]) is not None


def _word(value: str | None) -> str:
    return "none" if value is None else one_line(value, 80) or "nothing"
