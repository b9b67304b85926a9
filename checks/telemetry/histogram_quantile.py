"""A quantile of a histogram, estimated from its cumulative buckets. Pure.

The estimate of Prometheus's `histogram_quantile` (`bucketQuantile` in its `promql/quantile.go`),
https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
"""

import math
from collections.abc import Iterable

from msgspec import Struct


class QuantileEstimate(Struct, frozen=True):
    """A quantile in the unit of the histogram's bounds, as a rule seconds.

    The quantile is over `low` and at most `high`, the bounds of its bucket; where in between is not
    known, and `value` is only an estimate.
    """

    value: float
    low: float
    high: float

    @property
    def is_beyond(self) -> bool:
        """Whether it lies in the +Inf bucket, over the highest finite bound, which is `value`.

        Prometheus returns that bound as if it were the quantile.
        """
        return self.high == math.inf

    def exceeds(self, limit: float) -> bool | None:
        """Whether the quantile is over a limit for sure; None if the limit is inside its bucket.

        >>> estimate = QuantileEstimate(0.2, 0.1, 0.3)
        >>> estimate.exceeds(0.1), estimate.exceeds(0.25), estimate.exceeds(0.3)
        (True, None, False)
        """
        return is_over((self.low, self.high), limit)


def is_over(between: tuple[float, float], limit: float) -> bool | None:
    """Return whether what is over one bound and at most another is over a limit; None if unknown.

    A bound that was written in another unit, or in decimals, equals the limit all the same.

    >>> is_over((0.246065832, 0.268435456), 268.435456 / 1000)
    False
    """
    low, high = between
    if low > limit or is_same(low, limit):
        return True
    return False if high < limit or is_same(high, limit) else None


def is_same(bound: float, limit: float) -> bool:
    """Whether two numbers differ by no more than their arithmetic does."""
    return math.isclose(bound, limit, rel_tol=1e-9)


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
    QuantileEstimate(value=0.15000000000000002, low=0.1, high=0.2)
    >>> estimate_quantile(0.99, [(0.1, 40.0), (0.2, 60.0), (math.inf, 100.0)])
    QuantileEstimate(value=0.2, low=0.2, high=inf)
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
            value = low + (bound - low) * (rank - below) / (count - below)
            return QuantileEstimate(value, low, bound)
        low, below = bound, max(below, count)
    return QuantileEstimate(ordered[-2][0], ordered[-2][0], math.inf)
