"""Suggestions for a name that is not known."""

from collections.abc import Iterable

_MOST_NAMES = 100
_LONGEST_NAME = 60
_SHOWN = 10


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


def suggest_some(wrong: str, known: Iterable[str]) -> str:
    """Return a hint with the name nearest to `wrong`, or with the ten nearest and a count.

    >>> suggest_some("p59", ["p95", "errors"]), suggest_some("zz", ["ab", "zd"])
    ('did you mean `p95`?', 'known are `zd`, `ab`')
    >>> suggest_some("zz", map(str, range(12)))[-14:]
    '`9` and 2 more'
    """
    import difflib  # noqa: PLC0415  # for a mistake alone

    names, wrong = list(known)[:_MOST_NAMES], wrong[:_LONGEST_NAME]
    matcher = difflib.SequenceMatcher(b=wrong)

    def likeness(name: str) -> float:
        matcher.set_seq1(name)
        return matcher.ratio()

    if difflib.get_close_matches(wrong, names, n=1) or len(names) < 2:
        return suggest(wrong, names)
    nearest = sorted(names, key=likeness, reverse=True)[:_SHOWN]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"known are {', '.join(f'`{name}`' for name in nearest)}{more}"
