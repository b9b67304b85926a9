"""Against the real Prometheus and Alertmanager; what these never do is said by stand-ins."""

import asyncio
import json
import time
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from checks.core.base import Outcome, Result
from checks.core.errors import UnsetVariableError
from checks.core.run_check import run_check
from checks.prometheus import PrometheusHealth
from tests.checks.kit import WrongError, read, saying, silent, talking
from tests.checks.peers import (
    HOSTILE,
    Exporter,
    answering,
    dripping,
    endless,
    free_port,
    hurried,
    program,
    refusing,
    running,
    said,
)

pytestmark = pytest.mark.xdist_group("prometheus")

METRICS = """\
fresh 0.125
two{{a="1"}} 1
two{{a="2"}} 2
nothing_yet NaN
half{{a="1"}} 1
half{{a="2"}} NaN
old 1 {stamp}
"""
PROMETHEUS = """\
global: {{scrape_interval: 200ms, evaluation_interval: 200ms}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: demo, static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]}}]
"""
RULES = """\
groups:
- name: slo
  rules:
  - {alert: HighErrorRate, expr: fresh > 10}
  - {alert: Fires, expr: fresh > 0}
  - {alert: Broken, expr: two + on() two}
  - {record: recorded, expr: fresh}
- name: later
  interval: 5h
  rules: [{alert: NotYet, expr: fresh > 10}]
"""
ALERTMANAGER = """\
route: {receiver: nobody}
receivers: [{name: nobody}]
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run both, scraping a page of metrics, and give their addresses."""
    prometheus, alertmanager = program("prometheus"), program("prometheus-alertmanager")
    folder, ports = tmp_path_factory.mktemp("real"), (free_port(), free_port())
    page = METRICS.format(stamp=int((time.time() - 200) * 1000))
    exporter = Exporter(page.encode())
    config = PROMETHEUS.format(alertmanager=ports[1], exporter=exporter.port)
    for name, text in {
        "p/prometheus.yml": config, "p/rules.yml": RULES, "a/am.yml": ALERTMANAGER,
    }.items():  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    url, alerts = (f"http://127.0.0.1:{port}" for port in ports)
    with (
        running(
            folder / "a", alertmanager, "--config.file=am.yml", "--storage.path=data",
            f"--web.listen-address=127.0.0.1:{ports[1]}", "--cluster.listen-address=",
        ),
        running(
            folder / "p", prometheus, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
            f"--web.listen-address=127.0.0.1:{ports[0]}",
        ),
    ):  # fmt: skip
        exporter.until(lambda: is_settled(url, alerts))
        yield {"PROMETHEUS_URL": url, "ALERTMANAGER_URL": alerts}
    exporter.end()


def is_settled(url: str, alerts: str) -> bool:
    """Whether it has scraped, evaluated, and knows where alerts go."""
    rules, where = said(f"{url}/api/v1/rules"), said(f"{url}/api/v1/alertmanagers")
    return '"err"' in rules and '"firing"' in rules and alerts in where and bool(said(alerts))


def check(**options: Any) -> PrometheusHealth:
    given = {"check": "prometheus", "url": "${PROMETHEUS_URL}", **options}
    return read(PrometheusHealth, **given)


async def ask(env: dict[str, str], **options: Any) -> Result:
    return await asyncio.wait_for(run_check(check(**options), hurried(**env)), 20)


@pytest.mark.outcome("prometheus", "passed")
async def test_all_is_well(real: dict[str, str]) -> None:
    seen = await ask(
        real,
        queries={
            "p95": "fresh",
            "both": "two # as ever",
            "one": "scalar(fresh)",
            "rate": "2 * two",
        },
        rules=["HighErrorRate", "Fires"],
        alertmanager="${ALERTMANAGER_URL}",
    )
    assert seen.outcome is Outcome.PASSED, seen
    assert seen.evidence.startswith("4 of 4 queries fresh, the oldest ")
    assert seen.evidence.endswith("; 2 of 2 rules healthy, firing: Fires; a test alert arrived")
    assert seen.figures == {"p95": 0.125, "one": 0.125}
    assert "rule Fires: healthy, firing" in seen.details


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("query", "evidence"),
    [
        ("gone", "q has no data: the query gives no series"),
        ("nothing_yet", "q is NaN, which is no number"),
        ("half", "q is NaN for __name__=half, a=2"),
        ("fresh / 0", "q is +Inf, which is no number"),
        ("fresh[1m]", "q: gives a matrix, where one instant is asked for"),
        ('"text"', "q: gives a string, where one instant is asked for"),
        ("sum(", "q: Prometheus answered 400: invalid parameter"),
    ],
)
async def test_law_1_no_data_is_unknown(real: dict[str, str], query: str, evidence: str) -> None:
    seen = await ask(real, queries={"q": query, "fine": "fresh"})
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith(evidence)


