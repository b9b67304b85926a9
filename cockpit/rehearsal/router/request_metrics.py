"""The metrics of the requests that the router serves, for `/metrics`."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

# the SLO's limit, 0.25 s, is a bucket bound: the share above it is exact, not interpolated
BUCKETS_S = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip


class RequestMetrics:
    """`http_requests_total{version,path,code}` and `http_request_duration_seconds{version}`.

    `path` is a path template or `other`, so the number of series is bounded. `version` is the one
    that responded, or `router` for a refusal by the router itself, which has no duration.
    `http_unauthenticated_successes_total` has no label, so it exists from the start, at zero.
    """

    def __init__(self, versions: tuple[str, ...]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests",
            "Requests served",
            ["version", "path", "code"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Response time in seconds, measured at the router",
            ["version"],
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._unauthenticated_successes = Counter(
            "http_unauthenticated_successes",
            "2xx responses of public operations to requests without an Authorization header",
            registry=self._registry,
        )
        for version in versions:  # the series exists from the start, at zero
            self._seconds.labels(version)

    def count_response(self, version: str, path: str, code: int, seconds: float) -> None:
        """Count a response of a version and its duration in seconds."""
        self._requests.labels(version, path, str(code)).inc()
        self._seconds.labels(version).observe(seconds)

    def count_unauthenticated_success(self) -> None:
        """Count a 2xx response of a public operation to a request without a token."""
        self._unauthenticated_successes.inc()

    def count_refusal(self, path: str, code: int) -> None:
        """Count a refusal by the router itself."""
        self._requests.labels("router", path, str(code)).inc()

    def exposition(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return generate_latest(self._registry)
