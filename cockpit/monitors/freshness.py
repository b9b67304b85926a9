"""Tells a value that is frozen from one that is measured anew.

Wall clocks are never compared with this machine's: a stepped clock must not turn a good value old.
A stamp is compared with the `Date` that the same server put on the same answer, and with the stamp
seen before: one that does not move ages on the monotonic clock.
"""

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


class Freshness:
    """Follows the stamp of one source; ages are seconds."""

    def __init__(self) -> None:
        self._stamp_s: float | None = None
        self._moved_s = 0.0

    def age_s(self, now_s: float, stamp_s: float | None, headers: "httpx.Headers") -> float:
        """Give the age, at the monotonic instant `now_s`, of a value stamped `stamp_s`.

        The stamp is in Unix seconds; a value without a stamp has no age, 0.
        """
        if stamp_s is None:
            return 0.0
        if stamp_s != self._stamp_s:
            self._stamp_s, self._moved_s = stamp_s, now_s
        answered_s = _date(headers)
        behind_s = 0.0 if answered_s is None else max(0.0, answered_s - stamp_s)
        return max(behind_s, now_s - self._moved_s)


def _date(headers: "httpx.Headers") -> float | None:
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
