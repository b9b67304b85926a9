"""A test alert for Alertmanager: sent, awaited, resolved.

It is resolved at once, and expires before the 30 s (`group_wait`) that Alertmanager waits before it
notifies; its `severity` is `none`. So it pages nobody, unless a route waits for less.
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
from checks.core.text import one_line
from checks.web.json_api import Api, ApiRequest

LABEL = "cockpit_test"
_LIVES_S = 20.0
_PAUSE_S = 0.2
_GOODBYE_S = 2.0
_ALERTS = "/api/v2/alerts"


class AlertStatus(Struct, rename="camel"):
    """Whether an alert notifies somebody, or what hides it."""

    state: str
    silenced_by: list[str] = []
    inhibited_by: list[str] = []


class Alert(Struct):
    """An alert that Alertmanager shows."""

    labels: dict[str, str]
    status: AlertStatus | None = None


class AlertmanagerStatus(Struct):
    """The status of Alertmanager itself."""

    uptime: str


class Receiver(Struct):
    """An Alertmanager that Prometheus knows of."""

    url: str = ""


class Receivers(Struct, rename="camel"):
    """The Alertmanagers that Prometheus sends to."""

    active_alertmanagers: list[Receiver]


class ReceiversResponse(Struct):
    """The response to `/api/v1/alertmanagers`."""

    data: Receivers


async def check_receivers(prometheus: Api) -> Finding:
    """Check that Prometheus sends its alerts to an Alertmanager; raises HttpError."""
    request = ApiRequest(path="/api/v1/alertmanagers")
    response = await prometheus.ask(request, ReceiversResponse)
    if not response.data.active_alertmanagers:
        return failed("Prometheus sends its alerts to no Alertmanager")
    return passed("Prometheus sends its alerts to an Alertmanager")


async def check_response(api: Api) -> Finding:
    """Check that Alertmanager responds, without sending an alert; raises HttpError."""
    await api.ask(ApiRequest(path="/api/v2/status"), AlertmanagerStatus)
    return passed(f"{api.name} answers")


async def check_arrival(api: Api, tools: Tools, within_s: float) -> Finding:
    """Send a test alert, check that Alertmanager shows it in `within_s` seconds, and resolve it.

    One that a silence or another alert hides is shown too, but notifies nobody: it has not arrived.
    """
    labels = {"alertname": "CockpitTest", "severity": "none", LABEL: secrets.token_hex(8)}
    starts = datetime.now(UTC)
    started_s = tools.clock.monotonic()
    try:
        await api.send(_alert(labels, starts, starts + timedelta(seconds=_LIVES_S)))
        while (shown := await _shown(api, labels)) is None:
            if tools.clock.monotonic() - started_s >= within_s:
                within = format_duration(within_s)
                return unknown(f"{api.name} took a test alert, but did not show it within {within}")
            await tools.clock.sleep(_PAUSE_S)
        took = format_duration(tools.clock.monotonic() - started_s)
        return _judge(shown.status, took, api.name)
    finally:
        await _resolve(api, labels, starts)


async def _shown(api: Api, labels: dict[str, str]) -> Alert | None:
    """Return the alert as Alertmanager shows it, once it has looked what hides it."""
    request = ApiRequest(path=_ALERTS, params={"filter": f'{LABEL}="{labels[LABEL]}"'})
    found = await api.ask(request, list[Alert])
    processed = (one for one in found if one.status is None or one.status.state != "unprocessed")
    return next((alert for alert in processed if alert.labels == labels), None)


def _judge(status: AlertStatus | None, took: str, name: str) -> Finding:
    if status is None:
        return unknown(f"{name} does not say whether a silence hides the test alert")
    if status.silenced_by:
        silence = one_line(status.silenced_by[0], 40)
        return failed(f"the silence {silence} hides the test alert: it notifies nobody")
    if status.inhibited_by:
        return failed("another alert inhibits the test alert: it notifies nobody")
    if status.state != "active":
        return unknown(f"{name} shows the test alert as {one_line(status.state, 20)}")
    return passed(f"a test alert arrived in {took}")


async def _resolve(api: Api, labels: dict[str, str], starts: datetime) -> None:
    """Resolve the alert, even after a failure or a cancellation, within two seconds."""
    with contextlib.suppress(HttpError, TimeoutError):
        async with asyncio.timeout(_GOODBYE_S):
            await api.send(_alert(labels, starts, starts))


def _alert(labels: dict[str, str], starts: datetime, ends: datetime) -> ApiRequest:
    annotations = {"summary": "a test by cockpit: alerts arrive here; nothing is wrong"}
    alert = {"labels": labels, "annotations": annotations, "startsAt": starts, "endsAt": ends}
    return ApiRequest(path=_ALERTS, method="POST", body=msgspec.json.encode([alert]))
