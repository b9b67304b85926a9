"""Against a real Prometheus whose last day is written beforehand; hostile answers by stand-ins."""

import asyncio
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from checks.budget import ErrorBudget
from checks.core.base import Outcome, Result
from checks.core.errors import UnsetVariableError
from checks.core.run_check import run_check
from tests.checks.kit import WrongError, read, silent, talking
from tests.checks.peers import (
    HOSTILE,
    answering,
    dripping,
    endless,
    hurried,
    refusing,
    remembering,
)

pytestmark = pytest.mark.xdist_group("prometheus")

DAY_S, STEP_S = 86400, 60
NOW_S = int(time.time())
LE = ("0.1", "0.25", "0.5", "+Inf")


def history() -> Iterator[str]:
    """Write a day of a service by minute: a counter, a histogram, `up` and the bypasses, by job."""
    yield "# TYPE http_requests counter\n"
    yield from series("http_requests_total", {"job": "fine", "code": "200"}, 70)
    yield from series("http_requests_total", {"job": "fine", "code": "500"}, 0.1)
    yield from series("http_requests_total", {"job": "spent", "code": "200"}, 70)
    yield from series("http_requests_total", {"job": "spent", "code": "503"}, 1)
    yield from series("http_requests_total", {"job": "hot", "code": "200"}, 70)
    yield from series("http_requests_total", {"job": "hot", "code": "500"}, 14, since=DAY_S - 1200)
    yield from series("http_requests_total", {"job": "short", "code": "200"}, 70, since=78600)
    yield from series("http_requests_total", {"job": "few", "code": "200"}, 0.1)
    yield from series("http_requests_total", {"job": "gone", "code": "200"}, 70, until=DAY_S - 900)
    yield from series("http_requests_total", {"job": "born", "code": "200"}, 70)
    yield from series("http_requests_total", {"job": "born", "code": "500"}, 0, since=40000, at=9)
    yield from series("http_requests_total", {"job": "bare", "status": "200"}, 70)
    yield "# TYPE seconds histogram\n"
    for job, counts in (("fine", (60, 69.5, 70, 70)), ("slow", (1, 2, 60, 70))):
        for bound, rate in zip(LE, counts, strict=True):
            yield from series("seconds_bucket", {"job": job, "le": bound}, rate)
    yield "# TYPE up gauge\n"
    for job, down in (("fine", 1), ("down", 3)):
        for minute in range(DAY_S // STEP_S):
            value = 0 if 100 <= minute < 100 + down else 1
            yield f'up{{job="{job}"}} {value} {NOW_S - DAY_S + minute * STEP_S}\n'
    yield "# TYPE got_in counter\n"
    yield from series("got_in_total", {}, 0)
    yield "# TYPE broke_in counter\n"
    yield from series("broke_in_total", {}, 0, since=50000, at=2)
    yield "# EOF\n"


def series(
    name: str,
    labels: dict[str, str],
    rate: float,
    *,
    since: int = 0,
    until: int = DAY_S,
    at: int = 0,
) -> Iterator[str]:
    """Write a counter that grows by `rate` a minute, from `at`, between two seconds of the day."""
    text = ",".join(f'{label}="{value}"' for label, value in labels.items())
    for number, second in enumerate(range(since, until + 1, STEP_S)):
        yield f"{name}{{{text}}} {at + number * rate:g} {NOW_S - DAY_S + second}\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Prometheus that scrapes nothing and remembers a day."""
    with remembering(tmp_path_factory.mktemp("day"), history()) as address:
        yield address


def check(**options: Any) -> ErrorBudget:
    given = {"check": "budget", "url": "${PROMETHEUS_URL}", "latency": "seconds_bucket", **options}
    return read(ErrorBudget, **given)


async def ask(url: str, **options: Any) -> Result:
    env = {"PROMETHEUS_URL": url}
    return await asyncio.wait_for(run_check(check(**options), hurried(**env)), 20)


def of(job: str, **options: Any) -> dict[str, Any]:
    return {"labels": {"job": job}, **options}


@pytest.mark.outcome("budget", "passed")
async def test_all_is_kept_over_the_whole_window(url: str) -> None:
    everything = {"p95": "250ms", "p99": "500ms", "available": "99.9 %", "bypass": "got_in_total"}
    seen = await ask(url, **of("fine", share="0.5 %", up_labels={"job": "fine"}, **everything))
    assert seen.outcome is Outcome.PASSED, seen
    assert "of the error budget spent: 144 of 50" in seen.evidence
    assert seen.details[1].startswith("p95 ")
    assert "down 1m" in seen.details[3]
    assert "of 1m26s allowed" in seen.details[3]
    assert "covers 24h of 24h" in seen.evidence
    assert seen.figures["spent"] == pytest.approx(0.285, abs=0.01)
    assert seen.figures["burn_2h"] == pytest.approx(0.285, abs=0.02)
    assert seen.figures["factor_30m"] == pytest.approx(4.8)
    assert seen.figures["gone_in_s"] / 3600 == pytest.approx(60, rel=0.05)
    assert 0.1 < seen.figures["p95_s"] < 0.25 < seen.figures["p99_limit_s"] == 0.5


async def test_the_stricter_of_two_limits_holds(url: str) -> None:
    seen = await ask(url, **of("fine", share="0.5 %", errors=100, requests=100_000))
    assert seen.outcome is Outcome.FAILED
    assert "0.1 % of requests may fail" in seen.evidence
    assert check(share="0.5 %", errors=432).allowed == 0.00432


@pytest.mark.outcome("budget", "failed")
async def test_a_budget_that_is_spent_has_failed(url: str) -> None:
    seen = await ask(url, **of("spent", share="0.5 %"))
    assert seen.outcome is Outcome.FAILED
    assert seen.figures["spent"] > 2.7
    assert seen.figures["left"] == 0
    assert seen.figures["gone_in_s"] == 0


async def test_a_budget_that_burns_too_fast_says_when_it_is_gone(url: str) -> None:
    seen = await ask(url, **of("hot", share="0.5 %"))
    assert "times too fast over 30m, gone in " in seen.details[0]
    assert seen.figures["burn_5m"] > 30


@pytest.mark.law(1)
async def test_law_1_within_so_far_is_unknown_until_the_window_is_covered(url: str) -> None:
    seen = await ask(url, **of("short", share="0.5 %"))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("covers 2h")
    assert "of 24h, within so far: 0 % of the error budget spent: 0 of " in seen.evidence
    assert seen.figures["covered_s"] == pytest.approx(7800, abs=300)


async def test_a_failure_that_gives_birth_to_its_series_is_counted(url: str) -> None:
    """Prometheus's own `increase` sees none of these nine."""
    seen = await ask(url, **of("born", share="0.5 %"))
    assert seen.figures["failures"] == pytest.approx(9, abs=0.1)


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("job", "evidence"),
    [
        ("gone", "there is no data of http_requests_total now"),
        ("nobody", "there is no data of http_requests_total now"),
        ("few", "144 requests, 1000 needed"),
        ("bare", "no series of http_requests_total has a label code: failures cannot be told"),
    ],
)
async def test_law_1_what_cannot_be_measured_is_unknown(url: str, job: str, evidence: str) -> None:
    seen = await ask(url, **of(job, share="0.5 %"))
    assert seen.outcome is Outcome.UNKNOWN
    assert evidence in seen.evidence


