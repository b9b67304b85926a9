"""A budget by the stand-in for Prometheus, and by a real one with the same scrapes."""

import asyncio
import contextlib
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from aiohttp import web

from checks.budget import ErrorBudget
from checks.core.base import Outcome, Result
from checks.core.run_check import run_check
from checks.telemetry.counter_increase import selector
from cockpit.monitors.exposition import MetricSample, MetricsPage, parse
from cockpit.rehearsal.observatory.history import JOB, History
from cockpit.rehearsal.observatory.prometheus import application
from cockpit.rehearsal.observatory.selector import Selector
from cockpit.rehearsal.observatory.series import LatestSeries
from cockpit.rehearsal.observatory.shapes import evaluate
from tests.checks.kit import read
from tests.checks.peers import hurried, remembering

SECONDS = 1200
RESTART, ERRORS, GONE = 700, 500, range(301, 316)
EVERYTHING = {
    "share": "0.5 %",
    "p95": "250ms",
    "p99": "500ms",
    "available": "90 %",
    "bypass": "http_unauthenticated_successes_total",
}


def page(**counts: float) -> MetricsPage:
    """Build a metrics page: requests by status code, and a histogram of their latencies."""
    requests, bucket = "http_requests_total", "http_request_duration_seconds_bucket"
    lines = [f'{requests}{{version="2.5.0",code="{code}"}} {n}' for code, n in counts.items()]
    shares = {"0.1": 0.5, "0.25": 0.96, "0.5": 0.995, "+Inf": 1.0}
    for bound, share in shares.items():
        lines.append(f'{bucket}{{version="2.5.0",le="{bound}"}} {sum(counts.values()) * share}')
    lines.append("http_unauthenticated_successes_total 0")
    families = {name.rpartition("_")[0] for name in (requests, bucket, lines[-1].split()[0])}
    found = parse("".join(f"{line}\n" for line in lines), families)
    assert isinstance(found, MetricsPage)
    return found


def scraped(second: int) -> MetricsPage | None:
    """Return the page of one second: none while the scrape fails, lower after a restart."""
    if second in GONE:
        return None
    since = second - RESTART if second >= RESTART else second
    counts = {"c200": 60.0 * since}
    if second >= ERRORS:
        counts["c503"] = 7 + since // 10
    return page(**{code[1:]: count for code, count in counts.items()})


def remembered(began_s: float, *, seconds: int = SECONDS) -> History:
    history = History()
    for second in range(seconds):
        history.add(began_s + second, scraped(second))
    return history


