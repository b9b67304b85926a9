"""A stand-in for Prometheus's HTTP API: instant queries, rules, and the Alertmanager's URL.

It answers the fixed queries of `series.QUERIES`, and those of a `budget` check by their `shapes`.
"""

import math
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from msgspec import Struct

from checks.telemetry.query_age import stamps_query
from cockpit.rehearsal.observatory.series import (
    AUTH_FAILURES,
    CONNECTIONS,
    ERRORS,
    P95,
    QUERIES,
    LatestSeries,
    Point,
)
from cockpit.rehearsal.observatory.shapes import evaluate

_STAMPS = {stamps_query(query): query for query in QUERIES}
_SELECTOR = re.compile(r'"(\w+)", "(\d+)"')
"""The label by which the query for the instants of the samples tells its selectors."""


class StandInRule(Struct, frozen=True):
    """An alert rule, which fires while the value of `query` is above the limit."""

    name: str
    query: str
    above: float


RULES = (
    StandInRule("HighLatency", P95, 0.25),
    StandInRule("HighErrorRate", ERRORS, 0.005),
    StandInRule("AuthFailures", AUTH_FAILURES, 100.0),
    StandInRule("DatabaseConnections", CONNECTIONS, 14.0),
)


def _success(data: object) -> web.Response:
    return web.json_response({"status": "success", "data": data})


def _bad_data(reason: str) -> web.Response:
    body = {"status": "error", "errorType": "bad_data", "error": reason}
    return web.json_response(body, status=400)


def _value(point: Point | None) -> dict[str, Any]:
    return _vector([] if point is None else [({}, f"{point.value:g}")])


def _stamps(text: str, point: Point | None) -> dict[str, Any]:
    """Return the instant of the last scrape for each selector."""
    if point is None:
        return _vector([])
    value = f"{point.stamp_s:.3f}"
    return _vector([({label: at}, value) for label, at in _SELECTOR.findall(text)])


def _vector(series: Sequence[tuple[Mapping[str, str], str]]) -> dict[str, Any]:
    now_s = round(time.time(), 3)
    result = [{"metric": labels, "value": [now_s, value]} for labels, value in series]
    return {"resultType": "vector", "result": result}


def _instant(text: str | None) -> float:
    at_s = time.time() if text is None else float(text)
    if not math.isfinite(at_s):
        raise ValueError(f"{text} is not a time")
    return at_s


def _evaluate(text: str, series: LatestSeries, at_s: float) -> dict[str, Any]:
    if text in _STAMPS:
        return _stamps(text, series.point(_STAMPS[text]))
    if text in QUERIES:
        return _value(series.point(text))
    return _scalar_time(at_s) if text == "time()" else _evaluate_shape(text, series, at_s)


def _scalar_time(at_s: float) -> dict[str, Any]:
    return {"resultType": "scalar", "result": [round(at_s, 3), f"{at_s:.3f}"]}


def _evaluate_shape(text: str, series: LatestSeries, at_s: float) -> dict[str, Any]:
    samples = evaluate(text, series.history, at_s)
    result = [
        {"metric": dict(labels), "value": [round(at_s, 3), repr(value)]}
        for labels, value in samples.items()
    ]
    return {"resultType": "vector", "result": result}


def _rule(rule: StandInRule, series: LatestSeries) -> dict[str, Any]:
    point = series.point(rule.query)
    fires = point is not None and point.value > rule.above
    return {
        "name": rule.name,
        "query": f"{rule.query} > {rule.above:g}",
        "type": "alerting",
        "health": "ok",
        "lastEvaluation": datetime.now(UTC).isoformat(),
        "state": "firing" if fires else "inactive",
        "labels": {"severity": "page"},
        "annotations": {},
        "alerts": [],
    }


def application(series: LatestSeries, alertmanager_url: str) -> web.Application:
    """Build the application of the API over `series`."""
    app = web.Application()

    async def query(request: web.Request) -> web.Response:
        text = request.query.get("query", "").strip()
        try:
            return _success(_evaluate(text, series, _instant(request.query.get("time"))))
        except ValueError as error:
            return _bad_data(str(error))
        except KeyError:
            return _bad_data(
                "this stand-in for Prometheus only knows the queries of the packaged card"
            )

    async def rules(_: web.Request) -> web.Response:
        group = {"name": "acme-api", "file": "rules.yml", "interval": 1}
        return _success({"groups": [{**group, "rules": [_rule(rule, series) for rule in RULES]}]})

    async def alertmanagers(_: web.Request) -> web.Response:
        active = [{"url": f"{alertmanager_url}/api/v2/alerts"}]
        return _success({"activeAlertmanagers": active, "droppedAlertmanagers": []})

    app.router.add_get("/api/v1/query", query)
    app.router.add_get("/api/v1/rules", rules)
    app.router.add_get("/api/v1/alertmanagers", alertmanagers)
    return app
