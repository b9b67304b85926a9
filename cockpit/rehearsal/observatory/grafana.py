"""A stand-in for Grafana: one dashboard, whose panels query the stand-in for Prometheus."""

import hmac
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from cockpit.rehearsal.observatory.series import (
    AUTH_FAILURES,
    CONNECTIONS,
    ERRORS,
    P95,
    LatestSeries,
    Point,
)

UID = "acme-api"
_VERSIONS = "[0-9].*"
_DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
_FIELDS = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]


def _panel(number: int, title: str, query: str) -> dict[str, Any]:
    expression = query.replace(_VERSIONS, "$version")
    target = {"refId": "A", "datasource": _DATASOURCE, "expr": expression, "range": True}
    return {"id": number, "title": title, "type": "timeseries", "targets": [target]}


def dashboard() -> dict[str, Any]:
    """Return the dashboard's model, as Grafana stores it."""
    panels = [
        _panel(1, "p95", P95),
        _panel(2, "5xx", ERRORS),
        _panel(3, "auth failures", AUTH_FAILURES),
        _panel(4, "database connections", CONNECTIONS),
    ]
    note = {"id": 5, "title": "", "type": "text", "options": {"content": "A rehearsal."}}
    version = {"name": "version", "type": "custom", "query": _VERSIONS, "current": {}}
    return {
        "uid": UID,
        "title": "acme-api in a rehearsal",
        "panels": [*panels, note],
        "templating": {"list": [version]},
    }


def _frame(point: Point | None) -> dict[str, Any]:
    columns = [[int(point.stamp_s * 1000)], [point.value]] if point else [[], []]
    return {"schema": {"refId": "A", "fields": _FIELDS}, "data": {"values": columns}}


def application(series: LatestSeries, token: str) -> web.Application:
    """Build the application of the API; every request needs `token`."""

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        authorization = request.headers.get("Authorization", "")
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            return web.json_response({"message": "Unauthorized"}, status=401)
        return await handler(request)

    async def get_dashboard(request: web.Request) -> web.Response:
        if request.match_info["uid"] != UID:
            return web.json_response({"message": "Dashboard not found"}, status=404)
        return web.json_response({"dashboard": dashboard(), "meta": {"slug": UID}})

    def query_result(query: dict[str, Any]) -> dict[str, Any]:
        try:
            point = series.point(query["expr"])
        except KeyError:
            return {"status": 400, "error": "bad_data: this stand-in does not know the query"}
        return {"status": 200, "frames": [_frame(point)]}

    async def query(request: web.Request) -> web.Response:
        await series.wait_for_data()
        try:
            results = {q["refId"]: query_result(q) for q in (await request.json())["queries"]}
        except (ValueError, TypeError, KeyError):
            return web.json_response({"message": "bad request data"}, status=400)
        return web.json_response({"results": results})

    app = web.Application(middlewares=[authenticate], client_max_size=256 * 1024)
    app.router.add_get("/api/dashboards/uid/{uid}", get_dashboard)
    app.router.add_post("/api/ds/query", query)
    return app
