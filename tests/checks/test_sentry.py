import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from checks.core.base import Outcome, Result
from checks.core.errors import UnsetVariableError
from checks.core.run_check import run_check
from checks.sentry import Sentry
from cockpit.rehearsal.observatory import sentry
from tests.checks.kit import WrongError, read, saying, silent, talking
from tests.checks.peers import (
    HOSTILE,
    answering,
    dripping,
    endless,
    free_port,
    hurried,
    refusing,
)

KEY, TOKEN = "0123456789abcdef0123456789abcdef", "a-token-that-reads"
SEND = "POST /api/1/envelope/"
READ = "GET /api/0/projects/acme/acme-api/events/{event}/"
ARCHIVE = "PUT /api/0/organizations/acme/issues/{issue}/"


def check(**options: Any) -> Sentry:
    given = {
        "check": "sentry", "dsn": "${SENTRY_DSN}", "api": "${SENTRY_URL}",
        "project": "acme/acme-api", "token": "${SENTRY_TOKEN}", **options,
    }  # fmt: skip
    return read(Sentry, **given)


def env(url: str, **others: str) -> dict[str, str]:
    dsn = url.replace("://", f"://{KEY}@") + "/1"
    return {"SENTRY_DSN": dsn, "SENTRY_URL": url, "SENTRY_TOKEN": TOKEN, **others}


async def ask(env: dict[str, str], **options: Any) -> Result:
    return await asyncio.wait_for(run_check(check(**options), hurried(**env)), 20)


def is_secret(seen: Result) -> bool:
    return KEY not in str(seen) and TOKEN not in str(seen)


class Store:
    """Sentry with faults: it shows an event after so many questions, as `changed` by a test."""

    def __init__(self, after: int = 0, **changed: Any) -> None:
        self.store = sentry.EventStore(KEY, TOKEN)
        self.after, self.changed = after, changed
        self.archived: list[str] = []
        self.sent: list[bytes] = []

    async def send(self, request: web.Request) -> web.StreamResponse:
        self.sent.append(await request.read())
        return await self.store.authenticate(request, self.store.accept_envelope)

    async def read(self, request: web.Request) -> web.StreamResponse:
        self.after -= 1
        if self.after >= 0:
            return web.json_response({"detail": "Event not found"}, status=404)
        answer = await self.store.authenticate(request, self.store.get_event)
        assert isinstance(answer, web.Response)
        if answer.status != 200:
            return answer
        event = json.loads(answer.text or "")
        return web.json_response({**event, **self.changed})

    async def archive(self, request: web.Request) -> web.StreamResponse:
        self.archived.append(request.match_info["issue"])
        assert await request.json() == {"status": "ignored"}
        return web.json_response({"id": request.match_info["issue"], "status": "ignored"})

    def routes(self) -> dict[str, Any]:
        return {SEND: self.send, READ: self.read, ARCHIVE: self.archive}


async def test_sent_read_back_and_archived() -> None:
    store = Store(after=3)
    async with answering(store.routes()) as url:
        seen = await ask(env(url))
    assert seen.outcome is Outcome.PASSED
    assert seen.evidence.startswith("test event ")
    assert seen.details == ("issue 101 of the test events is archived",)
    assert store.archived == ["101"]
    assert is_secret(seen)


async def test_the_event_says_that_it_is_a_test() -> None:
    store = Store()
    async with answering(store.routes()) as url:
        await ask(env(url))
    head, kind, item, end = store.sent[0].split(b"\n")
    event = json.loads(item)
    assert json.loads(head)["event_id"] == event["event_id"] == event["tags"]["cockpit-test"]
    assert json.loads(kind) == {"type": "event", "length": len(item)}
    assert (event["level"], event["environment"]) == ("info", "cockpit-test")
    assert event["fingerprint"] == ["cockpit-test"]
    assert end == b""


@pytest.mark.outcome("sentry", "passed")
async def test_an_issue_that_may_not_be_archived_is_named() -> None:
    routes = {**Store().routes(), ARCHIVE: refusing(403, detail="You do not have permission")}
    async with answering(routes) as url:
        seen = await ask(env(url))
    assert seen.outcome is Outcome.PASSED
    assert seen.details[0].startswith("issue 101 of the test events stays open: ")


@pytest.mark.outcome("sentry", "unknown")
@pytest.mark.law(1)
async def test_law_1_accepted_and_not_readable_is_unknown() -> None:
    async with answering(Store(after=10_000).routes()) as url:
        seen = await ask(env(url))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "the test event was accepted, but it is not readable within 30 s"