def past(began_s: float) -> Iterator[str]:
    """Write the same as OpenMetrics, with the series that Prometheus adds to a scrape."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for second in range(SECONDS):
        found, stamp = scraped(second), f"{began_s + second:.3f}"
        lines["up"].append(f'up{{job="{JOB}"}} {0 if found is None else 1} {stamp}\n')
        for sample in found.samples if found else ():
            labels = ",".join(f'{k}="{v}"' for k, v in (*sample.labels, ("job", JOB)))
            name = f"{sample.name}{{{labels}}}"
            lines[name].append(f"{name} {sample.value} {stamp}\n")
    kinds = {"http_requests": "counter", "http_request_duration_seconds": "histogram"}
    for family, kind in {
        **kinds,
        "http_unauthenticated_successes": "counter",
        "up": "gauge",
    }.items():
        yield f"# TYPE {family} {kind}\n"
        for name in sorted(name for name in lines if name.startswith(family)):
            yield from lines[name]
    yield "# EOF\n"


@contextlib.asynccontextmanager
async def standing_in(history: History) -> AsyncIterator[str]:
    """Serve a history by the stand-in, and yield its URL."""
    series = LatestSeries("http://127.0.0.1:1", [])
    series.history = history
    runner = web.AppRunner(application(series, "http://127.0.0.1:1"), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()


async def budget(url: str, **options: Any) -> Result:
    check = read(ErrorBudget, check="budget", url="${PROMETHEUS_URL}", **options)
    return await asyncio.wait_for(run_check(check, hurried(PROMETHEUS_URL=url)), 20)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, float]]:
    """Yield the URL of a real Prometheus, and the time at which its data begins."""
    began_s = time.time() // 60 * 60 - SECONDS
    with remembering(tmp_path_factory.mktemp("past"), past(began_s)) as address:
        yield address, began_s


@pytest.mark.xdist_group("prometheus")
@pytest.mark.parametrize("window", ["5m", "15m", "24h"])
@pytest.mark.parametrize("labels", [{}, {"version": "2[.]5.*", "job": JOB}])
async def test_a_budget_is_the_same_by_the_real_prometheus(
    real: tuple[str, float], window: str, labels: dict[str, str]
) -> None:
    """Its imported data has no staleness markers, so it may count one step of 15 s more."""
    address, began_s = real
    options = {**EVERYTHING, "window": window, "labels": labels}
    async with standing_in(remembered(began_s)) as url:
        asked = budget(url, **options), budget(address, **options)
        ours, theirs = await asyncio.gather(*asked)
    assert ours.outcome is theirs.outcome
    assert theirs.figures["requests"] > 10_000
    assert ours.figures.keys() == theirs.figures.keys()
    near = {name: pytest.approx(value, rel=0.02) for name, value in theirs.figures.items()}
    near["covered_s"] = pytest.approx(theirs.figures["covered_s"], abs=15)
    assert ours.figures == near


@pytest.mark.law(1)
async def test_law_1_a_young_rehearsal_is_within_so_far() -> None:
    async with standing_in(remembered(time.time() - 299, seconds=300)) as url:
        seen = await budget(url, **EVERYTHING)
        odd = await budget(url, share="1 %", of="other_requests_total")
    assert seen.outcome is Outcome.UNKNOWN
    assert "of 24h, within so far: 0 % of the error budget spent: 0 of " in seen.evidence
    assert seen.figures["bypasses"] == 0
    assert odd.evidence == "there is no data of other_requests_total now"


async def test_errors_spend_the_budget() -> None:
    history, began_s = History(), time.time() - 120
    for second in range(120):
        history.add(began_s + second, page(**{"200": 60 * second, "500": 40 * second}))
    async with standing_in(history) as url:
        seen = await budget(url, share="0.5 %", window="5m")
    assert seen.outcome is Outcome.FAILED
    assert seen.figures["left"] == 0


REQUESTS = selector("http_requests_total", {"version": "2.*"})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"count({REQUESTS})", 1),
        (f'count({REQUESTS[:-1]},code!=""}})', 1),
        (f'count({REQUESTS[:-1]},code="503"}})', None),
        (f'count({REQUESTS[:-1]},version!~"2.5.0"}})', None),
        ("count(up{})", 1),
        ('count(up{job=~"acme"})', None),
        ("avg_over_time((max(up{}))[300s:15s])", 19 / 20),
        (f"count_over_time((count({REQUESTS}))[300s:15s])", 19),
        (f"sum(increase({REQUESTS}[300s]))", 299 * 60),
        (f"sum(min_over_time({REQUESTS}[600s]) unless ({REQUESTS} offset 600s))", 0),
        (f"sum(min_over_time({REQUESTS}[30s]) unless ({REQUESTS} offset 30s))", None),
    ],
)
def test_each_shape(query: str, found: float | None) -> None:
    """At 400 s; the scrapes of 301 s to 315 s had failed."""
    history = remembered(1_500_000_000.0, seconds=401)
    samples = evaluate(query, history, 1_500_000_400.0)
    assert samples == ({} if found is None else {(): pytest.approx(found)})


def test_what_began_in_the_window_counts_from_zero_and_a_restart_too() -> None:
    history, errors = remembered(0.0, seconds=751), selector("http_requests_total", {"code": "5.."})
    query = f"sum(min_over_time({errors}[300s]) unless ({errors} offset 300s))"
    assert evaluate(query, history, 600.0) == {(): 57}
    assert evaluate(f"sum(increase({errors}[300s]))", history, 600.0) == {(): 10}
    fine = selector("http_requests_total", {"code": "200"})
    grown = evaluate(f"sum(increase({fine}[100s]))", history, 750.0)
    assert grown == {(): 48 * 60 + 50 * 60}


def test_a_day_that_was_thinned_out_is_small_and_gives_the_same() -> None:
    history, hours = History(), 27
    for second in range(0, hours * 3600, 5):
        requests = MetricSample("http_requests_total", (("version", "2.5.0"),), 10.0 * second)
        history.add(second, None if second % 3600 < 60 else MetricsPage((requests,), frozenset()))
    assert len(history.select(Selector.parse(REQUESTS), 0.0, math.inf)) == 25 * 240 + 600 / 5
    now_s = hours * 3600 - 1.0
    grown = evaluate(f"sum(increase({REQUESTS}[86400s]))", history, now_s)
    assert grown[()] == pytest.approx(864_000, rel=0.001)
    steps = evaluate(f"count_over_time((count({REQUESTS}))[86400s:60s])", history, now_s)
    assert steps == {(): 24 * 59}
    answered = evaluate("avg_over_time((max(up{}))[86400s:15s])", history, now_s)
    assert answered == {(): pytest.approx(59 / 60)}


def test_a_scrape_that_failed_or_is_old_gives_nothing_now() -> None:
    history = remembered(0.0, seconds=400)
    assert evaluate(f"count({REQUESTS})", history, 305.0) == {}
    assert evaluate(f"count({REQUESTS})", history, 399.0 + 299) != {}
    assert evaluate(f"count({REQUESTS})", history, 399.0 + 300) == {}


@pytest.mark.parametrize(
    ("query", "time_", "reason"),
    [
        ("up", "1", "only knows the queries of the packaged card"),
        (
            "sum(rate(http_requests_total{}[5m]))",
            "1",
            "only knows the queries of the packaged card",
        ),
        ("count(up{job})", "1", "not a condition on a label"),
        ('count(up{job=~"("})', "1", "not a regular expression"),
        ("count(up{})", "inf", "not a time"),
        ("count(up{})", "soon", "could not convert"),
        (
            "count_over_time((count(up{}))[60s:0s])",
            "1",
            "only knows the queries of the packaged card",
        ),
        ("sum(increase(up{}[9999999999s]))", "1", "only knows the queries of the packaged card"),
    ],
)
async def test_what_is_not_known_is_refused_as_prometheus_refuses(
    query: str, time_: str, reason: str
) -> None:
    async with standing_in(remembered(0.0, seconds=3)) as url, httpx.AsyncClient() as http:
        got = await http.get(f"{url}/api/v1/query", params={"query": query, "time": time_})
    said = got.json()
    assert (got.status_code, said["status"], said["errorType"]) == (400, "error", "bad_data")
    assert reason in said["error"]


def test_a_window_or_an_instant_beyond_all_data_takes_no_time() -> None:
    history, query = remembered(0.0, seconds=3), "count_over_time((count(up{}))[999999999s:1s])"
    assert evaluate(query, history, 2.0) == {(): 3}
    assert evaluate(query, history, 1e300) == {}
