"""The age of a value by its timestamp: a frozen value grows old.

Timestamps are never compared with this machine's wall clock: a stepped clock must not make a good
value old. A timestamp is compared with the `Date` header of the same response, and with the
timestamp of the reading before: one that does not move ages on the monotonic clock.
"""

import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


class Freshness:
    """Follows the timestamps of one source; ages are in seconds."""

    def __init__(self) -> None:
        self._stamp_s: float | None = None
        self._moved_s = 0.0

    def age_s(self, now_s: float, stamp_s: float | None, headers: "httpx.Headers") -> float:
        """Return the age, at the monotonic instant `now_s`, of a value with timestamp `stamp_s`.

        The timestamp is in Unix seconds; the age of a value without one is 0, and infinite where
        the timestamp is no instant.
        """
        if stamp_s is None:
            return 0.0
        if not math.isfinite(stamp_s):
            return math.inf
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
