import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from checks.core.base import Outcome, Result, Tools
from checks.cors import Cors
from checks.web.origins import strangers
from tests.checks.kit import Talk, WrongError, read, saying, silent, talking, tools
from tests.monitors.servers import serving

APP, ADMIN = "https://app.shop.example", "https://admin.shop.example"
ALLOWED = (APP, ADMIN)


def check(**options: Any) -> Cors:
    given = {"check": "cors", "origins": list(ALLOWED), "path": "/orders", "timeout": "10s"}
    return read(Cors, **{**given, **options})


async def ask(one: Cors, with_: Tools) -> Result:
    return await asyncio.wait_for(one.run(with_), 20)


def allow(origin: str, **more: str) -> web.Response:
    headers = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "GET, PUT"}
    headers["Access-Control-Allow-Headers"] = "authorization, content-type"
    return web.Response(headers=headers | {name.replace("_", "-"): v for name, v in more.items()})


def echoing(lets_in: Callable[[str], bool]) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.StreamResponse:
        origin = request.headers["Origin"]
        return allow(origin) if lets_in(origin) else web.Response(status=403)

    return handle


async def test_only_the_allowed_origins_are_echoed() -> None:
    async with serving(echoing(ALLOWED.__contains__)) as url:
        seen = await ask(check(), tools(url=url))
    said = "2 allowed origins echoed, 14 others and look-alikes not"
    assert seen == Result(Outcome.PASSED, said, (), {"requests": 32})


@pytest.mark.outcome("cors", "passed")
async def test_a_fixed_origin_for_strangers_lets_none_in() -> None:
    async def fixed(request: web.Request) -> web.StreamResponse:
        origin = request.headers["Origin"]
        return allow(origin if origin in ALLOWED else APP)

    async with serving(fixed) as url:
        assert (await ask(check(), tools(url=url))).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("lets_in", "who"),
    [
        (lambda origin: True, "https://cockpit-stranger.test"),
        (lambda origin: origin in (*ALLOWED, "null"), "null"),
        (lambda origin: origin.startswith(ALLOWED), "https://app.shop.example.evil.test"),
        (lambda origin: origin.endswith("app.shop.example"), "https://evilapp.shop.example"),
        (lambda origin: origin.endswith(".app.shop.example"), "https://evil.app.shop.example"),
        (lambda origin: origin.endswith("p.shop.example"), "https://evilapp.shop.example"),
        (lambda origin: origin.rpartition("//")[2] in str(ALLOWED), "http://app.shop.example"),
        (lambda origin: origin.removesuffix(":8443") in ALLOWED, "https://app.shop.example:8443"),
        (
            lambda origin: origin.replace("appxshop", "app.shop") in ALLOWED,
            "https://appxshop.example",
        ),
    ],
)
async def test_each_stranger_that_is_let_in_is_named(
    lets_in: Callable[[str], bool], who: str
) -> None:
    async with serving(echoing(lambda origin: origin in ALLOWED or lets_in(origin))) as url:
        seen = await ask(check(), tools(url=url))
    assert seen.outcome is Outcome.FAILED
    word = f"{who} (preflight) is answered Access-Control-Allow-Origin: {who}, none expected"
    assert seen.evidence.startswith(word)


async def test_a_stranger_that_is_let_in_with_credentials_is_told_so() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return allow(request.headers["Origin"], Access_Control_Allow_Credentials="true")

    async with serving(handle) as url:
        seen = await ask(check(), tools(url=url))
    assert seen.outcome is Outcome.FAILED
    assert "stranger.test with credentials, none expected (and 27 more)" in seen.evidence


