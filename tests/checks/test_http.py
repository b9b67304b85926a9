import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from aiohttp import web

from checks.core.base import Outcome, Result, Tools
from checks.core.errors import UnsetVariableError
from checks.http import Http
from tests.checks.kit import Talk, WrongError, read, saying, silent, talking, tools

LIMIT_S = 10.0
BODY = '{"status": "ok", "version": "2.5.0"}'
Serve = Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve a handler for every path and method on loopback, and give its address."""
    runners = []

    async def start(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> str:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        return f"http://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


def check(path: str | None = "/health", **options: Any) -> Http:
    return read(Http, **{"check": "http", "path": path, "timeout": "5s", **options})


async def ask(one: Http, using: Tools) -> Result:
    return await asyncio.wait_for(one.run(using), LIMIT_S)


async def hello(request: web.Request) -> web.StreamResponse:
    headers = {"Cache-Control": "max-age=60", "X-Path": request.path_qs, "X-Method": request.method}
    headers["X-Token"] = request.headers.get("Authorization", "none")
    headers["X-Trace"] = request.headers.get("Trace", "none")
    return web.Response(text=BODY, headers=headers)


async def test_passes_with_status_and_latency(serve: Serve) -> None:
    seen = await ask(check(latency="250ms", body='"status": "ok"'), tools(url=await serve(hello)))
    assert seen == Result(Outcome.PASSED, "GET /health answered 200 in 12 ms, limit 250 ms")


@pytest.mark.parametrize("path", ["health?deep=1", "/health?deep=1", "//health?deep=1"])
async def test_the_path_is_joined_to_the_target(serve: Serve, path: str) -> None:
    url = await serve(hello) + "/api/"
    one = check(path, headers={"x-path": "/api/health?deep=1", "X-METHOD": "PUT"}, method="PUT")
    assert (await ask(one, tools(url=url))).outcome is Outcome.PASSED


async def test_an_address_of_its_own_is_shown_as_the_card_has_it(serve: Serve) -> None:
    one = check(None, url="${BASE}/x", status=[404])
    seen = await ask(one, tools(env={"BASE": await serve(hello)}))
    assert seen.evidence == "GET ${BASE}/x answered 200, 404 expected"


@pytest.mark.law(8)
async def test_law_8_a_password_in_the_address_is_not_shown() -> None:
    async with talking(saying(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) as port:
        seen = await ask(check(None, url=f"http://bob:p@s5w0rd@127.0.0.1:{port}/"), tools())
    assert seen.outcome is not Outcome.PASSED
    assert "p@s5" not in str(seen)
    assert "s5w0rd" not in str(seen)


async def test_token_and_headers_are_sent(serve: Serve) -> None:
    expected = {"X-Token": "Bearer jwt", "X-Trace": "a b"}
    one = check(token=True, send={"Trace": "${TRACE}"}, headers=expected)
    env = {"JWT": "jwt", "TRACE": "a b"}
    using = tools(env=env, url=await serve(hello), token="${JWT}")
    assert (await ask(one, using)).outcome is Outcome.PASSED
    without = tools(env=env, url=using.target.url)
    assert (await ask(one, without)).outcome is Outcome.UNKNOWN


async def test_wrong_status(serve: Serve) -> None:
    seen = await ask(check(status=[401, 403, 404]), tools(url=await serve(hello)))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "GET /health answered 200, 401 or 403 or 404 expected"


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ({"cache-control": "max-age"}, "cache-control: max-age=60, max-age expected"),
        ({"Cache-Control": "/max-age=[0-9]$/"}, "max-age=60, /max-age=[0-9]$/ expected"),
        ({"X-Gone": "/./"}, "X-Gone: none, /./ expected"),
        ({"Cache-Control": None}, "Cache-Control: max-age=60, none expected"),
    ],
)
async def test_wrong_headers(serve: Serve, headers: dict[str, Any], fault: str) -> None:
    seen = await ask(check(headers=headers), tools(url=await serve(hello)))
    assert seen.outcome is Outcome.FAILED
    assert fault in seen.evidence


@pytest.mark.law(12)
async def test_a_header_cannot_freeze_the_program(serve: Serve) -> None:
    """A backtracking engine doubles its time with each letter: this would never end."""

    async def hostile(_: web.Request) -> web.StreamResponse:
        return web.Response(headers={"X-Words": "a" * 4000 + "!"})

    one = check(headers={"x-words": r"/^(\w+\s?)*$/"})
    assert (await ask(one, tools(url=await serve(hostile)))).outcome is Outcome.FAILED


async def test_right_headers(serve: Serve) -> None:
    one = check(headers={"cache-control": "/^max-age=[0-9]+$/", "x-gone": None})
    assert (await ask(one, tools(url=await serve(hello)))).outcome is Outcome.PASSED


@pytest.mark.outcome("http", "failed")
async def test_wrong_body_and_latency_are_both_in_the_details(serve: Serve) -> None:
    one = check(body='"status": "down"', latency="250ms")
    seen = await ask(one, tools(url=await serve(hello), step_s=0.2504))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == f'GET /health answered without “"status": "down"”, but {BODY}'
    assert seen.details[1] == "answered in 250.4 ms, limit 250 ms"


async def test_the_expected_body_may_name_a_variable(serve: Serve) -> None:
    one = check(body='"version": "${RELEASE}"')
    url = await serve(hello)
    assert (await ask(one, tools(url=url, env={"RELEASE": "2.5.0"}))).outcome is Outcome.PASSED
    assert (await ask(one, tools(url=url, env={"RELEASE": "2.6.0"}))).outcome is Outcome.FAILED
    with pytest.raises(UnsetVariableError, match="RELEASE"):
        await ask(one, tools(url=url))


async def test_redirects_are_not_followed(serve: Serve) -> None:
    async def around(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": str(request.url)})

    url = await serve(around)
    assert (await ask(check(), tools(url=url))).evidence.endswith("answered 302, 200 expected")
    assert (await ask(check(status=[302]), tools(url=url))).outcome is Outcome.PASSED


@pytest.mark.law(1)
async def test_law_1_no_target_and_no_legal_address_are_unknown() -> None:
    assert "target.url" in (await ask(check(), tools())).evidence
    for url in (
        "ftp://127.0.0.1",
        "127.0.0.1",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://[::",
    ):
        seen = await ask(check(), tools(url=url))
        assert seen.outcome is Outcome.UNKNOWN, url


@pytest.mark.law(1)
async def test_law_1_refused_is_unknown(free_port: int) -> None:
    seen = await ask(check(), tools(url=f"http://127.0.0.1:{free_port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "GET /health gave no complete response (Connection refused)"


@pytest.mark.law(1)
async def test_law_1_a_tls_error_is_unknown(serve: Serve) -> None:
    url = (await serve(hello)).replace("http://", "https://")
    assert (await ask(check(), tools(url=url))).outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_no_answer_in_time_is_unknown() -> None:
    async with talking(silent) as port:
        seen = await ask(check(timeout="50ms"), tools(url=f"http://127.0.0.1:{port}"))
    assert seen == Result(Outcome.UNKNOWN, "GET /health gave no complete response within 50 ms")


async def test_cancelled_by_the_callers_timeout() -> None:
    async with talking(silent) as port:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await check().run(tools(url=f"http://127.0.0.1:{port}"))


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\xfe garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
        OK + b"X: y\r\n" * 100_000 + b"\r\n",
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(BODY.encode(), mtime=0),
    ],
    ids=["nothing", "garbage", "ssh", "half", "chunk", "header", "headers", "gzip"],
)
async def test_law_1_hostile_answers_are_unknown(answer: bytes) -> None:
    async with talking(saying(answer)) as port:
        seen = await ask(check(body="ok"), tools(url=f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert len(seen.evidence) < 300


@pytest.mark.law(9)
async def test_law_9_invalid_utf_8_and_controls_are_only_text() -> None:
    body = b"\xff\xfe\x1b]0;pwned\x07 [/foo] status ok"
    async with talking(saying(OK + b"X: \xe9\xff\r\n\r\n" + body)) as port:
        url = f"http://127.0.0.1:{port}"
        assert (await ask(check(body="status ok"), tools(url=url))).outcome is Outcome.PASSED
        seen = await ask(check(body="gone"), tools(url=url))
    assert seen.outcome is Outcome.FAILED
    assert "�" in seen.evidence


def endless(head: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(b"y\n" * 32_000)
            await writer.drain()

    return talk


@pytest.mark.law(9)
async def test_law_9_an_endless_stream_is_read_up_to_a_mebibyte() -> None:
    async with talking(endless(OK + b"\r\n")) as port:
        url = f"http://127.0.0.1:{port}"
        assert (await ask(check(), tools(url=url))).outcome is Outcome.PASSED
        seen = await ask(check(body="never said"), tools(url=url))
    assert seen.outcome is Outcome.FAILED
    assert len(seen.evidence) < 300


@pytest.mark.outcome("http", "passed")
@pytest.mark.law(9)
async def test_law_9_a_compressed_bomb_is_not_unfolded() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = OK + b"Content-Encoding: gzip\r\n\r\n"
    async with talking(saying(head + bomb)) as port:
        seen = await ask(check(), tools(url=f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.PASSED


@pytest.mark.law(8)
@pytest.mark.parametrize("token", ["jwt\n", "jwt\r\nX-Evil: 1", "jẅt"])
async def test_law_8_a_token_that_no_header_may_hold_is_not_shown(serve: Serve, token: str) -> None:
    using = tools(env={"JWT": token}, url=await serve(hello), token="${JWT}")
    seen = await ask(check(token=True), using)
    assert seen.outcome is Outcome.UNKNOWN
    assert token.strip() not in str(seen)
    assert "Authorization" in seen.evidence


@pytest.mark.outcome("http", "unknown")
async def test_a_broken_client_is_a_sentence() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("")

    using = tools(
        url="http://127.0.0.1:1",
        http=lambda timeout_s: httpx.AsyncClient(
            timeout=timeout_s, transport=httpx.MockTransport(refuse)
        ),
    )
    seen = await ask(check(), using)
    assert seen == Result(Outcome.UNKNOWN, "GET /health gave no complete response (ReadError)")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": None}, "either `path` or `url`"),
        ({"url": "http://127.0.0.1/"}, "either `path` or `url`"),
        ({"method": "HEAD", "body": "x"}, "has no body"),
        ({"status": []}, "this is empty"),
        ({"status": [99]}, "write at least 100"),
        ({"headers": {"x": "/(/"}}, "not a regular expression"),
        ({"headers": {"x": r"/(a)\1/"}}, "refers back to a group: write that part again"),
        ({"latency": "250"}, "not a duration"),
        ({"method": "TELEPORT"}, "`TELEPORT` is not known here: write `GET`"),
        ({"body": " "}, "a text that is not empty"),
    ],
)
def test_a_wrong_card_says_what_is_wrong(options: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongError, match=said):
        check(**{"path": "/health", **options})


def test_label() -> None:
    assert check("/health").label() == "GET /health"
    assert check(None, url="https://bob:pw@127.0.0.1/x", method="HEAD").label() == (
        "HEAD https://127.0.0.1/x"
    )