async def test_latency_over_its_limit_and_beyond_every_bucket(url: str) -> None:
    slow = await ask(url, **of("slow", p95="250ms", p99="500ms"))
    assert slow.outcome is Outcome.FAILED
    assert "p95 is over 500 ms, its last bucket, limit 250 ms" in slow.evidence
    beyond = await ask(url, **of("slow", p95="2s"))
    assert beyond.outcome is Outcome.UNKNOWN, "how far beyond nobody knows"


async def test_more_downtime_than_allowed_has_failed(url: str) -> None:
    seen = await ask(url, available="99.9 %", up_labels={"job": "down"})
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("down 3m")
    assert seen.figures["down_s"] == pytest.approx(180, abs=30)


async def test_one_request_without_a_token_has_failed(url: str) -> None:
    seen = await ask(url, bypass="broke_in_total")
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("2 requests got in without a token")
    assert (await ask(url, bypass="no_such_metric")).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "there is no limit: set `share`"),
        ({"share": "0.5 %", "window": "1m"}, "must be at least 5m"),
        ({"share": "0.5 %", "failed": {}}, "every request would count as failed"),
        ({"share": "0.5 %", "of": 'x{a="b"}'}, "does not fit"),
        ({"share": "0.5 %", "failed": {"code": "(?!2..).*"}}, "code: .* looks around itself"),
        ({"share": "0.5 %", "token": "hush"}, "this is a secret"),
    ],
)
def test_what_a_card_may_not_say(options: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongError, match=words):
        check(**options)


async def test_a_label_s_value_is_no_query(url: str) -> None:
    seen = await ask(url, labels={"job": 'fine"} or vector(1) #'}, share="0.5 %")
    assert seen.outcome is Outcome.UNKNOWN
    assert "there is no data" in seen.evidence


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_answer_is_unknown(name: str) -> None:
    async with answering({"GET /api/v1/query": HOSTILE[name]}) as url:
        seen = await ask(url, share="0.5 %")
    assert seen.outcome is Outcome.UNKNOWN
    assert len(seen.evidence) < 400


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "none"])
async def test_what_is_no_number_is_unknown(value: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        asked = request.query["query"]
        result: Any = [NOW_S, str(NOW_S)]
        kind = "scalar"
        if asked != "time()":
            kind, result = "vector", [{"metric": {}, "value": [NOW_S, value]}]
        said = {"status": "success", "data": {"resultType": kind, "result": result}}
        return web.Response(text=json.dumps(said), content_type="application/json")

    async with answering({"GET /api/v1/query": handler}) as url:
        seen = await ask(url, share="0.5 %", p95="250ms", available="99.9 %")
    assert seen.outcome is Outcome.UNKNOWN
    assert all(math.isfinite(figure) for figure in seen.figures.values())


@pytest.mark.outcome("budget", "unknown")
async def test_it_ends_in_time_and_shows_no_secret() -> None:
    for talk in (silent, endless, dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{")):
        async with talking(talk) as port:
            seen = await ask(f"http://127.0.0.1:{port}", share="0.5 %", timeout="200ms")
        assert seen.outcome is Outcome.UNKNOWN
    async with answering({"GET /api/v1/query": refusing(401, error="no tok-91ab3c7e here")}) as url:
        env = {"PROMETHEUS_URL": url, "T": "tok-91ab3c7e"}
        seen = await run_check(check(share="0.5 %", token="${T}"), hurried(**env))
    assert seen.outcome is Outcome.UNKNOWN
    assert "tok-91ab3c7e" not in seen.evidence
    with pytest.raises(UnsetVariableError):
        await check(share="0.5 %").run(hurried())


def test_its_label_says_what_must_be_kept(tmp_path: Path) -> None:
    assert check(share="1 %", p95="1s").label() == "budget of 24h: errors, latency"
