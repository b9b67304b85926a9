"""Latency histogram with buckets 1 % wide: percentiles over all requests in bounded memory."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, field

_FIRST_BUCKET_S = 0.0001
_GROWTH = 1.01
_Count = Annotated[int, Meta(ge=0)]
_Bucket = Annotated[int, Meta(ge=0, le=4000)]


class LatencyHistogram(Struct):
    """The requests of one operation, or of several; latencies are in seconds.

    `slots` holds the count of each bucket: bucket n begins at 0.1 ms times 1.01 to the power of n.
    """

    count: _Count = 0
    failed: _Count = 0
    total_s: Annotated[float, Meta(ge=0)] = 0.0
    slots: dict[_Bucket, _Count] = field(default_factory=dict)

    def average_s(self) -> float:
        """Return the mean latency; NaN without requests."""
        return self.total_s / self.count if self.count else math.nan

    def percentile_s(self, share: float) -> float:
        """Return the latency that `share` (0..1) of the requests do not exceed; NaN without any.

        This is the nearest-rank percentile, within 1 %.

        >>> round(LatencyHistogram(2, slots={0: 1, 100: 1}).percentile_s(0.5), 6)
        0.0001
        """
        remaining = math.ceil(share * self.count)
        for bucket in sorted(self.slots):
            remaining -= self.slots[bucket]
            if remaining <= 0:
                return _middle_s(bucket)
        return math.nan

    def slower_than(self, limit_s: float) -> int:
        """Return the number of requests that took longer than `limit_s` seconds."""
        return sum(count for bucket, count in self.slots.items() if _middle_s(bucket) > limit_s)


def _middle_s(bucket: int) -> float:
    return _FIRST_BUCKET_S * float(_GROWTH ** (bucket + 0.5))


def merge(histograms: Iterable[LatencyHistogram]) -> LatencyHistogram:
    """Return the sum of several histograms."""
    merged, slots = LatencyHistogram(), Counter[int]()
    for histogram in histograms:
        merged.count += histogram.count
        merged.failed += histogram.failed
        merged.total_s += histogram.total_s
        slots.update(histogram.slots)
    merged.slots = dict(slots)
    return merged
