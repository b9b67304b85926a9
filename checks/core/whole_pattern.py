r"""Patterns for a whole text, as a label's value, that may begin by looking ahead.

RE2 cannot look ahead, and leaving something out is what labels need most: `(?!/health$).*`. At the
beginning of a pattern each lookahead is a question of its own about the same text, so all of them
together still take linear time.
"""

import re
from functools import lru_cache

from checks.core.pattern import LinearPattern, fault

_HEAD = re.compile(r"(\(\?[ims]+\))?(?:\^|\\A)?")
_LOOK = re.compile(r"\(\?[=!]")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]|[^\\\[()|]+|.", re.DOTALL)
_ONLY_FIRST = "a pattern for a label may look ahead at its beginning alone, as `(?!/health$).*`"
_GROUP = "what follows a lookahead has alternatives: group them, as `(?!/health$)(?:/a|/b)`"


class WholePattern:
    """A pattern for a whole text; raises ValueError, with the cure, for what it cannot say.

    >>> [WholePattern("(?!/health$).*").matches(path) for path in ("/health", "/healthy", "/")]
    [False, True, True]
    """

    def __init__(self, text: str) -> None:
        head = _HEAD.match(text)
        flags, rest = (head[1] or "", text[head.end() :]) if head else ("", text)
        self._looks: list[tuple[LinearPattern, bool]] = []
        while look := _LOOK.match(rest):
            inside, rest = _split(rest[look.end() :])
            self._looks.append((LinearPattern(rf"{flags}\A(?:{inside})"), look[0] == "(?="))
        if self._looks and "|" in _outside_groups(rest):
            raise ValueError(f"{text}: {_GROUP}")
        self._rest = _linear(text, flags + rest)
        self.matches = lru_cache(maxsize=1024)(self._matches)  # the same labels come each second

    def _matches(self, text: str) -> bool:
        """Whether it matches the whole text."""
        looks = ((look.search(text) is not None) is wanted for look, wanted in self._looks)
        return all(looks) and self._rest.is_whole(text)


def whole_fault(text: str) -> str | None:
    """Return why a text is no pattern for a whole text, as a sentence; None if it is one."""
    if "(?" not in text:
        return fault(text)  # which loads no RE2 where that can be told without
    try:
        WholePattern(text)
    except ValueError as error:
        return str(error)
    return None


def _linear(text: str, rest: str) -> LinearPattern:
    try:
        return LinearPattern(rest)
    except ValueError as error:
        if re.search(r"(?<!\\)\(\?<?[=!]", rest):
            raise ValueError(f"{text}: {_ONLY_FIRST}") from error
        raise


def _split(text: str) -> tuple[str, str]:
    """Return what stands before the bracket that closes a group, and what after it."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] == ")" and depth == 0:
            return text[: token.start()], text[token.end() :]
        depth += (token[0] == "(") - (token[0] == ")")
    raise ValueError(f"{text} has no `)` for the `(?` before it")


def _outside_groups(text: str) -> str:
    depth, kept = 0, []
    for token in _TOKEN.finditer(text):
        depth += token[0] == "("
        if depth == 0 and len(token[0]) == 1:
            kept.append(token[0])
        depth -= token[0] == ")"
    return "".join(kept)