@pytest.mark.law(1)
async def test_law_1_old_data_is_no_data(real: dict[str, str]) -> None:
    """A newer Prometheus keeps to the look-back that it is sent, and gives no series at all."""
    seen = await ask(real, queries={"q": "old"}, stale="2m")
    assert seen.outcome is Outcome.UNKNOWN
    assert " old, limit 2m" in seen.evidence or "has no data" in seen.evidence
    assert (await ask(real, queries={"q": "old"}, stale="4m")).outcome is Outcome.PASSED


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("query", "evidence"),
    [
        ("sum(old)", " old, limit 2m"),
        ("sum(fresh) / on () sum(old)", " old, limit 2m"),
        ("sum(fresh) + max_over_time(sum(old)[5m:1m])", " old, limit 2m"),
        ("sum(rate(gone[5m])) or vector(0)", "q: there is no series of gone now: a dead target"),
        ("(sum(gone) or vector(0)) / sum(two)", "`or 0 * sum(gone)` in place of `or vector(0)`"),
        ("vector(0)", "q: it reads no series, so that its value is never fresh"),
        ("time()", "q: it reads no series"),
        ("sum(count_over_time(fresh[1m] offset 1ms))", "q: it reads only the past"),
    ],
)
async def test_law_1_the_age_of_a_value_is_that_of_the_selectors_in_it(
    real: dict[str, str], query: str, evidence: str
) -> None:
    """The value itself is always of the moment of its evaluation."""
    seen = await ask(real, queries={"q": query, "fine": "sum(fresh)"}, stale="2m")
    assert seen.outcome is Outcome.UNKNOWN
    assert evidence in seen.evidence or "no series of old" in seen.evidence
    assert any(line.startswith("fine: ") for line in seen.details)


async def test_an_aggregated_query_is_fresh_where_each_selector_is(real: dict[str, str]) -> None:
    queries = {
        "sum": "sum by (a) (two)  # of both",
        "share": '(sum(two{a="3"}) or vector(0)) / sum(two)',
        "rate": "sum(rate(fresh[1m])) or 0 * sum(fresh)",
        "time": "time() - max(timestamp(fresh))",
    }
    seen = await ask(real, queries=queries, stale="2m")
    assert seen.outcome is Outcome.PASSED, seen
    assert not any(line.endswith(" 0 s old") for line in seen.details), seen.details


async def test_a_rule_that_is_not_loaded_or_fails_has_failed(real: dict[str, str]) -> None:
    rules = ["HighErrorRate", "Gone", "Broken", "recorded", "NotYet"]
    seen = await ask(real, rules=rules)
    assert seen.outcome is Outcome.FAILED
    first, second, third, rest = seen.evidence.split("; ")
    assert (first, third) == ("rule Gone is not loaded", "rule recorded is not loaded")
    assert second.startswith("rule Broken fails: found duplicate series")
    assert rest == "and 1 more"
    assert seen.details[0] == "rule HighErrorRate: healthy, inactive"


@pytest.mark.law(1)
async def test_law_1_a_rule_that_was_never_evaluated_is_unknown(real: dict[str, str]) -> None:
    seen = await ask(real, rules=["NotYet"])
    assert seen == Result(Outcome.UNKNOWN, "rule NotYet was not evaluated yet", seen.details)


