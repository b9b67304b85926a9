r"""Regular expressions of a card that meet foreign text: RE2, which takes linear time on any text.

What RE2 cannot say, or would read as something else than Python does, is an error with its cure.
To RE2, `\d`, `\w`, `\s` and `\b` know ASCII alone, as they do to Prometheus.
"""

import re
from functools import lru_cache
from typing import Any

_SIMPLE = re.compile(r"(?:(?:[A-Za-z0-9 _./:,-]|\[0-9\]|\\d)[*+?]?|\|)*")
"""What is right for RE2 for sure, which then need not be loaded to say so."""

_MOST_INSTRUCTIONS = 4000
_FROM_NONE = re.compile(r"(?<!\\)(?:\\\\)*\{,(\d+)\}")
_HUGE = re.compile(r"(?<!\\x)\{\d{5,}")
_OF_ASCII = re.compile(r"(?<!\\)(?:\\\\)*\\([bBdDsSwW])")
_OTHER_CLASSES = {
    "d": r"write `\p{Nd}`",
    "D": r"write `\P{Nd}`",
    "s": r"write `[\s\pZ]`",
    "S": r"write `[^\s\pZ]`",
    "w": r"write `[\pL\pN_]`",
    "W": r"write `[^\pL\pN_]`",
    "b": "write what stands beside the word",
    "B": "write what stands beside it",
}
_AROUND = "it looks around itself: write what shall match, as `[1345]..` for all but `2..`"
_TOO_OFTEN = "a repetition counts to 1000 at most, also within another one"
_CURES = {
    **dict.fromkeys(("(?=", "(?!", "(?<=", "(?<!"), _AROUND),
    "(?>": "it forbids to go back, which RE2 never does: write `(?:`",
    "(?(": "it depends on a group: write each case, as `<a>|a`",
    "(?P": r"it refers back to a group: write that part again",
    "(?#": "it holds a comment: leave that out",
    **dict.fromkeys(("(?x", "(?a", "(?u"), "RE2 knows the flags `i`, `m` and `s` alone"),
    **dict.fromkeys(("++", "*+", "?+"), "leave the last `+` out: RE2 never goes back"),
    r"\Z": r"write `\z` for the end of the text",
    **dict.fromkeys((r"\u", r"\U", r"\N"), r"write the character itself, or its code as `\x{e9}`"),
    **{rf"\{one}": "it refers back to a group: write that part again" for one in range(1, 10)},
}


class LinearPattern:
    """A pattern in linear time; raises ValueError, with the cure, for what RE2 cannot say.

    Without `captures` the groups of a match are not known, which is much faster.
    """

    def __init__(self, text: str, *, captures: bool = False) -> None:
        self._compiled = _compiled(text, captures)
        self.is_whole = lru_cache(maxsize=1024)(self._is_whole)  # the same labels come each second

    @property
    def groups(self) -> int:
        """How many groups it has; 0 without `captures`."""
        return int(self._compiled.groups)

    @property
    def names(self) -> frozenset[str]:
        """The names of its groups."""
        return frozenset(self._compiled.groupindex)

    def search(self, text: str) -> Any:
        """Return the first match anywhere in the text, None if there is none."""
        return self._compiled.search(_encodable(text))

    def _is_whole(self, text: str) -> bool:
        """Whether it matches the whole text."""
        return self._compiled.fullmatch(_encodable(text)) is not None


def fault(text: str) -> str | None:
    """Return why a text is not a regular expression of RE2, as a sentence; None if it is one."""
    if _SIMPLE.fullmatch(text):
        return None
    try:
        _compiled(text, False)
    except ValueError as error:
        return str(error)
    return None


def between_slashes(text: str) -> str | None:
    """Return the pattern of `/.../`; None for a text that is meant literally."""
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == "/" else None


@lru_cache(maxsize=256)
def _compiled(text: str, captures: bool) -> Any:
    import re2  # noqa: PLC0415  # only a card that has such a pattern pays for it

    if why := _read_otherwise(text):
        raise ValueError(_refusal(text, why))
    options = re2.Options()
    options.log_errors = False
    options.never_capture = not captures
    try:
        compiled = re2.compile(text, options)
    except re2.error as error:
        raise ValueError(_refusal(text, _why(error))) from error
    if compiled.programsize > _MOST_INSTRUCTIONS:
        raise ValueError(_refusal(text, "it is too large: shorten its repetitions"))
    return compiled


def _read_otherwise(text: str) -> str | None:
    """Return what RE2 would read as something else, with the cure; None if nothing."""
    if from_none := _FROM_NONE.search(text):
        return f"`{{,{from_none[1]}}}` is a text to it: write `{{0,{from_none[1]}}}`"
    if _encodable(text) != text:
        return "it holds half of a character: write whole ones"
    if _HUGE.search(text):
        return _TOO_OFTEN
    if not text.isascii() and (of_ascii := _OF_ASCII.search(text)):
        name = of_ascii[1]
        return f"`\\{name}` knows only ASCII to it: {_OTHER_CLASSES[name]}"
    return None


def _refusal(text: str, why: str) -> str:
    shown = text if len(text) <= 80 else text[:79] + "…"
    return f"{shown} is not a regular expression of RE2: {why}"


def _why(error: Exception) -> str:
    """Return the cure for what RE2 complains of; its own words if there is none."""
    said = error.args[0]
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    what, _, where = words.partition(": ")
    cure = _CURES.get(where)
    if cure is None and what == "invalid repetition size":
        cure = _TOO_OFTEN
    return f"`{where}`: {cure}" if cure else words


def _encodable(text: str) -> str:
    """Return the text with lone surrogates, which RE2 cannot read, as `?`."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
