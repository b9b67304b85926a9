"""The test trip: a monitor is proven by its own page with a fault in it, or named as no watch."""

import gzip
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from aiohttp import web

from checks.core.base import Outcome, Result, Target, Tools
from cockpit.card.model.monitors import (
    AnyMonitor,
    CheckMonitor,
    MetricsMonitor,
    MonitorEntry,
    PrometheusMonitor,
)
from cockpit.foundation.clock import SystemClock
from cockpit.monitors.trial import proven
from tests.checks.kit import read
from tests.clocks import ManualClock
from tests.monitors.pages import buckets_page, errors, prometheus, requests_page, scraped
from tests.monitors.servers import serving

SECONDS = "http_request_duration_seconds"
BUCKETS = {"0.1": 90, "0.25": 96, "0.5": 99, "+Inf": 100}
COARSE = {"0.1": 90, "0.3": 100, "1": 100, "+Inf": 100}
LATENCY = buckets_page({"10": 9, "100": 9, "250": 9, "+Inf": 10})
VECTOR = '{"status":"success","data":{"resultType":"vector","result":[%s]}}'
VALUE = '{"metric":{},"value":[STAMP,"%s"]}'


@asynccontextmanager
async def tools(*bodies: str, status: int = 200) -> AsyncIterator[Tools]:
    """Serve the bodies in turn, the last one for ever, at `${URL}`."""
    queue = list(bodies)

    async def answer(request: web.Request) -> web.Response:
        text = queue.pop(0) if len(queue) > 1 else queue[0]
        if "timestamp(" in request.query.get("query", "") and status == 200:
            text = VECTOR % (VALUE % "STAMP")  # the instants of the samples that are read
        return web.Response(status=status, text=text.replace("STAMP", str(time.time())))

    async with serving(answer) as url:
        yield Tools(
            folder=Path(),
            env={"URL": url},
            clock=SystemClock(),
            http=lambda _: httpx.AsyncClient(timeout=None, trust_env=False),
            target=Target(url=url),
        )


async def tried(monitor: AnyMonitor, *bodies: str, status: int = 200) -> Result:
    async with tools(*bodies, status=status) as made:
        return await proven(monitor, made, ManualClock())


def p95(**options: Any) -> MetricsMonitor:
    return scraped(
        **{"of": SECONDS, "quantile": 0.95, "above": "250ms", "url": "${URL}", **options}
    )


def share(**options: Any) -> MetricsMonitor:
    return errors(**{"url": "${URL}", **options})


def rate(**options: Any) -> MetricsMonitor:
    given = {"rate": {"code": "401|403"}, "above": "100/min", "url": "${URL}"}
    return scraped(**{**given, **options})


def asked(**options: Any) -> PrometheusMonitor:
    return prometheus(**{"url": "${URL}", **options})


def checked(**options: Any) -> CheckMonitor:
    given = {
        "source": "check",
        "monitor": "open",
        "check": {"check": "http", "path": "/", "timeout": "10m"},
    }
    made = read(AnyMonitor, **{**given, **options})
    assert isinstance(made, CheckMonitor)
    return made


