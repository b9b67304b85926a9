"""Detection of tokens and passwords in a log line."""

import re
from collections.abc import Iterator

from checks.logs.match import Match, match_at, text_before, words_of

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


def find_credentials(text: str) -> Iterator[Match]:
    """Yield the tokens and passwords in a text."""
    for match in _URL_PASSWORD.finditer(text):
        if not _NO_VALUE.fullmatch(match[1]):
            yield match_at("password", match, match[1], "•••")
    for match in _AUTHORIZATION.finditer(text):
        if _is_random(match[1]):
            yield match_at("token", match, match[1], "authorization •••")
    for pattern, redacted in ((_JWT, "JWT eyJ•••"), (_BEARER, "bearer •••"), (_ISSUED, "key •••")):
        for match in pattern.finditer(text):
            value = match[match.lastindex or 0]
            if pattern is not _BEARER or _is_random(value):
                yield match_at("token", match, value, redacted)
    for match in _KEYED.finditer(text):
        key = re.split(r"[^\w-]", text_before(text, match))[-1]
        if _is_random(match[1]) and not any(map(_PAGING.fullmatch, words_of(key))):
            yield match_at("token", match, match[1], "•••")
    yield from _find_passwords(text)


def _find_passwords(text: str) -> Iterator[Match]:
    for match in _PASSWORD.finditer(text):
        value = match[4]
        # "password: wrong" is prose; after a quoted key or an equals sign it would be a value.
        is_prose = match[2] == ":" and not match[1] and not match[3] and value.isalpha()
        is_folder = match[0][:3].lower() == "pwd" and value.startswith("/")
        if not (is_prose or is_folder or _NO_VALUE.fullmatch(value)):
            yield match_at("password", match, value, "•••")


def _is_random(value: str) -> bool:
    """Whether a value looks like a token, not a word as in "Bearer authentication failed"."""
    if _NO_VALUE.fullmatch(value):
        return False
    return bool(re.search(r"\d|[a-z][A-Z]|=\Z", value))
