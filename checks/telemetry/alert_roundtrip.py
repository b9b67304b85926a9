"""A test alert for Alertmanager: sent, seen, ended.

It is ended at once, and ends by itself before the 30 s for which Alertmanager gathers a group
before it notifies; and its `severity` is `none`. Nobody is woken, unless a route waits for less.
"""

import asyncio
import contextlib
import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from checks.core.base import Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError
from checks.core.findings import Finding, failed, passed, unknown
from checks.web.json_api import Api, ApiRequest

LABEL = "cockpit_test"
_LIVES_S = 20.0
_PAUSE_S = 0.2
_GOODBYE_S = 2.0
_ALERTS = "/api/v2/alerts"


class Alert(Struct):
    """An alert that Alertmanager shows."""

    labels: dict[str, str]


class AlertmanagerStatus(Struct):
    """What Alertmanager says of itself."""

    uptime: str


class Receiver(Struct):
    """An Alertmanager that Prometheus knows of."""

    url: str = ""


class Receivers(Struct, rename="camel"):
    """The Alertmanagers that Prometheus sends to."""

    active_alertmanagers: list[Receiver]


class Sends(Struct):
    """The answer to where alerts are sent."""

    data: Receivers


async def receivers(prometheus: Api) -> Finding:
    """Return whether Prometheus sends its alerts to an Alertmanager."""
    active = (await prometheus.ask(ApiRequest(path="/api/v1/alertmanagers"), Sends)).data
    if not active.active_alertmanagers:
        return failed("Prometheus sends its alerts to no Alertmanager")
    return passed("Prometheus sends its alerts to an Alertmanager")


async def reachable(api: Api) -> Finding:
    """Return whether Alertmanager responds; nothing is sent to it."""
    await api.ask(ApiRequest(path="/api/v2/status"), AlertmanagerStatus)
    return passed(f"{api.name} answers")


async def arrives(api: Api, tools: Tools, within_s: float) -> Finding:
    """Send a test alert, return whether Alertmanager shows it within `within_s`, and resolve it."""
    labels = {"alertname": "CockpitTest", "severity": "none", LABEL: secrets.token_hex(8)}
    starts = datetime.now(UTC)
    started_s = tools.clock.monotonic()
    try:
        await api.send(_alert(labels, starts, starts + timedelta(seconds=_LIVES_S)))
        while not await _is_seen(api, labels):
            if tools.clock.monotonic() - started_s >= within_s:
                within = format_duration(within_s)
                return unknown(f"{api.name} took a test alert, but did not show it within {within}")
            await tools.clock.sleep(_PAUSE_S)
        took = format_duration(tools.clock.monotonic() - started_s)
        return passed(f"a test alert arrived in {took}")
    finally:
        await _end(api, labels, starts)


async def _is_seen(api: Api, labels: dict[str, str]) -> bool:
    question = ApiRequest(path=_ALERTS, params={"filter": f'{LABEL}="{labels[LABEL]}"'})
    shown = await api.ask(question, list[Alert])
    return any(alert.labels == labels for alert in shown)


async def _end(api: Api, labels: dict[str, str], starts: datetime) -> None:
    """End the alert; also after a failure or a cancellation, and then in a short time."""
    with contextlib.suppress(HttpError, TimeoutError):
        async with asyncio.timeout(_GOODBYE_S):
            await api.send(_alert(labels, starts, starts))


def _alert(labels: dict[str, str], starts: datetime, ends: datetime) -> ApiRequest:
    words = {"summary": "a test by cockpit: alerts arrive here; nothing is wrong"}
    alert = {"labels": labels, "annotations": words, "startsAt": starts, "endsAt": ends}
    return ApiRequest(path=_ALERTS, method="POST", body=msgspec.json.encode([alert]))