EVALUATED = "2026-03-01T02:00:00.123456789+01:00"
AT_PRESENT = {"data": {"resultType": "scalar", "result": [1772326810.0, "1772326810"]}}
"""Prometheus's own time, 9.9 s after that evaluation."""


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("rule", "interval", "evidence"),
    [
        ({"lastEvaluation": "2026-02-22T01:00:00Z"}, 15, "last evaluated 168h ago, limit 2m"),
        ({"lastEvaluation": "0001-01-01T00:00:00Z"}, 15, "last evaluated "),
        ({"lastEvaluation": "2026-03-01T00:57:00Z"}, 15, "last evaluated 3m10s ago, limit 2m"),
        ({}, 15, "rule R does not say when it was last evaluated"),
        ({"lastEvaluation": "yesterday"}, 15, "did not answer as its API does"),
    ],
)
async def test_law_1_a_rule_last_evaluated_long_ago_is_unknown(
    rule: dict[str, Any], interval: float, evidence: str
) -> None:
    """A rule manager that hangs leaves the last health and state of its rules."""
    seen = await ask_of_rule(rule, interval)
    assert seen.outcome is Outcome.UNKNOWN
    assert evidence in seen.evidence


async def ask_of_rule(rule: dict[str, Any], interval: float, **more: Any) -> Result:
    given = {"name": "R", "type": "alerting", "health": "ok", "state": "inactive"} | rule
    answers = {
        "GET /api/v1/query": AT_PRESENT,
        "GET /api/v1/rules": {"data": {"groups": [{"rules": [given], "interval": interval}]}}
        | more,
    }
    async with answering(answers) as url:
        return await ask({"PROMETHEUS_URL": url}, rules=["R"])


async def test_a_rule_of_a_slow_group_is_fresh_for_two_of_its_intervals() -> None:
    three_minutes = {"lastEvaluation": "2026-03-01T00:57:00Z"}
    assert (await ask_of_rule(three_minutes, 100)).evidence == "1 of 1 rule healthy"
    assert (await ask_of_rule(three_minutes, 90)).outcome is Outcome.UNKNOWN


async def test_a_rule_that_fires_or_is_pending_stands_in_the_evidence() -> None:
    for state, words in (("firing", ", firing: R"), ("pending", ", pending: R"), ("inactive", "")):
        seen = await ask_of_rule({"lastEvaluation": EVALUATED, "state": state}, 15)
        assert (seen.outcome, seen.evidence) == (Outcome.PASSED, f"1 of 1 rule healthy{words}")


@pytest.mark.law(1)
async def test_law_1_rules_with_a_warning_are_unknown() -> None:
    seen = await ask_of_rule({"lastEvaluation": EVALUATED}, 15, warnings=["ruler-2 is away"])
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("perhaps without all rules: ruler-2 is away")


def shown(alerts: str) -> list[dict[str, Any]]:
    wanted = urllib.parse.quote('cockpit_test!=""')
    found: list[dict[str, Any]] = json.loads(said(f"{alerts}/api/v2/alerts?filter={wanted}"))
    return found


async def test_the_test_alert_is_ended(real: dict[str, str]) -> None:
    seen = await ask(real, alertmanager="${ALERTMANAGER_URL}")
    assert (seen.outcome, seen.evidence) == (Outcome.PASSED, "a test alert arrived")
    assert shown(real["ALERTMANAGER_URL"]) == []


