import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from checks.core.base import Outcome, Result, Target, Tools
from checks.rate_limit import RateLimit
from cockpit.runtime import environment
from tests.checks.kit import Talk, WrongError, client, read, saying, silent, talking
from tests.monitors.servers import serving

LIMITED = "GET /orders refused request 6 of 20"


class Bucket:
    """A limit of five requests that is full again when somebody has waited for a second."""

    def __init__(self, header: str | None = "1", heals: bool = True) -> None:
        self.came = 0
        self.most = 0
        self.level = 5
        self.waited: list[float] = []
        self.header, self.heals = header, heals

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.most, self.came = max(self.most, self.came), 0
        if self.heals:
            self.level = 5

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.came += 1
        if self.level == 0:
            headers = {} if self.header is None else {"Retry-After": self.header}
            headers["Date"] = "Sun, 01 Mar 2026 02:00:00 GMT"
            return web.Response(status=429, headers=headers)
        self.level -= 1
        return web.Response(text=request.headers.get("Authorization", ""))


def check(**options: Any) -> RateLimit:
    given = {"check": "rate-limit", "path": "/orders", "within": 20, "at_once": 1, "each": "2s"}
    return read(RateLimit, **{**given, **options})


def using(url: str, clock: Any = None, **target: str) -> Tools:
    def many(timeout_s: float, at_once: int) -> Any:
        return environment.many(timeout_s, at_once, rehearsal=True)

    env = {"JWT": "jwt"}
    return Tools(Path(), env, clock or Bucket(), client, Target(url=url, **target), many=many)


async def ask(one: RateLimit, with_: Tools) -> Result:
    return await asyncio.wait_for(one.run(with_), 20)


async def test_a_limit_is_met_and_over_after_the_time_it_said() -> None:
    bucket = Bucket()
    async with serving(bucket.handle) as url:
        seen = await ask(check(), using(url, bucket))
    assert seen.outcome is Outcome.PASSED
    assert seen.evidence == f"{LIMITED}, and accepted one again after 1 s, as announced"
    assert seen.figures == {"requests": 6, "met_at": 6}
    assert bucket.waited == [1.0]


@pytest.mark.parametrize(
    ("header", "waited"),
    [("0", 0.0), ("Sun, 01 Mar 2026 02:00:07 GMT", 7.0), ("Sun, 01 Mar 2026 01:00:00 GMT", 0.0)],
)
async def test_a_date_is_read_by_the_targets_own_clock(header: str, waited: float) -> None:
    bucket = Bucket(header)
    async with serving(bucket.handle) as url:
        assert (await ask(check(), using(url, bucket))).outcome is Outcome.PASSED
    assert bucket.waited == [waited]


@pytest.mark.parametrize("date", [b"soon", b"Sun, 01 Mar 2026 02:00:00", b"\xff\xfe"])
async def test_a_date_holds_where_the_target_s_own_is_none(date: bytes) -> None:
    head = b"HTTP/1.1 429 No\r\nRetry-After: Sun, 01 Mar 2020 02:00:07 GMT\r\nDate: " + date
    async with talking(saying(head + b"\r\nContent-Length: 0\r\n\r\n")) as port:
        seen = await ask(check(), using(f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.FAILED
    assert "and answered 429 after 0 s, when it should accept one again" in seen.evidence


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "NaN", "1e3", "Sun, 99 Mar", "9" * 99])
async def test_a_refusal_that_does_not_say_how_long_has_failed(header: str | None) -> None:
    bucket = Bucket(header)
    async with serving(bucket.handle) as url:
        seen = await ask(check(), using(url, bucket))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith(LIMITED)
    assert "Retry-After" in seen.evidence
    assert len(seen.evidence) < 200


async def test_no_limit_within_the_burst_has_failed_and_no_more_is_sent() -> None:
    bucket = Bucket()
    bucket.level = 1000
    async with serving(bucket.handle) as url:
        seen = await ask(check(at_once=7), using(url, bucket))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "GET /orders accepted 20 requests without a 429"
    assert (bucket.came, bucket.waited) == (20, [])


@pytest.mark.outcome("rate-limit", "failed")
async def test_a_limit_that_does_not_end_when_it_said_has_failed() -> None:
    bucket = Bucket(heals=False)
    async with serving(bucket.handle) as url:
        seen = await ask(check(), using(url, bucket))
    assert seen.outcome is Outcome.FAILED
    words = "and answered 429 after 1 s, when it should accept one again"
    assert seen.evidence == f"{LIMITED}, {words}"


@pytest.mark.outcome("rate-limit", "unknown")
@pytest.mark.law(1)
async def test_law_1_a_wait_that_is_too_long_is_unknown_and_not_waited() -> None:
    bucket = Bucket("3600")
    async with serving(bucket.handle) as url:
        seen = await ask(check(recovery="10s"), using(url, bucket))
    assert seen.outcome is Outcome.UNKNOWN
    assert "asks to wait 1h, longer than `recovery`, 10 s" in seen.evidence
    assert bucket.waited == []


