"""A stand-in for Sentry: accepts envelopes with the DSN's key, returns events for a token."""

import hmac
import json
import re
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

PROJECT_ID = "1"
PROJECT = "acme/acme-api"
_ISSUE = "101"
_MAX_EVENTS = 200
_KEY = re.compile(r"sentry_key=([^,\s]+)")
_ID = re.compile(r"[0-9a-f]{32}")

Event = dict[str, Any]


def _error(status: int, reason: str) -> web.Response:
    return web.json_response({"detail": reason}, status=status)


def parse_event(envelope: bytes) -> Event:
    """Return the event of an envelope; raises ValueError, TypeError or KeyError without one."""
    head, _, rest = envelope.partition(b"\n")
    json.loads(head)
    kind, _, rest = rest.partition(b"\n")
    header = json.loads(kind)
    size = header.get("length")
    item = rest[:size] if size is not None else rest.partition(b"\n")[0]
    event: Event = json.loads(item)
    if header["type"] != "event" or not _ID.fullmatch(event["event_id"]):
        raise ValueError("the envelope has no event with an id")
    return event


def _api_event(event: Event) -> Event:
    tags = {
        **event.get("tags", {}),
        "level": event.get("level", "error"),
        "environment": event.get("environment", "production"),
    }
    return {
        "eventID": event["event_id"],
        "groupID": _ISSUE,
        "platform": event.get("platform", "other"),
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


class EventStore:
    """The accepted events. `key` is the DSN's, for sending; `token` is needed for reading."""

    def __init__(self, key: str, token: str) -> None:
        self._key, self._token = key.encode(), token
        self._events: dict[str, Event] = {}

    @web.middleware
    async def authenticate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Require the DSN's key for sending an event, and the token for everything else."""
        if request.path.endswith("/envelope/"):
            key = _KEY.search(request.headers.get("X-Sentry-Auth", ""))
            if not key or not hmac.compare_digest(key[1].encode(), self._key):
                return _error(403, "event submission rejected with_reason: ProjectId")
            return await handler(request)
        authorization = request.headers.get("Authorization", "")
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self._token}".encode()):
            return _error(401, "Authentication credentials were not provided.")
        return await handler(request)

    async def accept_envelope(self, request: web.Request) -> web.Response:
        """Store an event; the oldest of more than 200 is dropped."""
        try:
            event = parse_event(await request.read())
            self._events[event["event_id"]] = _api_event(event)
        except (ValueError, TypeError, KeyError, AttributeError):
            return _error(400, "invalid envelope")
        for oldest in list(self._events)[:-_MAX_EVENTS]:
            del self._events[oldest]
        return web.json_response({"id": event["event_id"]})

    async def list_events(self, _: web.Request) -> web.Response:
        """Return all events, newest first."""
        return web.json_response(list(reversed(self._events.values())))

    async def get_event(self, request: web.Request) -> web.Response:
        """Return one event, or 404."""
        event = self._events.get(request.match_info["event"])
        return web.json_response(event) if event else _error(404, "Event not found")

    async def archive_issue(self, _: web.Request) -> web.Response:
        """Respond that the issue is archived."""
        return web.json_response({"id": _ISSUE, "status": "ignored"})


def application(key: str, token: str) -> web.Application:
    """Build the application of the API."""
    store = EventStore(key, token)
    app = web.Application(middlewares=[store.authenticate], client_max_size=1024 * 1024)
    events = f"/api/0/projects/{PROJECT}/events/"
    app.router.add_post(f"/api/{PROJECT_ID}/envelope/", store.accept_envelope)
    app.router.add_get(events, store.list_events)
    app.router.add_get(events + "{event}/", store.get_event)
    app.router.add_put(f"/api/0/organizations/acme/issues/{_ISSUE}/", store.archive_issue)
    return app
