"""Whether an error that is sent to Sentry arrives there."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError, UnreadableError
from checks.core.text import one_line
from checks.core.units import Span, Text
from checks.telemetry.sentry_dsn import Dsn, parse
from checks.web.json_api import Api, ApiRequest, FromOutside, redact_secrets

if TYPE_CHECKING:
    import httpx

_RESPONSE_S = 10.0
_PAUSE_S = 1.0
_ARCHIVE_S = 3.0
TAG = "cockpit-test"


class Tag(Struct):
    """A tag of an event."""

    key: str
    value: str | None = None


class Event(Struct, rename={"event_id": "eventID", "group_id": "groupID"}):
    """An event as Sentry's API returns it."""

    event_id: str
    tags: list[Tag]
    group_id: str | None = None


class Sentry(Check, kw_only=True, frozen=True, tag="sentry"):
    """A test error that is sent to the DSN can be read back through Sentry's API.

    **It writes** one event of the level `info`, in the environment `cockpit-test`, with a tag of
    that name. Sentry cannot delete a single event, but all test events belong to one issue, which
    is archived as soon as it appears. The token needs `event:write` for that; `project:read` is
    enough for everything else.

    Failed: the DSN is refused.

    Unknown: the rate limit is reached, the token is refused, or the event was accepted but is not
    readable within `within`.

    Neither the DSN nor the token is shown.
    """

    dsn: Annotated[
        FromOutside, Meta(description="the DSN that the service uses, as `${SENTRY_DSN}`")
    ]
    api: Annotated[Text, Meta(description="the URL of Sentry, as `https://sentry.io`")]
    project: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$",
            description="the organization and project, as `acme/acme-api`",
        ),
    ]
    token: Annotated[FromOutside, Meta(description="a token for the API, as `${SENTRY_TOKEN}`")]
    within: Annotated[Span, Meta(description="how soon the event must be readable")] = 30.0
    timeout: Annotated[Span, Meta(description="no response within this time is unknown")] = 45.0

    def __post_init__(self) -> None:
        """Check that `within` fits into `timeout`."""
        if self.within >= self.timeout:
            raise ValueError("`within` must be shorter than `timeout`")

    def label(self) -> str:
        """Return the default title."""
        return f"errors reach Sentry: {self.project}"

    async def run(self, tools: Tools) -> Result:
        """Send, read back and archive an event; the evidence is its id and how long it took."""
        token, dsn = tools.expand(self.token), tools.expand(self.dsn)
        try:
            target = parse(dsn)
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, str(error))
        async with tools.http(self.timeout) as client:
            result = await self._check(tools, client, target, token)
        return redact_secrets(result, dsn, target.key, token)

    async def _check(
        self, tools: Tools, client: "httpx.AsyncClient", dsn: Dsn, token: str
    ) -> Result:
        response_s = min(_RESPONSE_S, self.timeout)
        event_id = secrets.token_hex(16)
        try:
            await Api("Sentry", dsn.base, client, response_s).send(_envelope(dsn, event_id))
        except HttpError as error:
            return _judge_rejection(error)
        reading = Api("Sentry's API", tools.expand(self.api), client, response_s, token)
        return await self._read_back(tools, reading, event_id)

    async def _read_back(self, tools: Tools, api: Api, event_id: str) -> Result:
        started_s = tools.clock.monotonic()
        request = ApiRequest(path=f"/api/0/projects/{self.project}/events/{event_id}/")
        while True:
            try:
                event = await api.ask(request, Event)
                break
            except HttpError as error:
                if error.status != 404:
                    return _unreadable(str(error))
            if tools.clock.monotonic() - started_s >= self.within:
                return _unreadable(f"it is not readable within {format_duration(self.within)}")
            tools.say("the test event is on its way")
            await tools.clock.sleep(_PAUSE_S)
        took = format_duration(tools.clock.monotonic() - started_s)
        sent = {tag.value for tag in event.tags if tag.key == TAG}
        if event.event_id != event_id or sent != {event_id}:
            return _unreadable("Sentry's API returned another event")
        details = await self._archive(api, event.group_id)
        return Result(Outcome.PASSED, f"test event {event_id[:8]} readable after {took}", details)

    async def _archive(self, api: Api, issue: str | None) -> tuple[str, ...]:
        """Archive the issue of the test events, so that it alerts nobody; return details."""
        if issue is None or not (issue.isascii() and issue.isalnum()):
            return ("the test event has no issue to archive",)
        path = f"/api/0/organizations/{self.project.split('/')[0]}/issues/{issue}/"
        change = ApiRequest(path=path, method="PUT", body=b'{"status": "ignored"}')
        try:
            async with asyncio.timeout(_ARCHIVE_S):
                await api.send(change)
        except (HttpError, TimeoutError) as error:
            reason = one_line(str(error)) or "no response"
            return (f"issue {one_line(issue, 20)} of the test events stays open: {reason}",)
        return (f"issue {one_line(issue, 20)} of the test events is archived",)


def _judge_rejection(error: HttpError) -> Result:
    """Judge a rejected event: failed if the DSN is refused, as the service's errors are lost."""
    if error.status == 429:
        return Result(Outcome.UNKNOWN, f"over the rate limit, try again: {error}")
    if error.status in (401, 403, 404):
        return Result(Outcome.FAILED, f"the DSN is refused: {error}")
    return Result(Outcome.UNKNOWN, f"the test event was not accepted: {error}")


def _unreadable(reason: str) -> Result:
    return Result(Outcome.UNKNOWN, f"the test event was accepted, but {reason}")


def _envelope(dsn: Dsn, event_id: str) -> ApiRequest:
    """Build the envelope of the test event: envelope header, item header and item, a line each."""
    now = datetime.now(UTC)
    event = {
        "event_id": event_id,
        "timestamp": now.timestamp(),
        "platform": "other",
        "logger": "cockpit",
        "level": "info",
        "environment": TAG,
        "tags": {TAG: event_id},
        "fingerprint": [TAG],
        "exception": {
            "values": [{"type": "CockpitTest", "value": "a test: errors arrive here, all is well"}]
        },
    }
    item = msgspec.json.encode(event)
    head = msgspec.json.encode({"event_id": event_id, "sent_at": now})
    kind = msgspec.json.encode({"type": "event", "length": len(item)})
    return ApiRequest(
        path=f"/api/{dsn.project}/envelope/",
        method="POST",
        headers={
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client=cockpit/1.0, "
            f"sentry_key={dsn.key}",
        },
        body=b"\n".join((head, kind, item, b"")),
    )
