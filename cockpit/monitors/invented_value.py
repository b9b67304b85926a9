"""Whether a value of a label that no page has shown yet could ever come. Pure.

A test trip may have to invent the label of the fault: a service that never failed has no 500 yet.
What it invents says nothing where it is of another kind than the values that do come.
"""

import difflib
import re
from collections.abc import Collection

_BOOLEANS = ({"true", "false"}, {"yes", "no"}, {"on", "off"}, {"0", "1"})
_REPEATED_DIGIT = re.compile(r"\d[*+?]")
_ALIKE = 0.8  # of difflib's ratio: one letter of ten that is other, missing or of another case
_MOST_SHOWN = 6


def doubt(pattern: str, invented: str, seen: Collection[str]) -> str | None:
    """Return why the invented value may never come, as a sentence; None if it well may.

    >>> doubt("5..", "500", {"200", "404"}), doubt("503", "503", {"200", "500"})
    (None, None)
    >>> doubt("5", "5", {"200", "500"})
    '`5` matches none of the values on the page (200, 500), nor any of their form'
    """
    values = sorted(value for value in seen if value)
    if not values:
        return None
    shown = ", ".join(values[:_MOST_SHOWN]) + (" …" if len(values) > _MOST_SHOWN else "")
    none = f"`{pattern}` matches none of the values on the page ({shown})"
    if alike := _alike(invented, values):
        return f"{none}: is `{alike}` meant?"
    if not {_form(invented)} & set(map(_form, values)) or _is_no_such_boolean(invented, values):
        return f"{none}, nor any of their form"
    if repeated := _REPEATED_DIGIT.search(pattern):
        return f"{none}: `{repeated[0]}` repeats that digit, `{repeated[0][0]}..` is any three"
    return None


def _alike(invented: str, values: Collection[str]) -> str | None:
    plain = invented.strip().casefold()
    for value in values:
        if difflib.SequenceMatcher(None, plain, value.casefold()).ratio() >= _ALIKE:
            return value
    return None


def _form(value: str) -> str:
    """Return the form of a value: how many digits, and where there are words."""
    digits = re.sub(r"\d", "9", value)
    return re.sub(r"[A-Za-z]+(?:[_ -][A-Za-z]+)*", "a", digits)


def _is_no_such_boolean(invented: str, values: Collection[str]) -> bool:
    known = {value.casefold() for value in values}
    return any(known <= both and invented.casefold() not in both for both in _BOOLEANS)