async def test_a_star_is_no_list_and_worst_with_credentials() -> None:
    async def star(_: web.Request) -> web.StreamResponse:
        return allow("*", Access_Control_Allow_Credentials="true")

    async with serving(star) as url:
        seen = await ask(check(), tools(url=url))
    assert seen.outcome is Outcome.FAILED
    assert "Allow-Origin: * with credentials, a list of origins expected" in seen.evidence


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda origin: web.Response(), "Allow-Origin: none with status 200"),
        (lambda origin: allow(f"{APP}, {ADMIN}"), "Allow-Origin: https://app.shop.example, https"),
        (
            lambda origin: allow(origin, Access_Control_Allow_Headers="*"),
            "https://app.shop.example (preflight) may not send Authorization",
        ),
        (
            lambda origin: allow(origin, Access_Control_Allow_Methods="GET"),
            "https://app.shop.example (preflight) may not use PUT",
        ),
    ],
)
async def test_who_is_allowed_and_kept_out_has_failed(
    answer: Callable[[str], web.Response], said: str
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        origin = request.headers["Origin"]
        return answer(origin) if origin in ALLOWED else web.Response()

    async with serving(handle) as url:
        seen = await ask(check(method="PUT"), tools(url=url))
    assert seen.outcome is Outcome.FAILED
    assert said in seen.evidence


@pytest.mark.outcome("cors", "failed")
async def test_a_preflight_that_is_refused_or_redirected_has_failed() -> None:
    for status in (302, 401, 404):

        async def handle(request: web.Request, status: int = status) -> web.StreamResponse:
            origin = request.headers["Origin"]
            answer = allow(origin) if origin in ALLOWED else web.Response()
            if request.method == "OPTIONS":
                answer.set_status(status)
                answer.headers["Location"] = str(request.url)
            return answer

        async with serving(handle) as url:
            seen = await ask(check(), tools(url=url))
        assert seen.outcome is Outcome.FAILED
        assert seen.evidence == f"{APP} (preflight) is answered {status}, 2xx expected (and 1 more)"


async def test_the_token_goes_with_the_request_and_not_with_the_preflight() -> None:
    came = set()

    async def handle(request: web.Request) -> web.StreamResponse:
        came.add((request.method, request.headers.get("Authorization")))
        return await echoing(ALLOWED.__contains__)(request)  # type: ignore[no-any-return]

    async with serving(handle) as url:
        with_ = tools(env={"JWT": "jwt"}, url=url, token="${JWT}")
        assert (await ask(check(token=True), with_)).outcome is Outcome.PASSED
        assert (await ask(check(token=True), tools(url=url))).outcome is Outcome.UNKNOWN
        odd = tools(env={"JWT": "a\nb"}, url=url, token="${JWT}")
        assert (await ask(check(token=True), odd)).outcome is Outcome.UNKNOWN
    assert came == {("OPTIONS", None), ("GET", "Bearer jwt")}


@pytest.mark.law(1)
async def test_law_1_errors_are_unknown_and_do_not_hide_a_fault() -> None:
    async def broken(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    async with serving(broken) as url:
        seen = await ask(check(), tools(url=url))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("(preflight) was answered 503 (and 31 more)")

    async def half(request: web.Request) -> web.StreamResponse:
        refused = web.Response(status=503)
        return refused if request.method == "OPTIONS" else allow(request.headers["Origin"])

    async with serving(half) as url:
        assert (await ask(check(), tools(url=url))).outcome is Outcome.FAILED


OK = b"HTTP/1.1 200 OK\r\n"


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK + b"Access-Control-Allow-Origin: *\r\n\r\n")
    while True:
        writer.write(b"y\n" * 32_000)
        await writer.drain()


@pytest.mark.law(9)
async def test_law_9_an_endless_body_is_not_read() -> None:
    async with talking(endless) as port:
        seen = await ask(check(), tools(url=f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.FAILED


@pytest.mark.law(9)
async def test_law_9_a_hostile_header_is_only_text() -> None:
    head = OK + b"Access-Control-Allow-Origin: \xff\xfe" + b"y" * 5000
    async with talking(saying(head + b"\r\nContent-Length: 0\r\n\r\n")) as port:
        seen = await ask(check(), tools(url=f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.FAILED
    assert len(seen.evidence) < 250


@pytest.mark.law(1)
@pytest.mark.parametrize("talk", [saying(b""), saying(b"SSH-2.0\r\n"), silent])
async def test_law_1_no_answer_is_unknown_and_soon(talk: Talk) -> None:
    async with talking(talk) as port:
        seen = await ask(check(each="50ms"), tools(url=f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert "https://cockpit-stranger.test (preflight) gave no complete response" in seen.evidence
    assert len(seen.details) == 3


@pytest.mark.law(1)
async def test_law_1_a_refused_connection_says_so(free_port: int) -> None:
    seen = await ask(check(), tools(url=f"http://127.0.0.1:{free_port}"))
    assert "gave no complete response (Connection refused)" in seen.evidence


@pytest.mark.law(1)
async def test_law_1_no_time_is_unknown() -> None:
    async with talking(silent) as port:
        one = check(timeout="50ms", each="5s")
        seen = await ask(one, tools(url=f"http://127.0.0.1:{port}"))
    assert seen == Result(
        Outcome.UNKNOWN,
        "not every origin was tried within 50 ms",
        ("not every origin was tried within 50 ms",),
        {"requests": 0},
    )


@pytest.mark.outcome("cors", "unknown")
@pytest.mark.law(1)
async def test_law_1_no_target_is_unknown() -> None:
    for url in ("", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://[::", "127.0.0.1"):
        assert (await ask(check(), tools(url=url))).outcome is Outcome.UNKNOWN


def test_look_alikes_are_none_that_is_allowed() -> None:
    allowed = ("https://a.example", "http://a.example", "https://a.example:8443")
    assert not {*strangers(allowed)} & {*allowed}
    assert "https://a.example:8444" in strangers(["https://a.example:8443"])
    assert "https://127.0.0.1:3000" in strangers(["http://127.0.0.1:3000"])
    assert "http://[::1]:8443" in strangers(["http://[::1]"])


@pytest.mark.parametrize(
    "origins", [[], ["*"], ["https://a.example/"], ["a.example"], ["https://A.example"], ["null"]]
)
def test_a_wrong_card_says_what_is_wrong(origins: list[str]) -> None:
    with pytest.raises(WrongError):
        check(origins=origins)


def test_label() -> None:
    assert check().label() == "CORS of /orders"
