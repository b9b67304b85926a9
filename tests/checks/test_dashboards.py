import asyncio
from typing import Any

import pytest
from aiohttp import web

from checks.core.base import Outcome, Result
from checks.core.run_check import run_check
from checks.dashboards import Dashboards
from tests.checks.kit import WrongError, read, saying, silent, talking
from tests.checks.peers import (
    HOSTILE,
    answering,
    dripping,
    endless,
    free_port,
    hurried,
    refusing,
)

TOKEN = "a-token-that-views"
SOURCE = {"type": "prometheus", "uid": "prom"}
GET = "GET /api/dashboards/uid/slo"
QUERY = "POST /api/ds/query"


def panel(title: str, *exprs: str, **others: Any) -> dict[str, Any]:
    targets = [{"refId": chr(65 + n), "expr": expr} for n, expr in enumerate(exprs)]
    return {
        "title": title,
        "type": "timeseries",
        "datasource": SOURCE,
        "targets": targets,
        **others,
    }


class Grafana:
    """One dashboard; a query of `data` gives two points, of `empty` none, of `null` only nulls."""

    def __init__(self, *panels: dict[str, Any], variables: Any = None) -> None:
        self.panels, self.variables = panels, variables
        self.asked: list[dict[str, Any]] = []

    async def board(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Unauthorized"}, status=401)
        board = {"title": "SLO", "panels": self.panels, "templating": {"list": self.variables}}
        return web.json_response({"dashboard": board, "meta": {}})

    async def query(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.asked.append(asked)
        return web.json_response({"results": {q["refId"]: given(q) for q in asked["queries"]}})

    def routes(self) -> dict[str, Any]:
        return {GET: self.board, QUERY: self.query}


def given(query: dict[str, Any]) -> dict[str, Any]:
    values = {"data": [[1, 2], [None, 0]], "empty": [[], []], "null": [[1, 2], [None, None]]}
    expr = query.get("expr", "data")
    if expr == "none":
        return {"status": 200, "frames": []}
    if expr not in values:
        return {"status": 400, "error": f"bad_data: {expr}"}
    schema = {"fields": [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]}
    return {"status": 200, "frames": [{"schema": schema, "data": {"values": values[expr]}}]}


def check(**options: Any) -> Dashboards:
    base = {"url": "${GRAFANA_URL}", "token": "${GRAFANA_TOKEN}", "dashboards": ["slo"]}
    return read(Dashboards, **{"check": "dashboards", **base, **options})


async def ask(url: str, token: str = TOKEN, **options: Any) -> Result:
    tools = hurried(GRAFANA_URL=url, GRAFANA_TOKEN=token)
    return await asyncio.wait_for(run_check(check(**options), tools), 20)


async def look_at(*panels: dict[str, Any], variables: Any = None, **options: Any) -> Result:
    async with answering(Grafana(*panels, variables=variables).routes()) as url:
        return await ask(url, **options)


@pytest.mark.outcome("dashboards", "passed")
async def test_every_panel_shows_data() -> None:
    row = {"title": "folded", "type": "row", "panels": [panel("in a row", "data")]}
    text = {"title": "read me", "type": "text"}
    seen = await look_at(panel("p95", "data", "data"), row, text, panel("5xx", "data"))
    assert seen.outcome is Outcome.PASSED
    assert seen.evidence == "3 of 3 panels show data"
    assert seen.details[1] == "slo: panel in a row shows data"


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("exprs", "fault"),
    [
        (["empty"], "has no data in query A"),
        (["null"], "has no data in query A"),
        (["none"], "has no data in query A"),
        (["data", "empty"], "has no data in query B"),
        (["empty", "bad("], "query B fails: bad_data: bad("),
        ([], "has no query"),
    ],
)
async def test_law_1_a_panel_without_data_is_named_and_unknown(
    exprs: list[str], fault: str
) -> None:
    seen = await look_at(panel("fine", "data"), panel("p95", *exprs))
    assert (seen.outcome, seen.evidence) == (Outcome.UNKNOWN, f"slo: panel p95 {fault}")


async def test_a_panel_may_be_empty_but_not_fail() -> None:
    options: dict[str, Any] = {"may_be_empty": ["5xx"]}
    seen = await look_at(panel("p95", "data"), panel("5xx", "empty"), **options)
    assert seen.outcome is Outcome.PASSED
    assert seen.evidence == "1 of 2 panels show data, the others may be empty"
    seen = await look_at(panel("p95", "data"), panel("5xx", "bad("), **options)
    assert seen.outcome is Outcome.UNKNOWN
    seen = await look_at(panel("5xx", "empty"), **options)
    assert (seen.outcome, seen.evidence) == (Outcome.UNKNOWN, "no panel shows data")


@pytest.mark.outcome("dashboards", "failed")
async def test_a_dashboard_that_is_not_there_has_failed() -> None:
    async with answering(Grafana(panel("p95", "data")).routes()) as url:
        seen = await ask(url, dashboards=["slo", "gone"])
    assert (seen.outcome, seen.evidence) == (Outcome.FAILED, "there is no dashboard gone")
    assert len(seen.details) == 2


@pytest.mark.law(1)
async def test_law_1_nothing_that_shows_data_is_unknown() -> None:
    seen = await look_at({"title": "read me", "type": "text"})
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "dashboard slo has no panel that shows data"


async def test_variables_are_filled_and_what_is_hidden_is_asked_but_not_judged() -> None:
    hidden = panel("p95", "empty")["targets"][0] | {"hide": True, "refId": "Z"}
    target = {"refId": "A", "expr": "${kind}", "datasource": {"type": "x", "uid": "${source}"}}
    reckoned = {"refId": "B", "type": "math", "expression": "$Z", "datasource": "__expr__"}
    variables = [
        {"name": "kind", "type": "custom", "current": {"value": "data", "text": "data"}},
        {"name": "source", "type": "datasource", "current": {"value": "prom", "text": "Prom"}},
        {"name": "filters", "type": "adhoc"},
    ]
    grafana = Grafana(
        panel("p95", targets=[hidden, target, reckoned], datasource=None), variables=variables
    )
    grafana.panels[0]["targets"][0]["datasource"] = SOURCE
    async with answering(grafana.routes()) as url:
        seen = await ask(url, last="5m")
    assert seen.outcome is Outcome.PASSED, seen
    (asked,) = grafana.asked
    assert (asked["from"], asked["to"]) == ("now-300s", "now")
    assert [query["datasource"]["uid"] for query in asked["queries"]] == [
        "prom", "prom", "__expr__",
    ]  # fmt: skip


@pytest.mark.law(1)
@pytest.mark.parametrize("source", [None, "by its name", {"type": "x"}, {"uid": "-- Mixed --"}])
async def test_law_1_a_data_source_without_a_uid_is_unknown(source: Any) -> None:
    seen = await look_at(panel("p95", "data", datasource=source))
    assert seen.outcome is Outcome.UNKNOWN
    assert "names no data source by its uid" in seen.evidence


async def test_what_is_another_panels_and_what_is_a_library_panel() -> None:
    borrowed = panel("again", "data", datasource={"uid": "-- Dashboard --"})
    library = {"title": "shared", "libraryPanel": {"uid": "x", "name": "shared"}}
    seen = await look_at(panel("p95", "data"), borrowed, library)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("slo: panel shared is a library panel")
    assert len(seen.details) == 2


@pytest.mark.law(1)
async def test_law_1_refused_is_unknown_and_the_token_is_not_shown() -> None:
    async with answering(Grafana(panel("p95", "data")).routes()) as url:
        seen = await ask(url, token="another-token")
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "dashboard slo: Grafana answered 401: Unauthorized"
    async with answering({GET: refusing(500, message=f"you said {TOKEN}")}) as url:
        seen = await ask(url)
    assert seen.evidence.endswith("you said •••")


@pytest.mark.outcome("dashboards", "unknown")
@pytest.mark.law(1)
async def test_law_1_no_answer_to_a_query_is_unknown() -> None:
    grafana = Grafana(panel("p95", "data"))
    async with answering({GET: grafana.board, QUERY: {"results": {}}}) as url:
        assert (await ask(url)).evidence == "slo: panel p95 had no answer to query A"
    async with answering({GET: grafana.board, QUERY: refusing(404, message="no source")}) as url:
        seen = await ask(url)
    assert seen.outcome is Outcome.UNKNOWN, "the dashboard is there, its source is not"
    assert seen.evidence == "slo: panel p95: Grafana answered 404: no source"


@pytest.mark.law(9)
async def test_law_9_too_many_panels_are_not_asked() -> None:
    seen = await look_at(*(panel(f"p{number}", "data") for number in range(201)))
    assert seen == Result(Outcome.UNKNOWN, "dashboard slo: has more than 200 panels", seen.details)


@pytest.mark.parametrize("target", [{"refId": 7}, {"refId": {}}, {"refId": None}])
async def test_odd_letters_are_replaced(target: dict[str, Any]) -> None:
    seen = await look_at(panel("p95", targets=[target | {"expr": "data"}]))
    assert seen.outcome is Outcome.PASSED


@pytest.mark.law(1)
@pytest.mark.parametrize("depth", [500, 900])
async def test_law_1_a_query_that_is_nested_too_deeply_is_unknown(depth: int) -> None:
    deep: Any = "$x"
    for _ in range(depth):
        deep = {"a": deep}
    variables = [{"name": "x", "current": {"value": "1"}}]
    target = {"refId": "A", "expr": "data", "q": deep}
    seen = await look_at(panel("p95", targets=[target]), variables=variables)
    assert seen.outcome is Outcome.UNKNOWN or depth == 500
    assert "could not look" not in seen.evidence


@pytest.mark.law(1)
@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
async def test_law_1_hostile_answers_are_unknown(answer: bytes) -> None:
    async def said(_: web.Request) -> web.StreamResponse:
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head[9:12]) if head.startswith(b"HTTP") else 200
        return web.Response(body=body, status=status)

    async with talking(saying(answer)) as port:
        seen = await ask(f"http://127.0.0.1:{port}")
        assert seen.outcome is Outcome.UNKNOWN
    async with answering({GET: Grafana(panel("p95", "data")).board, QUERY: said}) as url:
        seen = await ask(url)
    assert seen.outcome is Outcome.UNKNOWN
    assert len(seen.evidence) < 300


@pytest.mark.law(1)
@pytest.mark.parametrize("talk", [silent, endless, dripping(b"{")])
async def test_law_1_no_whole_answer_in_time_is_unknown(talk: Any) -> None:
    async with talking(talk) as port:
        seen = await ask(f"http://127.0.0.1:{port}", timeout="100ms")
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_nobody_there_is_unknown() -> None:
    seen = await ask(f"http://127.0.0.1:{free_port()}")
    assert seen.evidence == "dashboard slo: Grafana gave no complete response (Connection refused)"
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"dashboards": []}, "empty"),
        ({"dashboards": ["../admin"]}, "fit"),
        ({"token": "literal"}, "this is a secret"),
    ],
)
def test_what_a_card_may_not_say(options: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongError, match=why) as caught:
        check(**options)
    assert "literal" not in str(caught.value)