PROVEN: Mapping[str, tuple[AnyMonitor, str, str]] = {
    "quantile": (p95(**{"for": "5m"}), buckets_page(BUCKETS), "5m01s"),
    "quantile-in-milliseconds": (
        p95(of="latency_ms"),
        buckets_page({"100": 9, "250": 10, "500": 10, "+Inf": 10}).replace(SECONDS, "latency_ms"),
        "1 s",
    ),
    "quantile-in-declared-milliseconds": (
        p95(of="latency"),
        f"# UNIT latency milliseconds\n{LATENCY}".replace(SECONDS, "latency"),
        "1 s",
    ),
    "quantile-at-a-chosen-bound": (p95(bound="300ms"), buckets_page(COARSE), "1 s"),
    "quantile-by-version": (p95(by="version"), buckets_page(BUCKETS), "1 s"),
    "share": (share(**{"for": "2m"}), requests_page(c200_1=9, c503_1=1), "2m01s"),
    "share-without-a-failure-yet": (share(), requests_page(c200_1=9), "1 s"),
    "share-of-classes": (
        share(),
        'http_requests_total{code="2xx"} 9\n',
        "1 s",
    ),
    "share-of-zero": (share(above="0 %"), requests_page(c200_1=9), "1 s"),
    "share-of-a-trillionth": (share(above="0.0001 %"), requests_page(c200_1=9), "1 s"),
    "share-with-many-samples": (share(samples=5000), requests_page(c200_1=9), "1 s"),
    "rate": (rate(), requests_page(c200_1=9), "30 s"),
    "rate-of-all": (rate(rate={}), "http_requests_total 9\n", "30 s"),
    "escaped": (share(), 'http_requests_total{code="200",path="a\\"\\\\\\n{}"} 9\n', "1 s"),
    "prometheus": (asked(**{"for": "1m"}), VECTOR % (VALUE % 0.1), "1m01s"),
    "prometheus-count": (
        asked(count="count(up)", samples=60),
        VECTOR % (VALUE % 0.1),
        "1 s",
    ),
    "check": (checked(every="20s"), "", "20 s"),
    "check-figure": (
        checked(
            check={"check": "clock", "timeout": "10m"},
            figure="target_offset_s",
            above="10s",
            every="20s",
        ),
        "",
        "20 s",
    ),
}


@pytest.mark.parametrize("kind", get_args(AnyMonitor))
def test_every_monitor_of_the_union_is_proven(kind: type[MonitorEntry]) -> None:
    assert any(isinstance(monitor, kind) for monitor, _, _ in PROVEN.values())


@pytest.mark.law(1)
@pytest.mark.parametrize("case", PROVEN)
async def test_a_monitor_that_would_trip_is_proven_with_the_time_that_takes(case: str) -> None:
    monitor, body, lasts = PROVEN[case]
    result = await tried(monitor, body)
    assert result.evidence.partition(" (tried")[0] == f"proven 02:00Z, would trip in {lasts}"
    assert result.outcome is Outcome.PASSED


UNPROVEN: Mapping[str, tuple[AnyMonitor, str, str]] = {
    "no-label": (share(), 'http_requests_total{method="GET"} 9\n', "has the label code"),
    "no-family": (share(), "up 1\n", "has no http_requests"),
    "no-series": (share(), "# TYPE http_requests counter\n", "no series of http_requests yet"),
    "summary": (p95(), f"# TYPE {SECONDS} summary\n{SECONDS}_count 9\n", "is a summary"),
    "unset": (share(url="${UNSET}"), "", "UNSET is not set"),
    "no-series-of-prometheus": (asked(), VECTOR % "", "gave no series"),
    "no-number": (asked(), VECTOR % (VALUE % "NaN"), "is no number"),
    "no-figure": (checked(figure="query_s", above="1s"), "", "no query_s"),
}


@pytest.mark.law(1)
@pytest.mark.parametrize("case", UNPROVEN)
async def test_a_monitor_that_cannot_be_tried_is_unknown_with_the_reason(case: str) -> None:
    monitor, body, reason = UNPROVEN[case]
    result = await tried(monitor, body)
    assert result.outcome is Outcome.UNKNOWN
    assert reason in result.evidence


@pytest.mark.law(1)
async def test_a_dead_target_proves_nothing() -> None:
    for monitor in (share(), asked()):
        result = await tried(monitor, "", status=503)
        assert (result.outcome, "503" in result.evidence) == (Outcome.UNKNOWN, True)


@pytest.mark.law(1)
async def test_a_compressed_page_is_refused_before_it_is_unfolded() -> None:
    async def answer(_: web.Request) -> web.Response:
        packed = gzip.compress(requests_page(c200_1=9).encode())
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with serving(answer) as url:
        made = Tools(
            folder=Path(),
            env={},
            clock=SystemClock(),
            http=lambda _: httpx.AsyncClient(timeout=None, trust_env=False),
            target=Target(url=url),
        )
        result = await proven(share(url=url), made, ManualClock())
    assert result.outcome is Outcome.UNKNOWN
    assert "answered compressed" in result.evidence


