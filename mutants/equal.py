"""Survivors that change no verdict, each with the reason; anything else is a missing test."""

from collections.abc import Mapping

_COUNTERS = "cockpit/monitors/counters.py"
_QUERY = "cockpit/monitors/window_query.py"

EQUAL: Mapping[tuple[str, str, str], str] = {
    (
        _COUNTERS,
        "return next((name for name in self._names if name in present), self._names[0])",
        "return next((name for name in self._names if name in present), self._names[ -1])",
    ): "no line has any of the names, so none counts under whichever is returned",
    (
        _COUNTERS,
        "if len(self._known) > MAX_SERIES:  # too many came and went: forget",
        "if len(self._known) >= MAX_SERIES:  # too many came and went: forget",
    ): "the bound is for the memory: one series more or less of 20,000 is none",
    (
        _COUNTERS,
        "if not 0 <= sample.value < math.inf:",
        "if not 0 <= sample.value != math.inf:",
    ): "of what is not below 0, only infinity is not below infinity",
    (
        _QUERY,
        "group, parts.get(True, 0.0) / total if total > 0 else None, round(total)",
        "group, parts.get(True, 0.0) / total if total != 0 else None, round(total)",
    ): "no increment is below 0, nor their sum",
    (_QUERY, "over_s: float = 60.0", "over_s: float = 61.0"): "a card's monitor always says it",
    (_QUERY, "over_s: float = 60.0", "over_s: float = 59.0"): "a card's monitor always says it",
}
"""By module, line before and line after."""
