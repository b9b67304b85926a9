"""A stand-in for Alertmanager's HTTP API, which stores alerts and notifies nobody."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

_MAX_ALERTS = 1_000
_DEFAULT_DURATION = timedelta(minutes=5)
_FILTER = re.compile(r'\s*(\w+)\s*=\s*"([^"]*)"\s*')

Labels = tuple[tuple[str, str], ...]


class Alerts:
    """The active alerts by their labels; the oldest of more than 1,000 are dropped."""

    def __init__(self) -> None:
        self._ends: dict[Labels, datetime] = {}

    def add(self, alerts: Any, now: datetime) -> None:
        """Add alerts; raises ValueError, TypeError or KeyError if they are invalid."""
        for alert in alerts:
            labels = tuple(sorted((str(k), str(v)) for k, v in alert["labels"].items()))
            ends = alert.get("endsAt")
            self._ends.pop(labels, None)
            self._ends[labels] = datetime.fromisoformat(ends) if ends else now + _DEFAULT_DURATION
        active = {labels: ends for labels, ends in self._ends.items() if ends > now}
        self._ends = dict(list(active.items())[-_MAX_ALERTS:])

    def active(self, matchers: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
        """Return the active alerts that have all labels of `matchers`."""
        return [
            {
                "labels": dict(labels),
                "annotations": {},
                "endsAt": ends.isoformat(),
                "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
            }
            for labels, ends in self._ends.items()
            if ends > now and matchers.items() <= dict(labels).items()
        ]


def application() -> web.Application:
    """Build the application of the API."""
    app, alerts = web.Application(client_max_size=256 * 1024), Alerts()

    async def post(request: web.Request) -> web.Response:
        try:
            alerts.add(await request.json(), datetime.now(UTC))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return web.json_response({"code": 400, "message": repr(error)}, status=400)
        return web.Response()

    async def get(request: web.Request) -> web.Response:
        filters = [_FILTER.fullmatch(text) for text in request.query.getall("filter", [])]
        if not all(filters):
            return web.json_response({"code": 400, "message": "bad matcher format"}, status=400)
        matchers = {match[1]: match[2] for match in filters if match}
        return web.json_response(alerts.active(matchers, datetime.now(UTC)))

    async def status(_: web.Request) -> web.Response:
        return web.json_response({"cluster": {"status": "disabled"}, "uptime": "now"})

    app.router.add_post("/api/v2/alerts", post)
    app.router.add_get("/api/v2/alerts", get)
    app.router.add_get("/api/v2/status", status)
    return app
