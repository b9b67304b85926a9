"""A quantile of a histogram, estimated from its cumulative buckets. Pure.

The estimate of Prometheus's `histogram_quantile` (`bucketQuantile` in its `promql/quantile.go`),
https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
"""

import math
from collections.abc import Iterable

from msgspec import Struct


class QuantileEstimate(Struct, frozen=True):
    """A quantile in the unit of the histogram's bounds, as a rule seconds.

    With `is_beyond` the quantile lies in the +Inf bucket: it is over `value`, the highest finite
    bound, and how far over is not known. Prometheus returns that bound as if it were the quantile.
    """

    value: float
    is_beyond: bool = False


def estimate_quantile(q: float, buckets: Iterable[tuple[float, float]]) -> QuantileEstimate | None:
    """Estimate the `q` quantile (0..1) from (upper bound, cumulative count) pairs, in any order.

    The observations of a bucket are taken as spread evenly over it. With `rank = q * total`, the
    quantile lies in the first bucket whose cumulative count reaches the rank, and is
    `low + (bound - low) * (rank - below) / (count - below)`, where `low` and `below` are the bound
    and the cumulative count of the bucket before. The lowest bucket starts at 0, or at its own
    bound if that is negative. Counts that fall from one bucket to the next, as a scrape in the
    middle of an update shows them, are levelled to the highest count before.

    None where there is nothing to estimate from: without an observation, without a finite bound, or
    without the +Inf bucket.

    >>> estimate_quantile(0.5, [(0.1, 40.0), (0.2, 60.0), (math.inf, 100.0)])
    QuantileEstimate(value=0.15000000000000002, is_beyond=False)
    >>> estimate_quantile(0.99, [(0.1, 40.0), (0.2, 60.0), (math.inf, 100.0)])
    QuantileEstimate(value=0.2, is_beyond=True)
    >>> estimate_quantile(0.95, [(0.1, 0.0), (math.inf, 0.0)]) is None
    True
    """
    ordered = sorted(buckets)
    if len(ordered) < 2 or ordered[-1][0] != math.inf:
        return None
    total = max(count for _, count in ordered)
    if not total > 0:
        return None
    rank, low, below = q * total, min(0.0, ordered[0][0]), 0.0
    for bound, count in ordered[:-1]:
        if count >= rank and count > below:
            return QuantileEstimate(low + (bound - low) * (rank - below) / (count - below))
        low, below = bound, max(below, count)
    return QuantileEstimate(ordered[-2][0], is_beyond=True)
