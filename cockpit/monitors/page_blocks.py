"""A long page searched block by block, so that no search keeps other threads waiting for long.

A search of `re` holds Python's lock until it ends: on a page of 8 MiB that is 50 ms, in a thread
too. All patterns here begin at the start of a line and end within it.
"""

import re
from collections.abc import Iterator

BLOCK = 64 * 1024
"""Characters: what a search looks at in about half a millisecond."""


def matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    r"""Yield what a pattern finds in the lines of a page; of a longer line than a block, its start.

    >>> [match[0] for match in matches(re.compile("^b.*", re.MULTILINE), "a\nb 1\n")]
    ['b 1']
    """
    for block in blocks(text):
        yield from pattern.finditer(block)


def blocks(text: str) -> Iterator[str]:
    """Yield the page in pieces that end with a line, which have as many line ends as the page."""
    at = 0
    while at < len(text):
        end = text.rfind("\n", at, at + BLOCK) + 1
        if end or len(text) - at <= BLOCK:
            end = end or len(text)
            yield text[at:end]
        else:
            end = text.find("\n", at) + 1 or len(text)
            yield text[at : at + BLOCK] + ("\n" if text[end - 1] == "\n" else "")
        at = end
