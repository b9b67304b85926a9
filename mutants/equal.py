"""Survivors that change no verdict, each with the reason; anything else is a missing test."""

from collections.abc import Mapping

_COUNTERS = "cockpit/monitors/counters.py"
_HOLD = "cockpit/engine/hold.py"
_JUDGE = "cockpit/monitors/judge.py"
_LIKELIHOOD = "cockpit/routers/likelihood.py"
_QUERY = "cockpit/monitors/window_query.py"
_RESULT = "cockpit/routers/shift_result.py"
_ROLLBACK = "cockpit/engine/rollback.py"
_WINDOW = "cockpit/monitors/window.py"

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
    (
        _HOLD,
        "if (age_s := now_s - views[name].seen_s) > limit_s(every_s, FRESH)",
        "if (age_s := now_s - views[name].seen_s) >= limit_s(every_s, FRESH)",
    ): "no clock meets the limit to the last digit, and the next look is a tenth of a second later",
    (_JUDGE, "clear_s: float = 60.0", "clear_s: float = 59.0"): "a card's monitor always says it",
    (_JUDGE, "clear_s: float = 60.0", "clear_s: float = 61.0"): "a card's monitor always says it",
    (_WINDOW, "_MAX_SLOTS = 240", "_MAX_SLOTS = 239"): "the bound is for the memory",
    (_WINDOW, "_MAX_SLOTS = 240", "_MAX_SLOTS = 241"): "the bound is for the memory",
    (
        _RESULT,
        "share = 0.0 if observed.share is None else observed.share",
        "share = -1.0 if observed.share is None else observed.share",
    ): "without a share it is never called",
    (
        _RESULT,
        "wrong = observed.canary if order.share == 0 else observed.total - observed.canary",
        "wrong = observed.canary if order.share <= 0 else observed.total - observed.canary",
    ): "no share is below 0",
    (
        _RESULT,
        'were = "was" if wrong == 1 else "were"',
        'were = "was" if wrong <= 1 else "were"',
    ): "it is refused for at least one request on the wrong side",
    (
        _LIKELIHOOD,
        "self._starts = left or self._starts[:1]",
        "self._starts = left or self._starts[: 2]",
    ): "it is refused already, and the first of them is shown",
    (
        _ROLLBACK,
        "if waits and item.section != context.plan.rollback[Part.TRAFFIC].id:",
        "if waits and item.section < context.plan.rollback[Part.TRAFFIC].id:",
    ): "the traffic is the last of the parts in the alphabet",
}
"""By module, line before and line after."""
