"""Suggestions for a name that is not known."""

from collections.abc import Iterable

_MOST_NAMES = 100
_LONGEST_NAME = 60


def suggest(wrong: str, known: Iterable[str]) -> str:
    """Return a hint with the name of `known` nearest to `wrong`, or with all of them.

    >>> suggest("p59", ["p95", "errors"]), suggest("x", ["p95", "errors"]), suggest("x", [])
    ('did you mean `p95`?', 'known are `p95`, `errors`', 'there are none')
    """
    import difflib  # noqa: PLC0415  # for a mistake alone

    names = list(known)[:_MOST_NAMES]
    if near := difflib.get_close_matches(wrong[:_LONGEST_NAME], names, n=1):
        return f"did you mean `{near[0]}`?"
    return "known are " + ", ".join(f"`{name}`" for name in names) if names else "there are none"
