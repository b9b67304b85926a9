"""Tokens and passwords in a line of a log."""

import re
from collections.abc import Iterator

from checks.logs.match import Match, before, spot, words

_URL_PASSWORD = re.compile(r"://[^/\s:@\"']{0,64}:([^/\s@\"']{1,128})@[\w.-]{0,255}")
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{8,8192}\.[\w-]{0,2048}")
_BEARER = re.compile(r"\bbearer(?:[ +]|%20){1,3}([\w.~+/=-]{8,4096})", re.IGNORECASE)
_AUTHORIZATION = re.compile(
    r"""authorization["'\\]{0,3}\s{0,2}[:=]\s{0,2}["'\\\[]{0,4}
    (?:(?:basic|bearer|digest|token|apikey|negotiate)(?:\s|%20){1,2})?([^\s"'\\,;\]})]{6,4096})""",
    re.IGNORECASE | re.VERBOSE,
)
_ISSUED = re.compile(
    r"""(?<![\w-])(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}
    |xox[abprs]-[\w-]{10,250}|[sr]k_live_[A-Za-z0-9]{10,250}|glpat-[\w-]{20,64})""",
    re.VERBOSE,
)
_KEYED = re.compile(
    r"""(?:token|secret|api[_-]?key|secret[_-]?key|private[_-]?key)["'\\]{0,3}\s{0,2}[:=]\s{0,2}
    ["'\\]{0,3}([^\s"'\\,;&})\]]{8,1024})""",
    re.IGNORECASE | re.VERBOSE,
)
_PAGING = re.compile(r"page|next|prev|previous|continuation|cursor|sync|num|count|max")
_PASSWORD = re.compile(
    r"""(?:password|passwd|passphrase|pwd)(["'\\]{0,3})\s{0,2}(=|:)\s{0,2}(["'\\]{0,3})
    ([^\s"'\\,;&})\]=]{1,128})""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_VALUE = re.compile(
    r"""[*•.x\[\]<>{}()_-]+ | .?(?:redacted|masked|filtered|hidden|removed|secret|omitted).{0,3}
    | null | none | nil | true | false | undefined | empty | (?:\*|•|<|\[|\$|%|\?|:|@|\{).{0,40}
    | .{0,8}(?:\*{3}|•{3}).{0,8}""",
    re.IGNORECASE | re.VERBOSE,
)


def credentials(text: str) -> Iterator[Match]:
    """Give the tokens and passwords in a text."""
    for found in _URL_PASSWORD.finditer(text):
        if not _NO_VALUE.fullmatch(found[1]):
            yield spot("password", found, found[1], "•••")
    for found in _AUTHORIZATION.finditer(text):
        if _is_random(found[1]):
            yield spot("token", found, found[1], "authorization •••")
    for pattern, redacted in ((_JWT, "JWT eyJ•••"), (_BEARER, "bearer •••"), (_ISSUED, "key •••")):
        for found in pattern.finditer(text):
            value = found[found.lastindex or 0]
            if pattern is not _BEARER or _is_random(value):
                yield spot("token", found, value, redacted)
    for found in _KEYED.finditer(text):
        key = re.split(r"[^\w-]", before(text, found))[-1]
        if _is_random(found[1]) and not any(map(_PAGING.fullmatch, words(key))):
            yield spot("token", found, found[1], "•••")
    yield from _passwords(text)


def _passwords(text: str) -> Iterator[Match]:
    for found in _PASSWORD.finditer(text):
        value = found[4]
        # "password: wrong" is prose; under a quoted key, or after an equals sign, it is a value.
        prose = found[2] == ":" and not found[1] and not found[3] and value.isalpha()
        folder = found[0][:3].lower() == "pwd" and value.startswith("/")
        if not (prose or folder or _NO_VALUE.fullmatch(value)):
            yield spot("password", found, value, "•••")


def _is_random(value: str) -> bool:
    """Tell a token from a word: "Bearer authentication failed" holds none."""
    if _NO_VALUE.fullmatch(value):
        return False
    return bool(re.search(r"\d|[a-z][A-Z]|=\Z", value))
