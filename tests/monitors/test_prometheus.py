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


async def read(*answers: str, status: int = 200, **options: Any) -> Reading:
    given = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
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
        (vector("0.2", stamp_s=STAMP_S - 60), "1m old"),
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
        return httpx.Response(200, text=vector("1"))

    monitor = prometheus(query='up{job="a"}', timeout="500ms", stale="30s")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await PrometheusSource("http://127.0.0.1:9/p", monitor, client, ManualClock()).read()
    assert asked[0].path == "/p/api/v1/query"
    assert dict(asked[0].params) == {
        "query": 'up{job="a"}',
        "timeout": "0.5",
        "lookback_delta": "30",
    }


@pytest.mark.law(1)
async def test_law_1_an_answer_that_is_always_the_same_grows_old() -> None:
    """A cache between here and Prometheus repeats the last answer, its stamp included."""
    clock = ManualClock()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=vector("0.1")))
    async with httpx.AsyncClient(transport=transport) as client:
        source = PrometheusSource("http://127.0.0.1:9", prometheus(), client, clock)
        assert (await source.read())["p95"].value == 0.1
        await clock.advance(16.0)
        reading = (await source.read())["p95"]
    assert (reading.value, reading.note) == (
        None,
        "http://127.0.0.1:9 gave a value that is 16 s old",
    )
