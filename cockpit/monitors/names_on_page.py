"""The names on a page that a monitor could mean, for the message when it means one not there."""

import re
from collections.abc import Sequence

from cockpit.monitors.page_blocks import matches

_NAME = r"[A-Za-z_:][A-Za-z0-9_:]*"
_HISTOGRAM = re.compile(rf"^({_NAME})_bucket(?![A-Za-z0-9_:])", re.MULTILINE)
_COUNTED = re.compile(rf"^({_NAME}_(?:total|count))(?![A-Za-z0-9_:])", re.MULTILINE)
_COUNTER = re.compile(rf"^# TYPE ({_NAME}) counter[ \t\r]*$", re.MULTILINE)
_MOST_NAMES = 500
_MOST_SHOWN = 5
_LONGEST = 80


def histograms_of(text: str) -> list[str]:
    """Return the names of a page's histograms, in their order."""
    return _once(_HISTOGRAM, text)


def counters_of(text: str) -> list[str]:
    """Return the names of a page's counters, in their order; a histogram's `_count` is one."""
    counted = _once(_COUNTED, text)
    declared = [name for name in _once(_COUNTER, text) if f"{name}_total" not in counted]
    return list(dict.fromkeys([*declared, *counted]))


def nearest(wanted: str, known: Sequence[str]) -> str:
    """Return the five known names most like the wanted one, as a list in words.

    >>> nearest("http_request", ["go_gc_total", "http_requests_total"])
    'http_requests_total, go_gc_total'
    """
    import difflib  # noqa: PLC0415  # for a mistake alone

    def likeness(name: str) -> float:
        return difflib.SequenceMatcher(None, wanted[:_LONGEST], name[:_LONGEST]).ratio()

    ordered = sorted(known[:_MOST_NAMES], key=likeness, reverse=True)
    shown = ", ".join(name[:_LONGEST] for name in ordered[:_MOST_SHOWN])
    more = len(known) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _once(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(match[1] for match in matches(pattern, text)))
