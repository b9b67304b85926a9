"""What the router measures of the requests that pass through it, for `/metrics`."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

# the SLO's bound, 0.25 s, is a bound here: the share over it is then exact, not interpolated
BUCKETS_S = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip


class RequestMetrics:
    """`http_requests_total{version,path,code}` and `http_request_duration_seconds{version}`.

    `path` is a path template or `other`, so the number of series is bounded; `version` is the one
    that answered, or `router` for a refusal of the router's own (which has no duration).
    `http_unauthenticated_successes_total` has no label: it is there, at zero, before it counts.
    """

    def __init__(self, versions: tuple[str, ...]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests",
            "Requests answered",
            ["version", "path", "code"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Seconds to answer, seen at the router",
            ["version"],
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._let_in = Counter(
            "http_unauthenticated_successes",
            "2xx answers of public operations to requests without an Authorization header",
            registry=self._registry,
        )
        for version in versions:  # a series that begins at zero, not one that is missing
            self._seconds.labels(version)

    def served(self, version: str, path: str, code: int, seconds: float) -> None:
        """Count an answer of a version."""
        self._requests.labels(version, path, str(code)).inc()
        self._seconds.labels(version).observe(seconds)

    def let_in(self) -> None:
        """Count a success of a public operation that nobody was asked a token for."""
        self._let_in.inc()

    def refused(self, path: str, code: int) -> None:
        """Count a refusal of the router's own."""
        self._requests.labels("router", path, str(code)).inc()

    def exposition(self) -> bytes:
        """Give the metrics in Prometheus' text format."""
        return generate_latest(self._registry)