async def test_two_at_once_take_turns_and_never_send_more_than_a_burst() -> None:
    bucket = Bucket()
    async with serving(bucket.handle) as url:
        one, with_ = check(within=8, at_once=4), using(url, bucket)
        several = await asyncio.gather(*(ask(one, with_) for _ in range(3)))
    assert [seen.outcome for seen in several] == [Outcome.PASSED] * 3
    assert len(bucket.waited) == 3
    # The request after a wait comes before the next burst: both together are counted here.
    assert bucket.most <= 8 + 1


@pytest.mark.outcome("rate-limit", "passed")
async def test_a_burst_that_is_cancelled_lets_the_next_one_go() -> None:
    bucket = Bucket()
    bucket.level = 0
    released = asyncio.Event()

    async def stuck(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return await bucket.handle(request)

    async with serving(stuck) as url:
        with_ = using(url, bucket)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await check().run(with_)
        released.set()
        assert (await ask(check(), with_)).outcome is Outcome.PASSED


@pytest.mark.law(1)
@pytest.mark.parametrize("status", [302, 401, 404, 500])
async def test_law_1_another_answer_says_nothing_of_a_limit(status: int) -> None:
    async def other(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": "/orders"})

    async with serving(other) as url:
        seen = await ask(check(), using(url))
        assert seen.outcome is Outcome.UNKNOWN
        said = f"GET /orders answered {status} to request 1, 200 or 429 expected"
        assert seen.evidence == said
        seen = await ask(check(status=[status]), using(url))
        assert seen.outcome is Outcome.FAILED


@pytest.mark.law(1)
async def test_law_1_an_error_after_the_wait_is_unknown() -> None:
    bucket = Bucket()

    async def dies(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503) if bucket.waited else await bucket.handle(request)

    async with serving(dies) as url:
        seen = await ask(check(), using(url, bucket))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith(f"{LIMITED}, and answered 503")


async def test_the_token_is_sent() -> None:
    came: set[str] = set()
    bucket = Bucket()

    async def handle(request: web.Request) -> web.StreamResponse:
        came.add(request.headers.get("Authorization", ""))
        return await bucket.handle(request)

    async with serving(handle) as url:
        with_ = using(url, bucket, token="${JWT}")
        assert (await ask(check(token=True), with_)).outcome is Outcome.PASSED
        assert (await ask(check(token=True), using(url))).outcome is Outcome.UNKNOWN
    assert came == {"Bearer jwt"}


OK = b"HTTP/1.1 200 OK\r\n"


def endless(head: bytes) -> Callable[[Any, Any], Awaitable[None]]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + b"\r\n")
        while True:
            writer.write(b"y\n" * 32_000)
            await writer.drain()

    return talk


@pytest.mark.law(9)
async def test_law_9_an_endless_body_is_not_read() -> None:
    async with talking(endless(OK)) as port:
        seen = await ask(check(), using(f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.FAILED
    async with talking(endless(b"HTTP/1.1 429 No\r\nRetry-After: \xff\xfe\x1b[2J\r\n")) as port:
        seen = await ask(check(), using(f"http://127.0.0.1:{port}"))
    assert seen.outcome is not Outcome.PASSED


@pytest.mark.parametrize("at_once", [1, 7])
async def test_never_more_than_the_burst_is_on_the_wire(at_once: int) -> None:
    """A client that sends again on a connection that was dropped would send more than was said."""
    came = 0

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            came += 1
            writer.write(OK + b"Content-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")  # the next one is heard, and not answered
        came += 1

    async with talking(drop) as port:
        seen = await ask(check(within=20, at_once=at_once), using(f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert came == seen.figures["requests"]
    assert came <= 20


@pytest.mark.law(1)
@pytest.mark.parametrize("talk", [saying(b""), saying(b"SSH-2.0\r\n"), silent])
async def test_law_1_no_answer_is_unknown(talk: Talk) -> None:
    async with talking(talk) as port:
        seen = await ask(check(each="50ms"), using(f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert "GET /orders gave no complete response" in seen.evidence


@pytest.mark.law(1)
async def test_law_1_no_target_and_a_refused_connection_are_unknown(free_port: int) -> None:
    for url in ("", "ftp://127.0.0.1", f"http://127.0.0.1:{free_port}"):
        assert (await ask(check(), using(url))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("options", [{"within": 0}, {"status": [429]}, {"method": "POST"}])
def test_a_wrong_card_says_what_is_wrong(options: dict[str, Any]) -> None:
    with pytest.raises(WrongError):
        check(**options)


def test_label() -> None:
    assert check().label() == "rate limit of /orders"
