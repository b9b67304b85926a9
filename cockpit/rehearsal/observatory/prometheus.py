"""A stand-in for Prometheus's HTTP API: instant queries, rules, and where alerts are sent."""

import re
import time
from typing import Any

from aiohttp import web
from msgspec import Struct

from cockpit.rehearsal.observatory.series import (
    AUTH_FAILURES,
    CONNECTIONS,
    ERRORS,
    P95,
    Point,
    Series,
)

_STAMP = re.compile(r"\s*timestamp\((.*)\)\s*", re.DOTALL)


class Rule(Struct, frozen=True):
    """An alert rule: it fires above a limit."""

    name: str
    query: str
    above: float


RULES = (
    Rule("HighLatency", P95, 0.25),
    Rule("HighErrorRate", ERRORS, 0.005),
    Rule("AuthFailures", AUTH_FAILURES, 100.0),
    Rule("DatabaseConnections", CONNECTIONS, 14.0),
)


def _success(data: object) -> web.Response:
    return web.json_response({"status": "success", "data": data})


def _bad(reason: str) -> web.Response:
    body = {"status": "error", "errorType": "bad_data", "error": reason}
    return web.json_response(body, status=400)


def _vector(point: Point | None, *, is_stamp: bool) -> dict[str, Any]:
    if point is None:
        return {"resultType": "vector", "result": []}
    value = f"{point.stamp_s:.3f}" if is_stamp else f"{point.value:g}"
    series = {"metric": {}, "value": [round(time.time(), 3), value]}
    return {"resultType": "vector", "result": [series]}


def _rule(rule: Rule, series: Series) -> dict[str, Any]:
    point = series.point(rule.query)
    fires = point is not None and point.value > rule.above
    return {
        "name": rule.name,
        "query": f"{rule.query} > {rule.above:g}",
        "type": "alerting",
        "health": "ok",
        "state": "firing" if fires else "inactive",
        "labels": {"severity": "page"},
        "annotations": {},
        "alerts": [],
    }


def application(series: Series, alertmanager_url: str) -> web.Application:
    """Build the API over `series`."""
    app = web.Application()

    async def query(request: web.Request) -> web.Response:
        text = request.query.get("query", "").strip()
        stamp = _STAMP.fullmatch(text)
        try:
            point = series.point(stamp[1].strip() if stamp else text)
        except KeyError:
            return _bad("this stand-in for Prometheus knows the queries of the packaged card alone")
        return _success(_vector(point, is_stamp=stamp is not None))

    async def rules(_: web.Request) -> web.Response:
        group = {"name": "acme-api", "file": "rules.yml", "interval": 1}
        return _success({"groups": [{**group, "rules": [_rule(one, series) for one in RULES]}]})

    async def alertmanagers(_: web.Request) -> web.Response:
        active = [{"url": f"{alertmanager_url}/api/v2/alerts"}]
        return _success({"activeAlertmanagers": active, "droppedAlertmanagers": []})

    app.router.add_get("/api/v1/query", query)
    app.router.add_get("/api/v1/rules", rules)
    app.router.add_get("/api/v1/alertmanagers", alertmanagers)
    return app
