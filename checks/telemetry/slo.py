"""What a service promises over a window, as a value: which series to read, and their limits."""

from collections.abc import Mapping

from msgspec import Struct


class Slo(Struct, frozen=True, kw_only=True):
    """A service level objective. Label values are regular expressions that match as a whole.

    A limit that is None is not part of it.
    """

    window_s: float
    requests: str
    """The counter of requests, and the `labels` that select its series."""
    labels: Mapping[str, str]
    failed: Mapping[str, str]
    """The labels of the requests that failed; never empty."""
    allowed: float | None
    """The ratio of requests that may fail, 0..1."""
    least: int
    """With fewer requests than this the failures are not judged."""
    latency: str
    """The histogram's `_bucket` series, in seconds."""
    p95_s: float | None
    p99_s: float | None
    up: str
    """The gauge that is 1 while an instance answers, and the `up_labels` that select its series."""
    up_labels: Mapping[str, str]
    available: float | None
    """The ratio of the window in which one instance must answer, 0..1."""
    bypass: str | None
    """The counter of requests that got in without a token, which must not grow."""
