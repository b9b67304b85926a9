"""Latencies counted in buckets 1 % wide: percentiles over all that was measured, in little room."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, field

_BEGIN_S = 0.0001
_WIDTH = 1.01
_Count = Annotated[int, Meta(ge=0)]
_Slot = Annotated[int, Meta(ge=0, le=4000)]


class LatencyHistogram(Struct):
    """The requests of one operation, or of several together; latencies in seconds.

    `slots` counts latencies: slot n begins at 0.1 ms times 1.01 to the power of n.
    """

    count: _Count = 0
    failed: _Count = 0
    total_s: Annotated[float, Meta(ge=0)] = 0.0
    slots: dict[_Slot, _Count] = field(default_factory=dict)

    def average_s(self) -> float:
        """Give the mean latency; NaN without a request."""
        return self.total_s / self.count if self.count else math.nan

    def percentile_s(self, share: float) -> float:
        """Give the latency that `share` (0..1) of the requests do not exceed; NaN without one.

        >>> round(LatencyHistogram(2, slots={0: 1, 100: 1}).percentile_s(0.5), 6)
        0.0001
        """
        left = math.ceil(share * self.count)
        for slot in sorted(self.slots):
            left -= self.slots[slot]
            if left <= 0:
                return _middle_s(slot)
        return math.nan

    def slower_than(self, limit_s: float) -> int:
        """Count the requests that took longer than a limit."""
        return sum(count for slot, count in self.slots.items() if _middle_s(slot) > limit_s)


def _middle_s(slot: int) -> float:
    return _BEGIN_S * float(_WIDTH ** (slot + 0.5))


def merge(tallies: Iterable[LatencyHistogram]) -> LatencyHistogram:
    """Add up tallies."""
    made, slots = LatencyHistogram(), Counter[int]()
    for each in tallies:
        made.count += each.count
        made.failed += each.failed
        made.total_s += each.total_s
        slots.update(each.slots)
    made.slots = dict(slots)
    return made
