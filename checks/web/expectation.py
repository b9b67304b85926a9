"""The answer to an HTTP request, held against what was expected of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta, Struct

from checks.core.durations import format_duration
from checks.core.text import one_line, whole_word

Status = Annotated[int, Meta(ge=100, le=599)]
"""An HTTP status code."""

_MOST_HEADER_CHARACTERS = 8192


class HttpAnswer(Struct, frozen=True):
    """What came back, and in what time; the body may be cut off, header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    latency_s: float


class ExpectedAnswer(Struct, frozen=True):
    """What is right: one of the statuses, each header, a text in the body, a latency in seconds.

    A header's value is meant as a whole, or as a regular expression found in it when it stands
    between slashes; None means that there must not be such a header.
    """

    status: Sequence[int]
    headers: Mapping[str, str | None]
    body: str | None
    latency_s: float | None

    def faults(self, answer: HttpAnswer) -> tuple[str, ...]:
        """Say all that is wrong; after a wrong status nothing else is of interest."""
        if answer.status not in self.status:
            expected = " or ".join(map(str, self.status))
            return (f"answered {answer.status}, {expected} expected",)
        return (*self._in_headers(answer), *self._in_body(answer), *self._in_time(answer))

    def _in_headers(self, answer: HttpAnswer) -> list[str]:
        given = {name: answer.headers.get(name.lower()) for name in self.headers}
        return [
            f"answered with {name}: {_word(given[name])}, {_word(expected)} expected"
            for name, expected in self.headers.items()
            if not _holds(expected, given[name])
        ]

    def _in_body(self, answer: HttpAnswer) -> list[str]:
        if self.body is None or whole_word(self.body).search(
            answer.body.decode("utf-8", "replace")
        ):
            return []
        began = one_line(answer.body[:2000].decode("utf-8", "replace"), 80) or "nothing"
        return [f"answered without “{one_line(self.body, 80)}”, but {began}"]

    def _in_time(self, answer: HttpAnswer) -> list[str]:
        if self.latency_s is None or answer.latency_s <= self.latency_s:
            return []
        latency, limit = format_duration(answer.latency_s), format_duration(self.latency_s)
        return [f"answered in {latency}, limit {limit}"]


def pattern(expected: str) -> re.Pattern[str] | None:
    """Give the pattern of `/.../`, None for a text meant as it stands; raises re.error."""
    is_pattern = len(expected) > 2 and expected[0] == expected[-1] == "/"
    return re.compile(expected[1:-1]) if is_pattern else None


def _holds(expected: str | None, given: str | None) -> bool:
    if expected is None or given is None:
        return expected is given
    found = pattern(expected)
    if found is None:
        return given == expected
    return found.search(given[:_MOST_HEADER_CHARACTERS]) is not None


def _word(value: str | None) -> str:
    return "none" if value is None else one_line(value, 80) or "nothing"