async def test_without_a_test_alert_it_is_only_asked(real: dict[str, str]) -> None:
    seen = await ask(real, alertmanager="${ALERTMANAGER_URL}", test_alert=False)
    assert seen == Result(Outcome.PASSED, "Alertmanager answers", ("Alertmanager answers",))
    seen = await ask(real, alertmanager="${PROMETHEUS_URL}", test_alert=False)
    assert seen.outcome is Outcome.UNKNOWN, "it is not an Alertmanager"


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "matcher",
    [
        {"name": "alertname", "value": ".+", "isRegex": True, "isEqual": True},
        {"name": "cockpit_test", "value": ".+", "isRegex": True, "isEqual": True},
    ],
)
async def test_law_1_an_alert_that_a_silence_hides_did_not_arrive(
    real: dict[str, str], matcher: dict[str, Any]
) -> None:
    """A silence that is forgotten, or too wide, hides the real alerts as well."""
    now = datetime.now(UTC)
    silence = {
        "matchers": [matcher], "createdBy": "test", "comment": "forgotten",
        "startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    async with ClientSession(real["ALERTMANAGER_URL"]) as http:
        async with http.post("/api/v2/silences", json=silence) as made:
            silence_id = (await made.json())["silenceID"]
        try:
            seen = await ask(real, alertmanager="${ALERTMANAGER_URL}")
        finally:
            async with http.delete(f"/api/v2/silence/{silence_id}") as deleted:
                deleted.raise_for_status()
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == f"the silence {silence_id} hides the test alert: it notifies nobody"
    assert (await ask(real, alertmanager="${ALERTMANAGER_URL}")).outcome is Outcome.PASSED


class Showing:
    """An Alertmanager that shows each alert that it takes with statuses in turn, then the last."""

    def __init__(self, *statuses: Any) -> None:
        self._alerts: list[dict[str, Any]] = []
        self._statuses = list(statuses)

    async def take(self, request: web.Request) -> web.StreamResponse:
        self._alerts = await request.json()
        return web.Response()

    async def show(self, _: web.Request) -> web.StreamResponse:
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        more = {} if status is None else {"status": status}
        return web.json_response([{"labels": one["labels"]} | more for one in self._alerts])

    def routes(self) -> dict[str, Any]:
        return {"POST /api/v2/alerts": self.take, "GET /api/v2/alerts": self.show}


ACTIVE = {"state": "active", "silencedBy": [], "inhibitedBy": []}


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("statuses", "outcome", "evidence"),
    [
        ([{"state": "suppressed", "inhibitedBy": ["a"]}], Outcome.FAILED, "another alert inhibits"),
        ([{"state": "suppressed"}], Outcome.UNKNOWN, "shows the test alert as suppressed"),
        ([None], Outcome.UNKNOWN, "does not say whether a silence hides the test alert"),
        ([{"state": "unprocessed"}, ACTIVE], Outcome.PASSED, "a test alert arrived"),
    ],
)
async def test_law_1_what_is_not_shown_as_active_did_not_arrive(
    statuses: list[Any], outcome: Outcome, evidence: str
) -> None:
    async with answering(Showing(*statuses).routes()) as url:
        env = {"PROMETHEUS_URL": url, "ALERTMANAGER_URL": url}
        seen = await ask(env, alertmanager="${ALERTMANAGER_URL}", within="5s")
    assert seen.outcome is outcome
    assert evidence in seen.evidence


