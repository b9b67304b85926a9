"""Text of a result, cut to one line, and the search for text that a card expects."""

import re
from collections.abc import Sequence


def one_line(text: str, most: int = 160) -> str:
    r"""Return `text` as one line of at most `most` characters; an ellipsis marks a cut.

    >>> one_line("a  b\n c", most=4)
    'a b…'
    """
    # What is beyond four times the room can only be white space that collapses: not worth the work.
    line = " ".join(text[: 4 * most].split())
    cut = len(line) > most or len(text) > 4 * most
    return line[: most - 1].rstrip() + "…" if cut else line


def count_of(number: float, one: str, more: str = "") -> str:
    """Format a whole number with the words for one thing, or for several, which default to an s.

    >>> count_of(1, "request"), count_of(0, "request"), count_of(1270, "request")
    ('1 request', '0 requests', '1,270 requests')
    >>> count_of(1, "panel shows", "panels show"), count_of(2, "panel shows", "panels show")
    ('1 panel shows', '2 panels show')
    """
    shown = f"{number:,.0f}"
    return f"{shown} {one if shown == '1' else more or f'{one}s'}"


def join_names(names: Sequence[str], most: int = 3) -> str:
    """Return the first `most` names, and the number of the others.

    >>> join_names(["a", "b", "c", "d"])
    'a, b, c and 1 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def whole_word(text: str) -> re.Pattern[str]:
    """Return a pattern that finds `text` only as whole words, not inside a longer word or number.

    `3 passed` is not in `13 passed`, nor `frozen` in `unfrozen` or `is-frozen`: a part of a word
    may say the opposite, and the opposite must not pass.

    >>> pattern = whole_word("3 passed")
    >>> [bool(pattern.search(line)) for line in ("3 passed.", "13 passed", "0.3 passed")]
    [True, False, False]
    """
    before = r"(?<!\w)(?<!\w-)" if re.match(r"\w", text) else ""
    after = r"(?!-?\w)" if re.match(r"\w", text[-1:]) else ""
    before += r"(?<!-)(?<!\d[.,])" if text[:1].isdigit() else ""
    after += r"(?![.,]\d)" if text[-1:].isdigit() else ""
    return re.compile(before + re.escape(text) + after)
