"""A find in a line of a log, and what the words before it say that it is."""

import re

from msgspec import Struct

BEFORE = 64
"""Characters; what stands further before a find says nothing of it."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Match(Struct, frozen=True):
    """One find: its kind, the value itself, what may be shown of it, and its place in the line."""

    kind: str
    value: str
    redacted: str
    start: int
    end: int


def spot(kind: str, found: re.Match[str], value: str, redacted: str) -> Match:
    """Give what a pattern found."""
    return Match(kind, value, redacted, found.start(), found.end())


def before(text: str, found: re.Match[str]) -> str:
    """Give what stands before a find."""
    return text[max(0, found.start() - BEFORE) : found.start()]


def words(key: str) -> frozenset[str]:
    """Give the words of a key in lower case, plural ones in the singular too.

    >>> sorted(words("orderIds"))
    ['id', 'ids', 'order']
    """
    lower = {word.lower() for word in _WORD.findall(key)}
    return frozenset(lower | {word.removesuffix("s") for word in lower})
