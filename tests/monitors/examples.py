"""An example of every monitor of the union `AnyMonitor`, with the replies that its source reads."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from checks.http import Http
from cockpit.card.model.monitors import (
    AnyMonitor,
    CheckMonitor,
    MetricsMonitor,
    MonitorEntry,
    PrometheusMonitor,
)
from tests.monitors.pages import errors, prometheus, scraped

VALUE = "VALUE"
STAMP = "STAMP"
NOW = "NOW"


class Replies(Struct, frozen=True):
    """The replies of a source's protocol, each with status 200.

    `right` is one that the source reads a value from. `VALUE` stands in it for each number that the
    value comes of, `STAMP` for the instant of the value and `NOW` for that of the reply, both in
    Unix seconds; a test fills them in. Where the source asks more than once, `beside` has the right
    reply to each request that contains a text. `empty` are the protocol's own replies that hold no
    data, `errors` those that report an error.
    """

    right: str
    empty: tuple[str, ...]
    errors: tuple[str, ...]
    beside: Mapping[str, str] = {}


class Example(Struct, frozen=True):
    """Makes a monitor that reads from an address within a timeout, as `10s`.

    A text in place of the replies says why there are none: such a source sends no request itself.
    """

    make: Callable[[str, str], AnyMonitor]
    replies: Replies | str


def page(*series: str) -> Replies:
    """Return the replies of a page with these series, each with a value and a stamp in ms."""
    lines = "".join(f"{one} {VALUE} {STAMP}000\n" for one in series)
    declared = "# TYPE http_requests_total counter\n"
    failed = "An error has occurred while serving metrics:\n\ncollected twice: http_requests\n"
    return Replies(lines, ("\n", declared, "# EOF\n"), (failed,))


def vector(number: str) -> str:
    """Return Prometheus's reply to a query with one number as its result."""
    result = f'[{{"metric": {{"job": "a"}}, "value": [{NOW}, "{number}"]}}]'
    return f'{{"status": "success", "data": {{"resultType": "vector", "result": {result}}}}}'


QUERIED = Replies(
    vector(VALUE),
    (
        '{"status": "success", "data": {"resultType": "vector", "result": []}}',
        '{"status": "success", "data": {"resultType": "matrix", "result": []}}',
        '{"status": "success"}',
    ),
    ('{"status": "error", "errorType": "timeout", "error": "the query timed out"}',),
    beside={"timestamp(": vector(STAMP)},
)
COUNTED = page(
    'http_requests_total{code="200",version="2"}', 'http_requests_total{code="503",version="2"}'
)
TIMED = page(
    'http_request_duration_seconds_bucket{le="0.25"}',
    'http_request_duration_seconds_bucket{le="+Inf"}',
)
DURATION = {"of": "http_request_duration_seconds", "above": "250ms", "quantile": 0.95}

EXAMPLES: Mapping[type[MonitorEntry], tuple[Example, ...]] = {
    MetricsMonitor: (
        Example(lambda url, timeout: scraped(url=url, timeout=timeout, **DURATION), TIMED),
        Example(
            lambda url, timeout: scraped(url=url, timeout=timeout, rate={"code": "5.."}, over="2s"),
            COUNTED,
        ),
        Example(lambda url, timeout: errors(url=url, timeout=timeout), COUNTED),
        Example(lambda url, timeout: errors(url=url, timeout=timeout, by="version"), COUNTED),
    ),
    PrometheusMonitor: (
        Example(lambda url, timeout: prometheus(url=url, timeout=timeout), QUERIED),
        Example(
            lambda url, timeout: prometheus(url=url, timeout=timeout, count="count(up)"), QUERIED
        ),
    ),
    CheckMonitor: (
        Example(
            lambda url, _: CheckMonitor(monitor="open", check=Http(path=url)),
            "its check asks: tests/checks/test_hostile.py holds every kind of check",
        ),
    ),
}
