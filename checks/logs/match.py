"""A match of a detector in a log line, and the context before it."""

import re

from msgspec import Struct

CONTEXT_CHARACTERS = 64
"""Text further than this before a match is not considered."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Match(Struct, frozen=True):
    """Personal data or a credential: its kind, value, redacted form, and place in the line."""

    kind: str
    value: str
    redacted: str
    start: int
    end: int


def match_at(kind: str, match: re.Match[str], value: str, redacted: str) -> Match:
    """Return a match at the place where a regular expression matched."""
    return Match(kind, value, redacted, match.start(), match.end())


def text_before(text: str, match: re.Match[str]) -> str:
    """Return up to 64 characters before a match."""
    return text[max(0, match.start() - CONTEXT_CHARACTERS) : match.start()]


def words_of(key: str) -> frozenset[str]:
    """Return the words of a key in lower case; a word that ends in `s` stands also without it.

    >>> sorted(words_of("orderIds"))
    ['id', 'ids', 'order']
    """
    lower = {word.lower() for word in _WORD.findall(key)}
    return frozenset(lower | {word.removesuffix("s") for word in lower})
