"""The text of a query without its values: no customer's data reaches a screen."""

import re

from checks.core.text import one_line

_TOKEN = re.compile(
    r"""
    (?P<space>\s+ | --[^\n]* | /\*(?:.*?\*/|.*))
    | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*+(?:'|\Z))
    | (?P<literal>(?:[bBxXnN]|[uU]&)?'(?P<inside>(?:[^']|'')*+)(?:'|\Z))
    | (?P<parameter>\$\d+)
    | (?P<dollar>\$(?P<tag>(?:[^\W\d]\w*)?)\$(?:.*?\$(?P=tag)\$|.*))
    | (?P<name>(?:[uU]&)?"(?:[^"]|"")*+(?:"|\Z))
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\.?\d[\w.]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN_NAME = re.compile(r'"[A-Za-z_][A-Za-z0-9_ .$-]*"')
_SETS = re.compile(r"\s*SET\s.*(?:=|\sTO)", re.IGNORECASE | re.DOTALL)
_SET_PIECES = 16
_VALUES = frozenset({"escaped", "literal", "dollar", "number"})
_GAP = "…"
_MOST_CHARACTERS = 20_000


def redact_query(query: str, most: int = 100) -> str:
    r"""Return a query in one line with `?` for each value; what might be a value is left out too.

    Comments are removed, since drivers put values into them. The rest is cut off after `SET x =`,
    and from a plain literal with a backslash on, whose end depends on the server's settings. A
    literal without an end becomes `?`: a server may show only the beginning of a long query.

    >>> redact_query("SELECT * FROM users WHERE email = 'bob@example.com' AND id = 42 -- bob")
    'SELECT * FROM users WHERE email = ? AND id = ?'
    """
    pieces: list[str] = []
    for token in _TOKEN.finditer(query[:_MOST_CHARACTERS]):
        if "\\" in (token["inside"] or ""):
            pieces.append(_GAP)
            break
        pieces.append(_redact_token(token.lastgroup or "", token[0]))
        if _SETS.fullmatch("".join(pieces[:_SET_PIECES])):
            pieces.append(f" {_GAP}")
            break
    return one_line("".join(pieces), most) or "no text"


def _redact_token(kind: str, text: str) -> str:
    if kind == "space":
        return " "
    if kind == "name":
        return text if _PLAIN_NAME.fullmatch(text) else '"?"'
    return "?" if kind in _VALUES else text