@pytest.mark.law(1)
@pytest.mark.parametrize("changed", [{"eventID": "0" * 32}, {"tags": []}])
async def test_law_1_another_event_is_unknown(changed: dict[str, Any]) -> None:
    async with answering(Store(**changed).routes()) as url:
        seen = await ask(env(url))
    assert seen.evidence == "the test event was accepted, but Sentry's API returned another event"
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("issue", ["../../teams", None, ""])
async def test_an_odd_issue_is_left_alone(issue: str | None) -> None:
    store = Store(groupID=issue)
    async with answering(store.routes()) as url:
        seen = await ask(env(url))
    assert (seen.outcome, store.archived) == (Outcome.PASSED, [])


@pytest.mark.parametrize(
    ("status", "outcome", "evidence"),
    [
        (401, Outcome.FAILED, "the DSN is refused: Sentry answered 401: no"),
        (403, Outcome.FAILED, "the DSN is refused: Sentry answered 403: no"),
        (404, Outcome.FAILED, "the DSN is refused: Sentry answered 404: no"),
        (429, Outcome.UNKNOWN, "over the rate limit, try again: Sentry answered 429: no"),
        (400, Outcome.UNKNOWN, "the test event was not accepted: Sentry answered 400: no"),
        (503, Outcome.UNKNOWN, "the test event was not accepted: Sentry answered 503: no"),
    ],
)
async def test_refused(status: int, outcome: Outcome, evidence: str) -> None:
    async with answering({SEND: refusing(status, detail="no")}) as url:
        seen = await ask(env(url))
    assert (seen.outcome, seen.evidence) == (outcome, evidence)


@pytest.mark.outcome("sentry", "failed")
async def test_a_wrong_key_has_failed_and_a_wrong_token_is_unknown() -> None:
    async with answering(Store().routes()) as url:
        wrong = url.replace("://", "://another@") + "/1"
        seen = await ask(env(url, SENTRY_DSN=wrong))
        assert seen.outcome is Outcome.FAILED
        seen = await ask(env(url, SENTRY_TOKEN="another-token"))
    assert seen.outcome is Outcome.UNKNOWN
    assert "Sentry's API answered 401: Authentication credentials" in seen.evidence


@pytest.mark.law(8)
async def test_law_8_what_is_said_back_is_redacted() -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.json_response({"detail": request.headers["X-Sentry-Auth"]}, status=403)

    async with answering({SEND: echo}) as url:
        seen = await ask(env(url))
    assert "sentry_key=•••" in seen.evidence
    assert is_secret(seen)


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "dsn",
    [
        "key", "https://host/1", "https://key@host", "https://key@host/name", "ftp://key@host/1",
        "https://k%20y@host/1", "https://key@host:port/1", "https://key@/1", "https://[key@host/1",
    ],
)  # fmt: skip
async def test_law_1_no_dsn_is_unknown_and_not_shown(dsn: str) -> None:
    seen = await ask(env("http://127.0.0.1", SENTRY_DSN=dsn))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("the DSN must be like")


@pytest.mark.law(1)
async def test_law_1_nothing_set_and_nobody_there_are_unknown() -> None:
    with pytest.raises(UnsetVariableError, match="SENTRY_TOKEN"):
        await check().run(hurried())
    seen = await ask(env(f"http://127.0.0.1:{free_port()}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("Sentry gave no complete response (Connection refused)")


@pytest.mark.law(1)
@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
async def test_law_1_hostile_answers_are_unknown(answer: bytes) -> None:
    async with talking(saying(answer)) as port:
        seen = await ask(env(f"http://127.0.0.1:{port}"))
        assert seen.outcome is Outcome.UNKNOWN
        store = Store()
        async with answering(store.routes()) as url:  # it is taken, but what reads is hostile
            seen = await ask(env(url, SENTRY_URL=f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("the test event was accepted, but ")
    assert len(seen.evidence) < 300


@pytest.mark.law(1)
@pytest.mark.parametrize("talk", [silent, endless, dripping(b"{")])
async def test_law_1_no_whole_answer_in_time_is_unknown(talk: Any) -> None:
    async with talking(talk) as port:
        seen = await ask(env(f"http://127.0.0.1:{port}"), within="50ms", timeout="100ms")
    assert seen.outcome is Outcome.UNKNOWN


async def test_cancelled_it_ends_at_once() -> None:
    async with talking(silent) as port:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await check().run(hurried(**env(f"http://127.0.0.1:{port}")))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"project": "acme-api"}, "project|fits|fit"),
        ({"project": "acme/../x"}, "fit"),
        ({"within": "45s"}, "`within` must be shorter than `timeout`"),
        ({"token": "literal"}, "this is a secret"),
        ({"dsn": "https://literal@host/1"}, "this is a secret"),
    ],
)
def test_what_a_card_may_not_say(options: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongError, match=why) as caught:
        check(**options)
    assert "literal" not in str(caught.value)
