"""What is told of many measurements of one thing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Spread:
    """How measurements lie, in their own unit: least, median, 95th percentile, most."""

    count: int
    least: float
    median: float
    p95: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Return the spread of one value or more; raises ValueError for none, or for a NaN.

        >>> Spread.of([3.0, 1.0, 2.0]).median
        2.0
        """
        ordered = sorted(values)
        if not ordered:
            raise ValueError("nothing was measured: a spread needs one value at least")
        if any(math.isnan(value) for value in ordered):
            raise ValueError("a measurement is no number: leave it out, and say how many are")
        return cls(
            count=len(ordered),
            least=ordered[0],
            median=quantile(ordered, 0.5),
            p95=quantile(ordered, 0.95),
            most=ordered[-1],
        )


def quantile(ordered: list[float], share: float) -> float:
    """Return the quantile `share` (0..1) of the ordered values, interpolated between two.

    >>> quantile([0.0, 10.0], 0.95)
    9.5
    """
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
