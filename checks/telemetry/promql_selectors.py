"""The selectors in a PromQL query: which series it reads. Pure.

Only as much of the grammar is read as tells a selector from a function, an operator and a list of
labels: https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import re
from collections.abc import Sequence

from msgspec import Struct

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
    |(?P<number>(?:\d[0-9A-Za-z_.]*|\.\d+)(?:(?<=[eE])[-+]\d+)?)
    |(?P<mark>=~|!~|!=|==|<=|>=|[-+*/%^=<>(){}\[\],:@])""",
    re.VERBOSE,
)
_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"})
_ABSENT = frozenset({"absent", "absent_over_time"})
_PAIRS = {"{": "}", "[": "]", "(": ")"}


class SeriesSelector(Struct, frozen=True):
    """A selector without its range: `up{job="a"}` of the metric `up`.

    Where it is not `needed`, it is there to find that its series are gone. With `is_shifted` it
    reads another time, by `offset` or `@`.
    """

    text: str
    metric: str
    needed: bool = True
    is_shifted: bool = False


class ReadQuery(Struct, frozen=True):
    """What a query reads; `is_bare` if it is one selector and nothing else."""

    selectors: tuple[SeriesSelector, ...]
    is_bare: bool


class _Token(Struct, frozen=True):
    kind: str
    text: str


_END = _Token("end", "")


def read_query(query: str) -> ReadQuery:
    """Return what a query reads; raises ValueError if that cannot be told.

    >>> read = read_query("sum by (job) (rate(hits{code=~'5..'}[5m])) or vector(0)")
    >>> [selector.text for selector in read.selectors], read.is_bare
    (["hits{code=~'5..'}"], False)
    >>> read_query("up # as ever").is_bare
    True
    """
    reader = _Reader(_tokens(query))
    found = reader.selectors()
    is_bare = len(found) == 1 and found[0].text == "".join(one.text for one in reader.tokens)
    return ReadQuery(tuple(dict.fromkeys(found)), is_bare)


def _tokens(query: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None or match.lastgroup is None:
            raise ValueError(f"its selectors cannot be told: {query[at]!r} is not understood")
        if match.lastgroup != "space":
            tokens.append(_Token(match.lastgroup, match[0]))
        at = match.end()
    return tokens


class _Reader:
    """Goes over the tokens of a query once."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = tokens
        self._at = 0
        self._calls: list[str] = []

    def selectors(self) -> list[SeriesSelector]:
        """Return the selectors in their order."""
        found = []
        while self._at < len(self.tokens):
            if (selector := self._next()) is not None:
                found.append(selector)
        return found

    def _peek(self, more: int = 0) -> _Token:
        at = self._at + more
        return self.tokens[at] if at < len(self.tokens) else _END

    def _next(self) -> SeriesSelector | None:
        """Go over one element; return it if it is a selector."""
        token, after = self._peek(), self._peek(1)
        if token.text == "{":
            return self._selector("")
        if token.kind == "name" and after.text != "{":
            return self._named(token.text, after)
        if token.kind == "name":
            self._at += 1
            return self._selector(token.text)
        self._go_over(token)
        return None

    def _named(self, name: str, after: _Token) -> SeriesSelector | None:
        """Go over a name that no brace follows: a list of labels, a word, a call or a metric."""
        word = name.lower()
        if word in _LISTS and after.text == "(":
            self._at += 1
            self._enclosed()
        elif word in _LISTS or word in _WORDS or after.text in ("by", "without"):
            self._at += 1
        elif after.text == "(":
            self._calls.append(word)
            self._at += 2
        else:
            self._at += 1
            return self._selector(name)
        return None

    def _go_over(self, token: _Token) -> None:
        if token.text == "[":
            self._enclosed()
            return
        if token.text == "(":
            self._calls.append("")
        elif token.text == ")" and self._calls:
            self._calls.pop()
        self._at += 1

    def _selector(self, name: str) -> SeriesSelector:
        """Go over the labels, the range and the time of a selector, whose name is gone over."""
        labels = self._enclosed() if self._peek().text == "{" else []
        is_shifted = self._shift()
        text = name + "".join(token.text for token in labels)
        needed = not _ABSENT.intersection(self._calls)
        return SeriesSelector(text, name or _metric(labels) or text, needed, is_shifted)

    def _shift(self) -> bool:
        """Go over ranges, `offset` and `@`; return whether another time is read."""
        is_shifted = False
        while (token := self._peek()).text in ("[", "@") or token.text.lower() == "offset":
            if token.text == "[":
                self._enclosed()
                continue
            is_shifted = True
            self._at += 1
            while self._peek().text in ("-", "+"):
                self._at += 1
            if self._peek(1).text == "(":
                self._at += 1
                self._enclosed()
            else:
                self._at += 1
        return is_shifted

    def _enclosed(self) -> list[_Token]:
        """Go over a bracket and what it encloses; return the tokens."""
        opens = self._peek().text
        for end in range(self._at, len(self.tokens)):
            if self.tokens[end].text == _PAIRS[opens]:
                enclosed = list(self.tokens[self._at : end + 1])
                self._at = end + 1
                return enclosed
        raise ValueError(f"its selectors cannot be told: {opens} is not closed")


def _metric(labels: Sequence[_Token]) -> str:
    """Return the name of the metric among the labels of a selector, empty if it has none."""
    for at, token in enumerate(labels):
        is_equal = [one.text for one in labels[at : at + 2]] == ["__name__", "="]
        if is_equal and at + 2 < len(labels):
            return labels[at + 2].text[1:-1]
        if token.kind == "text" and labels[at - 1].text in ("{", ","):
            return token.text[1:-1]
    return ""
