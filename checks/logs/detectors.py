"""Detection of personal data and secrets in a log line, by form, checksum and key.

Every repetition in a pattern is bounded, and few characters can begin a match, so that searching
takes time linear in the length of the line.
"""

import re
from collections.abc import Iterator

from checks.logs.credentials import find_credentials
from checks.logs.match import CONTEXT_CHARACTERS, Match
from checks.logs.numbers import find_numbers

_PIECE = 32 * 1024
_OVERLAP = 512
_AT = re.compile(r"@|%40|\\u0040")
_LOCAL = re.compile(r"[A-Za-z0-9._%+-]{1,64}\Z")
_DOMAIN = re.compile(r"((?:[A-Za-z0-9-]{1,63}\.){1,8})([A-Za-z]{2,24})(?![\w-])")
_FILE_EXTENSIONS = re.compile(
    r"png|jpe?g|gif|svg|webp|avif|ico|css|[mc]?js|ts|map|html|json|xml", re.IGNORECASE
)


def find_personal_data(line: str, region: str | None = None) -> Iterator[Match]:
    """Yield the matches in a line without overlaps; a very long line is searched in pieces.

    `region` is an ISO 3166 country code, such as DE, whose phone numbers are also found in their
    national form, without `+`.
    """
    covered: set[int] = set()
    for begin in range(0, max(1, len(line)), _PIECE):
        piece = line[begin : begin + _PIECE + _OVERLAP]
        matches = (*find_credentials(piece), *_find_mails(piece), *find_numbers(piece, region))
        for match in matches:
            place = range(begin + match.start, begin + match.end)
            if covered.isdisjoint(place):
                covered.update(place)
                yield match


def _find_mails(text: str) -> Iterator[Match]:
    for at in _AT.finditer(text):
        local = _LOCAL.search(text[max(0, at.start() - CONTEXT_CHARACTERS) : at.start()])
        domain = _DOMAIN.match(text, at.end())
        if not local or not domain or _FILE_EXTENSIONS.fullmatch(domain[2]):
            continue
        start = at.start() - len(local[0])
        # A redacted address, the user of a URL, or a git remote is not personal data.
        if text[max(0, start - 1) : start] in ("*", "•", "/") or local[0] == "git":
            continue
        value = f"{local[0]}@{domain[0]}"
        redacted = f"{local[0][0]}•••@{domain[0][0]}•••.{domain[2]}"
        yield Match("e-mail address", value, redacted, start, domain.end())
