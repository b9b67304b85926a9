"""A stand-in for Alertmanager's HTTP API: it takes alerts, shows those that last, wakes nobody."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

_MOST_ALERTS = 1_000
_LASTS = timedelta(minutes=5)
_FILTER = re.compile(r'\s*(\w+)\s*=\s*"([^"]*)"\s*')

Labels = tuple[tuple[str, str], ...]


class Alerts:
    """The alerts that last, by their labels; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._ends: dict[Labels, datetime] = {}

    def take(self, alerts: Any, now: datetime) -> None:
        """Take in what was sent; ValueError, TypeError or KeyError when it is none."""
        for alert in alerts:
            labels = tuple(sorted((str(k), str(v)) for k, v in alert["labels"].items()))
            ends = alert.get("endsAt")
            self._ends.pop(labels, None)
            self._ends[labels] = datetime.fromisoformat(ends) if ends else now + _LASTS
        last = {labels: ends for labels, ends in self._ends.items() if ends > now}
        self._ends = dict(list(last.items())[-_MOST_ALERTS:])

    def shown(self, wanted: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
        """Give the alerts that last and have all the `wanted` labels."""
        return [
            {
                "labels": dict(labels),
                "annotations": {},
                "endsAt": ends.isoformat(),
                "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
            }
            for labels, ends in self._ends.items()
            if ends > now and wanted.items() <= dict(labels).items()
        ]


def application() -> web.Application:
    """Build the API."""
    app, alerts = web.Application(client_max_size=256 * 1024), Alerts()

    async def post(request: web.Request) -> web.Response:
        try:
            alerts.take(await request.json(), datetime.now(UTC))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return web.json_response({"code": 400, "message": repr(error)}, status=400)
        return web.Response()

    async def get(request: web.Request) -> web.Response:
        found = [_FILTER.fullmatch(text) for text in request.query.getall("filter", [])]
        if not all(found):
            return web.json_response({"code": 400, "message": "bad matcher format"}, status=400)
        wanted = {one[1]: one[2] for one in found if one}
        return web.json_response(alerts.shown(wanted, datetime.now(UTC)))

    async def status(_: web.Request) -> web.Response:
        return web.json_response({"cluster": {"status": "disabled"}, "uptime": "now"})

    app.router.add_post("/api/v2/alerts", post)
    app.router.add_get("/api/v2/alerts", get)
    app.router.add_get("/api/v2/status", status)
    return app