class Deaf:
    """An Alertmanager that takes alerts and never shows one."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.asked = asyncio.Event()

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.taken += await request.json()
        return web.Response()

    async def show(self, _: web.Request) -> web.StreamResponse:
        self.asked.set()
        return web.json_response([{"labels": {"cockpit_test": "another"}}])

    def routes(self) -> dict[str, Any]:
        return {"POST /api/v2/alerts": self.take, "GET /api/v2/alerts": self.show}


def is_ended(taken: list[dict[str, Any]]) -> bool:
    return len(taken) == 2 and taken[1]["endsAt"] == taken[0]["startsAt"]


@pytest.mark.outcome("prometheus", "unknown")
@pytest.mark.law(1)
async def test_law_1_an_alert_that_is_not_shown_is_unknown_and_ended() -> None:
    deaf = Deaf()
    async with answering(deaf.routes()) as url:
        env = {"PROMETHEUS_URL": url, "ALERTMANAGER_URL": url}
        seen = await ask(env, alertmanager="${ALERTMANAGER_URL}", within="5s")
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "Alertmanager took a test alert, but did not show it within 5 s"
    assert deaf.taken[0]["labels"]["severity"] == "none"
    assert is_ended(deaf.taken)


async def test_the_alert_is_ended_when_the_check_is_cancelled() -> None:
    deaf = Deaf()
    async with answering(deaf.routes()) as url:
        env = {"PROMETHEUS_URL": url, "ALERTMANAGER_URL": url}
        one = check(alertmanager="${ALERTMANAGER_URL}", within="1h", timeout="2h")
        looking = asyncio.create_task(one.run(hurried(**env)))
        await asyncio.wait_for(deaf.asked.wait(), 10)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
    assert is_ended(deaf.taken)


@pytest.mark.outcome("prometheus", "failed")
async def test_a_prometheus_that_alerts_nobody_has_failed() -> None:
    none: dict[str, Any] = {"activeAlertmanagers": [], "droppedAlertmanagers": []}
    rule = {"name": "R", "type": "alerting", "health": "ok", "state": "inactive"}
    rule |= {"lastEvaluation": EVALUATED}
    answers = {
        "GET /api/v1/query": AT_PRESENT,
        "GET /api/v1/alertmanagers": {"status": "success", "data": none},
        "GET /api/v1/rules": {"status": "success", "data": {"groups": [{"rules": [rule]}]}},
        "GET /api/v2/status": {"uptime": "now"},
    }
    async with answering(answers) as url:
        env = {"PROMETHEUS_URL": url, "ALERTMANAGER_URL": url}
        seen = await ask(env, rules=["R"], alertmanager="${ALERTMANAGER_URL}", test_alert=False)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "Prometheus sends its alerts to no Alertmanager"


VECTOR = '{"data": {"resultType": "vector", "result": [{"value": %s}]}}'

EVERYTHING: dict[str, Any] = {
    "queries": {"p95": "fresh"}, "rules": ["R"], "alertmanager": "${ALERTMANAGER_URL}",
}  # fmt: skip


@pytest.mark.law(1)
@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
async def test_law_1_hostile_answers_are_unknown(answer: bytes) -> None:
    async with talking(saying(answer)) as port:
        url = f"http://127.0.0.1:{port}"
        seen = await ask({"PROMETHEUS_URL": url, "ALERTMANAGER_URL": url}, **EVERYTHING)
    assert seen.outcome is Outcome.UNKNOWN
    assert len(seen.evidence) < 600


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "body",
    [
        VECTOR % '[1e9, "1"], "metric": {"a": "1"}}, {"value": [1e9, "+Inf"]',
        VECTOR % '[1e9, "-Inf"]',
        VECTOR % '[1e9, "1"], "metric": {"a": 7}',
        VECTOR % "[1e9, 1]",
        VECTOR % '["1e9", "1"]',
        '{"data": {"resultType": "vector", "result": {}}}',
        '{"data": {"resultType": 7, "result": []}}',
    ],
    ids=["inf", "minus-inf", "label", "number", "text", "object", "type"],
)
async def test_law_1_a_value_of_a_wrong_type_is_unknown(body: str) -> None:
    async with talking(saying(f"HTTP/1.1 200 OK\r\n\r\n{body}".encode())) as port:
        seen = await ask({"PROMETHEUS_URL": f"http://127.0.0.1:{port}"}, queries={"q": "fresh"})
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("q")


@pytest.mark.law(1)
async def test_law_1_a_response_with_a_warning_is_unknown() -> None:
    """A store that is away makes a response partial, with the status of success."""
    body = '{"warnings": ["store-2: no such host"], "data": {"resultType": "vector", "result": '
    body += '[{"value": [1e9, "1"]}]}}'
    async with talking(saying(f"HTTP/1.1 200 OK\r\n\r\n{body}".encode())) as port:
        seen = await ask({"PROMETHEUS_URL": f"http://127.0.0.1:{port}"}, queries={"q": "fresh"})
    assert seen.outcome is Outcome.UNKNOWN
    said = "q: answered with a warning, perhaps without all data: store-2: no such host"
    assert seen.evidence == said


@pytest.mark.law(1)
async def test_law_1_the_oldest_of_several_series_is_what_counts() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        stamps = ("999999990", "999999700") if "timestamp" in request.query["query"] else "12"
        series = [{"metric": {"a": each}, "value": [1e9, each]} for each in stamps]
        return web.json_response({"data": {"resultType": "vector", "result": series}})

    async with answering({"GET /api/v1/query": answer}) as url:
        seen = await ask({"PROMETHEUS_URL": url}, queries={"q": "fresh"}, stale="2m")
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "q is 5m old, limit 2m"


@pytest.mark.law(1)
@pytest.mark.parametrize("stamp", ["+Inf", "-Inf", "NaN"])
async def test_law_1_samples_of_no_instant_are_not_fresh(stamp: str) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        value = stamp if request.query["query"].startswith("timestamp") else "1"
        return web.Response(text=VECTOR % f'[1e9, "{value}"]')

    async with answering({"GET /api/v1/query": answer}) as url:
        seen = await ask({"PROMETHEUS_URL": url}, queries={"q": "fresh"})
    assert (seen.outcome, seen.evidence) == (
        Outcome.UNKNOWN,
        "q: its samples do not say how old they are",
    )


@pytest.mark.law(1)
@pytest.mark.parametrize("stamp", ["1e400", "NaN", '"x"', "null"])
async def test_law_1_a_wrong_stamp_is_unknown(stamp: str) -> None:
    body = '{"data": {"resultType": "vector", "result": [{"value": [STAMP, "1"]}]}}'
    answer = f"HTTP/1.1 200 OK\r\n\r\n{body.replace('STAMP', stamp)}"
    async with talking(saying(answer.encode())) as port:
        seen = await ask({"PROMETHEUS_URL": f"http://127.0.0.1:{port}"}, queries={"q": "fresh"})
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
@pytest.mark.parametrize("talk", [silent, endless, dripping(b"{")])
async def test_law_1_no_whole_answer_in_time_is_unknown(talk: Any) -> None:
    async with talking(talk) as port:
        url = f"http://127.0.0.1:{port}"
        env = {"PROMETHEUS_URL": url, "ALERTMANAGER_URL": url}
        seen = await ask(env, **EVERYTHING, within="50ms", timeout="100ms")
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_nobody_there_and_no_address_are_unknown() -> None:
    seen = await ask({"PROMETHEUS_URL": f"http://127.0.0.1:{free_port()}"}, queries={"q": "up"})
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "q: Prometheus gave no complete response (Connection refused)"
    for url in ("127.0.0.1", "ftp://127.0.0.1", "http://127.0.0.1:port", "http://[::"):
        assert (await ask({"PROMETHEUS_URL": url}, queries={"q": "up"})).outcome is Outcome.UNKNOWN


@pytest.mark.law(8)
async def test_law_8_the_token_is_sent_and_never_shown() -> None:
    token = "s3cret-token"

    async def echo(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": request.headers["Authorization"]}, status=403)

    async with answering({"GET /api/v1/query": echo}) as url:
        env = {"PROMETHEUS_URL": url, "TOKEN": token}
        seen = await ask(env, queries={"q": "up"}, token="${TOKEN}")
        with pytest.raises(UnsetVariableError):
            await check(queries={"q": "up"}, token="${GONE}").run(hurried(**env))
        wrong = await ask({**env, "TOKEN": "s3cret\ntoken"}, queries={"q": "up"}, token="${TOKEN}")
    assert seen.evidence == "q: Prometheus answered 403: Bearer •••"
    assert token not in str(seen)
    assert wrong.outcome is Outcome.UNKNOWN
    assert "s3cret" not in str(wrong)


async def test_refused_is_unknown() -> None:
    async with answering({"GET /api/v1/rules": refusing(401, message="no")}) as url:
        seen = await ask({"PROMETHEUS_URL": url}, rules=["R"])
    assert seen.evidence == "rules: Prometheus answered 401: no"
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "there is nothing to check"),
        ({"alertmanager": "x", "within": "30s"}, "`within` must be shorter than `timeout`"),
        ({"rules": ["R"], "token": "literal"}, "this is a secret"),
    ],
)
def test_what_a_card_may_not_say(options: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongError, match=why) as caught:
        check(**options)
    assert "literal" not in str(caught.value)


@pytest.mark.law(1)
def test_law_1_without_the_real_peers_ci_fails_and_a_laptop_skips(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="prometheus is not installed: apt-get install"):
        program("prometheus")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception):
        program("prometheus")
