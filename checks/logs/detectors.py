"""What in a line of a log is personal, or a secret: found by form, by checksum, and by its key.

Each pattern has a bound on every repetition and a beginning that few characters fit, so that no
line takes more than its length in time.
"""

import re
from collections.abc import Iterator

from checks.logs.credentials import credentials
from checks.logs.match import BEFORE, Match
from checks.logs.numbers import numbers

_PIECE = 32 * 1024
_OVERLAP = 512
_AT = re.compile(r"@|%40|\\u0040")
_LOCAL = re.compile(r"[A-Za-z0-9._%+-]{1,64}\Z")
_DOMAIN = re.compile(r"((?:[A-Za-z0-9-]{1,63}\.){1,8})([A-Za-z]{2,24})(?![\w-])")
_FILES = re.compile(
    r"png|jpe?g|gif|svg|webp|avif|ico|css|[mc]?js|ts|map|html|json|xml", re.IGNORECASE
)


def personal(line: str, region: str | None = None) -> Iterator[Match]:
    """Give what is found in a line, each place once; a very long line is searched in pieces.

    `region` is the country, as DE, whose telephone numbers are known without their `+`.
    """
    taken: set[int] = set()
    for begin in range(0, max(1, len(line)), _PIECE):
        piece = line[begin : begin + _PIECE + _OVERLAP]
        for each in (*credentials(piece), *_mails(piece), *numbers(piece, region)):
            place = range(begin + each.start, begin + each.end)
            if taken.isdisjoint(place):
                taken.update(place)
                yield each


def _mails(text: str) -> Iterator[Match]:
    for at in _AT.finditer(text):
        local = _LOCAL.search(text[max(0, at.start() - BEFORE) : at.start()])
        domain = _DOMAIN.match(text, at.end())
        if not local or not domain or _FILES.fullmatch(domain[2]):
            continue
        start = at.start() - len(local[0])
        # A mask before it, a user of an address, a repository: no person's.
        if text[max(0, start - 1) : start] in ("*", "•", "/") or local[0] == "git":
            continue
        value = f"{local[0]}@{domain[0]}"
        redacted = f"{local[0][0]}•••@{domain[0][0]}•••.{domain[2]}"
        yield Match("e-mail address", value, redacted, start, domain.end())