@pytest.mark.law(1)
async def test_a_service_without_traffic_yet_is_told_what_would_prove_it() -> None:
    result = await tried(share(), "# TYPE http_requests counter\n")
    assert "its page is right, but no series of http_requests yet" in result.evidence
    assert "send the service a request, then run this line again" in result.evidence


@pytest.mark.law(1)
async def test_a_code_that_has_not_come_yet_is_said() -> None:
    result = await tried(share(), requests_page(c200_1=9))
    assert result.evidence.endswith(" (tried with code 500, which has not come yet)")


@pytest.mark.law(1)
async def test_several_processes_behind_one_address_prove_nothing() -> None:
    start = "process_start_time_seconds %s\n"
    pages = [start % (number % 2 + 7) + requests_page(c200_1=9) for number in range(4)]
    result = await tried(share(), *pages)
    assert result.outcome is Outcome.UNKNOWN
    assert "answers come from more than one process" in result.evidence


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("monitor", "body"),
    [
        (share(above="100 %"), requests_page(c200_1=9)),
        (p95(above="600ms"), buckets_page(BUCKETS)),
        (p95(), buckets_page(COARSE)),
    ],
    ids=["a-share-over-100", "a-limit-beyond-the-buckets", "a-limit-between-two-bounds"],
)
async def test_a_monitor_that_would_not_trip_has_failed(monitor: AnyMonitor, body: str) -> None:
    result = await tried(monitor, body)
    assert result.outcome is Outcome.FAILED
    assert result.evidence.startswith("would not trip: with a value a fifth over ")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("label", "values", "pattern", "says"),
    [
        ("code", ("200", "500"), "5", "nor any of their form"),
        ("code", ("200", "500"), "5*", "`5*` repeats that digit, `5..` is any three"),
        ("code", ("200",), "5*", "`5*` repeats that digit, `5..` is any three"),
        ("code", ("200", "500"), "5.. ", "is `500` meant?"),
        ("status", ("2xx", "5xx"), "5", "nor any of their form"),
        ("code", ("OK", "ERROR"), "error", "is `ERROR` meant?"),
        ("outcome", ("SUCCESS", "SERVER_ERROR"), "SERVER_ERR", "is `SERVER_ERROR` meant?"),
        ("success", ("true", "false"), "no", "nor any of their form"),
        ("code", ("200", "500"), "error", "nor any of their form"),
    ],
)
async def test_a_value_that_may_never_come_proves_nothing(
    label: str, values: tuple[str, ...], pattern: str, says: str
) -> None:
    """Law 1: it was proven with a code 5, which no service ever sends, and was green."""
    monitor = scraped(share={label: pattern}, url="${URL}")
    result = await tried(monitor, _page_of(label, values))
    assert result.outcome is Outcome.UNKNOWN
    assert says in result.evidence


@pytest.mark.parametrize(
    ("label", "values", "pattern"),
    [
        ("code", ("200",), "5.."),
        ("code", ("200",), "5.*"),
        ("code", ("200", "404"), "50[03]"),
        ("code", ("200", "500"), "503"),
        ("status", ("2xx",), "5xx"),
        ("success", ("true",), "false"),
        ("grpc_code", ("OK",), "Internal|Unavailable"),
        ("outcome", ("SUCCESS",), "SERVER_ERROR"),
    ],
)
async def test_a_value_that_may_well_come_proves_a_monitor(
    label: str, values: tuple[str, ...], pattern: str
) -> None:
    monitor = scraped(share={label: pattern}, url="${URL}")
    result = await tried(monitor, _page_of(label, values))
    assert result.outcome is Outcome.PASSED, result.evidence
    assert "which has not come yet" in result.evidence


def _page_of(label: str, values: tuple[str, ...]) -> str:
    lines = (f'http_requests_total{{{label}="{value}"}} 4000\n' for value in values)
    return "# TYPE http_requests counter\n" + "".join(lines)
