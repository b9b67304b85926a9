"""Prometheus's three faces of "no data", and the further ways of not answering, are all blind."""

import json
from typing import Any

import httpx
import pytest

from cockpit.monitors.prometheus import PrometheusSource
from cockpit.monitors.reading import Reading
from tests.clocks import ManualClock
from tests.monitors.pages import prometheus

STAMP_S = 1772330400.0  # 2026-03-01T02:00:00Z
DATE = {"Date": "Sun, 01 Mar 2026 02:00:00 GMT"}


def said(kind: str, result: Any) -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}})


def vector(*values: str, stamp_s: float = STAMP_S) -> str:
    return said("vector", [{"metric": {}, "value": [stamp_s, value]} for value in values])


FRESH = vector(f"{STAMP_S - 1}")


async def read(*answers: str, status: int = 200, stamps: str = FRESH, **options: Any) -> Reading:
    """Read once: these are the answers in turn, `stamps` that of the samples' instants."""
    given = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if "timestamp(" in request.url.params["query"]:
            return httpx.Response(200, text=stamps, headers=DATE)
        return httpx.Response(status, text=given.pop(0), headers=DATE)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        source = PrometheusSource(
            "http://127.0.0.1:9/", prometheus(**options), client, ManualClock()
        )
        return (await source.read())["p95"]


async def test_a_vector_of_one_or_a_scalar_is_a_value() -> None:
    reading = await read(vector("0.1111"))
    assert (reading.value, reading.samples) == (0.1111, 1)
    assert (await read(said("scalar", [STAMP_S, "3"]))).value == 3.0


async def test_the_count_is_asked_for_too() -> None:
    reading = await read(vector("0.2"), vector("412.7"), count="sum(increase(x[1m]))")
    assert (reading.value, reading.samples) == (0.2, 412)
    blind = await read(vector("0.2"), vector(), count="sum(increase(x[1m]))")
    assert blind.value is None
    assert blind.note.endswith("gave no series (the query for the count)")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (vector(), "gave no series"),
        (vector("NaN"), "gave NaN"),
        (vector("+Inf"), "gave +Inf"),
        (vector("1", "2"), "gave 2 series"),
        (vector("0.2", stamp_s=STAMP_S - 61), "1m01s old"),
        (said("matrix", []), "gave a matrix"),
        (said("string", [STAMP_S, "x"]), "gave a string"),
        (vector("abc"), "abc"),
        (said("vector", [{"metric": {}}]), "HTTP API"),
        (said("vector", 7), "HTTP API"),
        ("[]", "HTTP API"),
        ("[" * 100_000, "answer"),
        ("<html>", "JSON"),
        ('{"status": "error", "error": "query timed out"}', "query timed out"),
        ("x" * 300_000, "larger than 256 KiB"),
    ],
)
async def test_law_1_no_data_has_many_faces_and_all_are_blind(answer: str, words: str) -> None:
    reading = await read(answer)
    assert reading.value is None
    assert words in reading.note


@pytest.mark.law(1)
async def test_law_1_a_bad_query_is_blind_with_prometheus_s_own_words() -> None:
    body = '{"status": "error", "errorType": "bad_data", "error": "unexpected end of input"}'
    note = (await read(body, status=400)).note
    assert note == "http://127.0.0.1:9/ answered 400: unexpected end of input (the query)"


async def test_it_asks_with_its_timeout_and_looks_back_no_further_than_stale() -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, text=vector("1", stamp_s=1.0))

    monitor = prometheus(query='up{job="a"}', timeout="500ms", stale="30s")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await PrometheusSource("http://127.0.0.1:9/p", monitor, client, ManualClock()).read()
    assert asked[0].path == "/p/api/v1/query"
    more = {"timeout": "0.5", "lookback_delta": "30"}
    assert [dict(url.params) for url in asked] == [
        {"query": 'up{job="a"}', **more},
        {"query": 'timestamp(up{job="a"})', **more},
    ]


@pytest.mark.law(1)
async def test_law_1_an_answer_that_is_always_the_same_grows_old() -> None:
    """A cache between here and Prometheus repeats the last answer, its stamp included."""
    clock = ManualClock()

    def answer(request: httpx.Request) -> httpx.Response:
        is_age = "timestamp(" in request.url.params["query"]
        return httpx.Response(200, text=FRESH if is_age else vector("0.1"))

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport) as client:
        monitor = prometheus(stale="15s")
        source = PrometheusSource("http://127.0.0.1:9", monitor, client, clock)
        assert (await source.read())["p95"].value == 0.1
        await clock.advance(16.0)
        reading = (await source.read())["p95"]
    assert (reading.value, reading.note) == (
        None,
        "http://127.0.0.1:9 gave a value that is 16 s old",
    )


def stamps(*ages_s: float) -> str:
    """Answer the query for the instants: each selector's oldest sample is so old."""
    series = [
        {
            "metric": {"cockpit_selector": f"{at}"},
            "value": [STAMP_S, f"{STAMP_S - age_s}"],
        }
        for at, age_s in enumerate(ages_s)
    ]
    return said("vector", series)


SHARE = '(sum(rate(hits{code=~"5.."}[1m])) or vector(0)) / sum(rate(hits[1m]))'


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("query", "answer", "words"),
    [
        ("sum(rate(hits[1m]))", stamps(61), "of samples that are 1m01s old, limit 1m: the target"),
        ("up", vector(f"{STAMP_S - 300}"), "of samples that are 5m old"),
        (SHARE, stamps(1, 300), "5m old"),
        ("sum(rate(hits[1m])) or vector(0)", stamps(), "no series of hits now"),
        ("vector(0)", stamps(), "it reads no series"),
        ("sum(hits{", stamps(), "{ is not closed"),
        ("sum(hits)", vector("NaN"), "cannot tell how old"),
        ("sum(hits)", said("string", [1, "x"]), "gave a string"),
        ("sum(hits)", "<html>", "JSON"),
    ],
)
async def test_law_1_a_value_is_as_old_as_the_samples_that_it_is_of(
    query: str, answer: str, words: str
) -> None:
    """The stamp of an aggregated value is always that of its evaluation."""
    reading = await read(vector("0"), query=query, stamps=answer)
    assert reading.value is None
    assert words in reading.note


async def test_fresh_samples_of_each_selector_are_a_value() -> None:
    assert (await read(vector("0"), query=SHARE, stamps=stamps(1, 2))).value == 0.0
    at_the_bound = await read(vector("1"), query=SHARE, stamps=stamps(60, 2))
    assert at_the_bound.value == 1.0


@pytest.mark.law(1)
async def test_law_1_a_part_of_the_data_is_blind_with_the_warning() -> None:
    warned = json.loads(vector("0.1")) | {"warnings": ["store-2: no such host"]}
    for given in (
        {"answers": [json.dumps(warned)]},
        {"answers": [vector("0.1")], "stamps": json.dumps(warned)},
    ):
        reading = await read(*given.pop("answers"), **given)
        assert reading.value is None
        assert "perhaps without all data: store-2: no such host" in reading.note


async def test_samples_are_fresh_for_two_periods_of_a_slow_monitor() -> None:
    """As the rule of each monitor says: data is old beyond `stale` and beyond two of `every`."""
    slow = {"every": "60s", "stale": "15s"}
    assert (await read(vector("0.1"), stamps=vector(f"{STAMP_S - 119}"), **slow)).value == 0.1
    old = await read(vector("0.1"), stamps=vector(f"{STAMP_S - 121}"), **slow)
    assert old.value is None
    assert "limit 2m" in old.note
