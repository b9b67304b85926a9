"""A stand-in for Sentry: it takes envelopes with the DSN's key, and shows events with a token."""

import hmac
import json
import re
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

PROJECT_ID = "1"
PROJECT = "acme/acme-api"
_ISSUE = "101"
_MOST_EVENTS = 200
_KEY = re.compile(r"sentry_key=([^,\s]+)")
_ID = re.compile(r"[0-9a-f]{32}")

Event = dict[str, Any]


def _detail(status: int, reason: str) -> web.Response:
    return web.json_response({"detail": reason}, status=status)


def event_of(envelope: bytes) -> Event:
    """Give the event of an envelope; ValueError, TypeError or KeyError when it holds none."""
    head, _, rest = envelope.partition(b"\n")
    json.loads(head)
    kind, _, rest = rest.partition(b"\n")
    said = json.loads(kind)
    size = said.get("length")
    item = rest[:size] if size is not None else rest.partition(b"\n")[0]
    event: Event = json.loads(item)
    if said["type"] != "event" or not _ID.fullmatch(event["event_id"]):
        raise ValueError("no event with an id")
    return event


def _shown(event: Event) -> Event:
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


class Store:
    """The events that were taken: `key` is the DSN's, `token` the one that reads."""

    def __init__(self, key: str, token: str) -> None:
        self._key, self._token = key.encode(), token
        self._events: dict[str, Event] = {}

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in what sends by the DSN's key, and what reads by the token."""
        if request.path.endswith("/envelope/"):
            found = _KEY.search(request.headers.get("X-Sentry-Auth", ""))
            if not found or not hmac.compare_digest(found[1].encode(), self._key):
                return _detail(403, "event submission rejected with_reason: ProjectId")
            return await handler(request)
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return _detail(401, "Authentication credentials were not provided.")
        return await handler(request)

    async def envelope(self, request: web.Request) -> web.Response:
        """Take an event; the oldest goes when there are too many."""
        try:
            event = event_of(await request.read())
            self._events[event["event_id"]] = _shown(event)
        except (ValueError, TypeError, KeyError, AttributeError):
            return _detail(400, "invalid envelope")
        for oldest in list(self._events)[:-_MOST_EVENTS]:
            del self._events[oldest]
        return web.json_response({"id": event["event_id"]})

    async def listed(self, _: web.Request) -> web.Response:
        """Give all events, the newest first."""
        return web.json_response(list(reversed(self._events.values())))

    async def single(self, request: web.Request) -> web.Response:
        """Give one event."""
        event = self._events.get(request.match_info["event"])
        return web.json_response(event) if event else _detail(404, "Event not found")

    async def archive(self, _: web.Request) -> web.Response:
        """Say that the issue is archived."""
        return web.json_response({"id": _ISSUE, "status": "ignored"})


def application(key: str, token: str) -> web.Application:
    """Build the API."""
    store = Store(key, token)
    app = web.Application(middlewares=[store.guard], client_max_size=1024 * 1024)
    events = f"/api/0/projects/{PROJECT}/events/"
    app.router.add_post(f"/api/{PROJECT_ID}/envelope/", store.envelope)
    app.router.add_get(events, store.listed)
    app.router.add_get(events + "{event}/", store.single)
    app.router.add_put(f"/api/0/organizations/acme/issues/{_ISSUE}/", store.archive)
    return app
