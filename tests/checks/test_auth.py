import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import httpx
import jwt
import pytest
from aiohttp import web
from msgspec.structs import replace

from checks.auth import Auth
from checks.core.base import Outcome, Result, Tools
from checks.core.run_check import run_check
from checks.web.tokens import Wrong
from cockpit.foundation.redaction import Redactor, evidence
from tests.checks.guarded import (
    AUDIENCE,
    GOOD,
    PATHS,
    SECRET,
    claims_of,
    document,
    guard,
    guarded,
    loose,
)
from tests.checks.kit import Talk, WrongError, read, saying, silent, talking, tools

ENV = {"JWT": GOOD, "JWT_SECRET": SECRET}
WITH_SECRET = {"secret": "${JWT_SECRET}", "audience": AUDIENCE}
NO_TOKEN = "answered 200 to no token, garbage, a wrong signature and alg: none"


def check(**options: Any) -> Auth:
    return read(Auth, **{"check": "auth", "timeout": "10s", "each": "2s", **options})


def using(folder: Path, url: str, env: dict[str, str] = ENV, **target: str) -> Tools:
    given = {"openapi": document(folder), "token": "${JWT}", **target}
    return tools(folder, env, url=url, **given)


async def ask(one: Auth, with_: Tools) -> Result:
    return await asyncio.wait_for(one.run(with_), 20)


async def test_a_guard_that_holds_passes(tmp_path: Path) -> None:
    async with guarded(guard) as url:
        seen = await ask(check(**WITH_SECRET), using(tmp_path, url + "/"))
    assert seen.outcome is Outcome.PASSED, seen
    assert seen.evidence == (
        "4 operations refuse 6 of 6 kinds of wrong token, 2 accept the valid one"
    )
    assert seen.details == ()
    assert seen.figures == {"operations": 4, "requests": 26, "let_in": 0}


async def test_what_is_not_asked_with_is_named(tmp_path: Path) -> None:
    async with guarded(guard) as url:
        seen = await ask(check(audience=AUDIENCE), using(tmp_path, url))
    assert seen.evidence.startswith("4 operations refuse 4 of 6 kinds of wrong token")
    assert seen.details == (
        "not asked with an expired token: it needs `secret`",
        "not asked with a wrong audience: it needs `secret`",
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"verify_exp": False}, "an expired token"),
        ({"verify_aud": False}, "a wrong audience"),
        ({"verify_signature": False}, "a wrong signature, alg: none and a wrong audience"),
    ],
)
async def test_each_hole_of_a_guard_is_found(
    tmp_path: Path, options: dict[str, Any], told: str
) -> None:
    async with guarded(loose(**options)) as url:
        seen = await ask(check(**WITH_SECRET), using(tmp_path, url))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("GET /orders answered 200 to " + told)
    assert seen.figures["let_in"] == 4


def kind_of(request: web.Request) -> str:
    """Return which of the tokens this is; only a holder of the secret can."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token:
        return "no token"
    try:
        head = jwt.get_unverified_header(token)
        claims_of(request)
    except jwt.ExpiredSignatureError:
        return "an expired token"
    except jwt.InvalidAudienceError:
        return "a wrong audience"
    except jwt.InvalidSignatureError:
        return "a wrong signature"
    except jwt.InvalidTokenError:
        return "alg: none" if token.count(".") == 2 and token.endswith(".") else "garbage"
    return f"the good token, {head['alg']}"


@pytest.mark.parametrize("kind", get_args(Wrong))
async def test_a_hole_for_one_kind_of_token_alone_is_found(tmp_path: Path, kind: str) -> None:
    def hole(request: web.Request) -> web.StreamResponse | None:
        return None if kind_of(request) == kind else guard(request)

    async with guarded(hole) as url:
        seen = await ask(check(**WITH_SECRET), using(tmp_path, url))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith(
        f"GET /orders answered 200 to {kind} (and 3 more): a request without"
    )
    assert seen.figures["let_in"] == 4


async def test_another_address_and_some_kinds_alone(tmp_path: Path) -> None:
    one = check(url="${CANARY}", wrong=["no token", "an expired token"], good=False, **WITH_SECRET)
    async with guarded(guard) as url:
        seen = await ask(one, using(tmp_path, "http://127.0.0.1:1", {**ENV, "CANARY": url}))
    assert seen.outcome is Outcome.PASSED, seen
    assert seen.evidence == "4 operations refuse 2 of 2 kinds of wrong token"


@pytest.mark.law(1)
async def test_law_1_a_kind_that_the_card_names_is_not_left_out(tmp_path: Path) -> None:
    async with guarded(guard) as url:
        with_ = using(tmp_path, url)
        seen = await ask(check(wrong=["no token", "an expired token"]), with_)
        assert seen.outcome is Outcome.UNKNOWN
        assert seen.evidence == "not asked with an expired token: it needs `secret`"
        secret = {"secret": "${JWT_SECRET}", "wrong": ["no token", "a wrong audience"]}
        seen = await ask(check(**secret), with_)
        assert seen.outcome is Outcome.UNKNOWN
        assert seen.evidence.endswith("it needs `secret` and `audience`")


@pytest.mark.law(8)
@pytest.mark.parametrize("path", ["0/x", "@127.0.0.1:1/x", ".evil.test/x", "x"])
async def test_law_8_no_path_makes_another_host_of_the_target(tmp_path: Path, path: str) -> None:
    """The good token would go there: a document is foreign text."""
    asked: list[str] = []

    class Client(httpx.AsyncClient):
        async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
            asked.append(str(request.url))
            raise httpx.ConnectError("no")

    with_ = using(tmp_path, "http://127.0.0.1:8")
    document(tmp_path, {path: {"get": {}}})
    seen = await ask(check(), replace(with_, many=lambda *_: Client()))
    assert seen.outcome is Outcome.UNKNOWN
    assert f"GET {path} has a path that is no address" in f"{seen.evidence} {seen.details}"
    assert asked == []


@pytest.mark.law(1)
async def test_law_1_asked_with_nothing_is_unknown(tmp_path: Path) -> None:
    async with guarded(guard) as url:
        seen = await ask(check(wrong=["an expired token"]), using(tmp_path, url))
    assert seen == Result(Outcome.UNKNOWN, "not asked with an expired token: it needs `secret`")


@pytest.mark.outcome("auth", "failed")
async def test_an_open_operation_is_the_loudest_and_demote_is_at_hand(tmp_path: Path) -> None:
    def hole(request: web.Request) -> web.StreamResponse | None:
        if request.method == "DELETE":
            return web.Response(status=404)
        return None if request.path == "/orders/1" else guard(request)

    async with guarded(hole) as url:
        seen = await ask(check(), using(tmp_path, url))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == (
        f"GET /orders/{{id}} {NO_TOKEN}: a request without a valid token was let in: demote it"
    )
    assert any(line.startswith("DELETE /orders/{id} answered 404") for line in seen.details)


async def test_the_loudest_failure_is_whole_in_what_a_record_keeps(tmp_path: Path) -> None:
    """However long the offender's path is, and however many there are."""
    paths = {f"/{'orders/' * 20}{n}": {"get": {}} for n in range(3)}
    async with guarded(lambda _: None) as url:
        with_ = using(tmp_path, url)
        document(tmp_path, paths)
        seen = await ask(check(**WITH_SECRET), with_)
    said = evidence(seen.evidence, Redactor({}))
    assert said.startswith("GET /orders/orders/")
    assert said.endswith("(and 2 more): a request without a valid token was let in: demote it")


async def test_a_probe_changes_nothing_even_where_the_guard_is_broken(tmp_path: Path) -> None:
    came: list[str] = []
    async with guarded(lambda _: None, came) as url:
        await ask(check(good=False), using(tmp_path, url))
    assert Counter(came) == {
        "GET /orders ": 4,
        'POST /orders ["cockpit"]': 4,
        "GET /orders/1 ": 4,
        "DELETE /orders/2147483647 ": 4,
    }


async def test_what_nothing_keeps_harmless_is_not_asked_and_unknown(tmp_path: Path) -> None:
    came: list[str] = []
    paths = {"/a": {"get": {}}, "/flush": {"post": {}}, "/k/{k}": {"put": {}}}
    async with guarded(guard, came) as url:
        with_ = using(tmp_path, url)
        document(tmp_path, paths)
        seen = await ask(check(), with_)
        assert seen.outcome is Outcome.UNKNOWN
        assert seen.evidence.startswith(
            "POST /flush (and 1 more) is not requested: it might change"
        )
        assert "not requested, as it might change something: PUT /k/{k}" in seen.details
        seen = await ask(check(unsafe=False), with_)
        assert seen.outcome is Outcome.PASSED
        assert seen.details[-2:] == ("left out: POST /flush", "left out: PUT /k/{k}")
        seen = await ask(check(leave_out=["POST /flush", "PUT /k/{k}"]), with_)
        assert seen.outcome is Outcome.PASSED
    assert came == ["GET /a "] * 3


@pytest.mark.parametrize("status", [302, 404, 405, 422])
async def test_an_answer_before_the_guard_has_failed(tmp_path: Path, status: int) -> None:
    def early(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": "/orders"})

    async with guarded(early) as url:
        seen = await ask(check(good=False), using(tmp_path, url))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith(f"GET /orders answered {status} to no token, garbage")
    assert seen.evidence.endswith("(and 3 more), 401 or 403 expected")


@pytest.mark.law(1)
async def test_law_1_errors_of_the_server_are_unknown(tmp_path: Path) -> None:
    async with guarded(lambda _: web.Response(status=503)) as url:
        seen = await ask(check(good=False), using(tmp_path, url))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("GET /orders answered 503 to no token")


@pytest.mark.law(1)
async def test_law_1_a_guard_that_refuses_the_good_token_too_has_failed(tmp_path: Path) -> None:
    async with guarded(lambda _: web.Response(status=401)) as url:
        seen = await ask(check(), using(tmp_path, url))
        assert seen.outcome is Outcome.FAILED
        assert seen.evidence == (
            "GET /orders answered 401 to the good token, 2xx expected (and 1 more)"
        )
        made_here = using(tmp_path, url, token="")
        seen = await ask(check(**WITH_SECRET), made_here)
    assert seen.outcome is Outcome.UNKNOWN
    assert "set `target.token`" in seen.evidence


async def test_without_a_token_the_secret_makes_one(tmp_path: Path) -> None:
    async with guarded(guard) as url:
        without = using(tmp_path, url, token="")
        assert (await ask(check(**WITH_SECRET), without)).outcome is Outcome.PASSED
        seen = await ask(check(), without)
        assert (seen.outcome, "good: false" in seen.evidence) == (Outcome.UNKNOWN, True)
        assert (await ask(check(good=False), without)).outcome is Outcome.PASSED


@pytest.mark.law(1)
async def test_law_1_a_token_or_a_secret_that_proves_nothing(tmp_path: Path) -> None:
    old = jwt.encode({"sub": "smoke", "aud": AUDIENCE, "exp": 1_500_000_000}, SECRET, "HS256")
    async with guarded(guard) as url:
        seen = await ask(check(), using(tmp_path, url, {"JWT": old}))
        assert (seen.outcome, "has expired" in seen.evidence) == (Outcome.UNKNOWN, True)
        other = {"JWT": GOOD, "JWT_SECRET": "another one"}
        seen = await ask(check(**WITH_SECRET), using(tmp_path, url, other))
        assert (seen.outcome, "not signed with" in seen.evidence) == (Outcome.UNKNOWN, True)
        assert "another one" not in str(seen)
        opaque = {"JWT": "an-opaque-token"}
        seen = await ask(check(), using(tmp_path, url, opaque))
        assert seen.outcome is Outcome.FAILED
        seen = await ask(check(), using(tmp_path, url, {"JWT": "a\nb"}))
        assert seen.outcome is Outcome.UNKNOWN


async def test_a_limit_of_the_rate_is_waited_for(tmp_path: Path) -> None:
    limited = Counter[str]()

    def limit(request: web.Request) -> web.StreamResponse | None:
        limited[request.method] += 1
        if limited[request.method] == 1:
            return web.Response(status=429, headers={"Retry-After": "2"})
        return guard(request)

    waited: list[float] = []

    class Clock:
        def monotonic(self) -> float:
            return 0.0

        async def sleep(self, seconds: float) -> None:
            waited.append(seconds)

    async with guarded(limit) as url:
        with_ = using(tmp_path, url)
        patient = Tools(tmp_path, ENV, Clock(), with_.http, with_.target, many=with_.many)
        assert (await ask(check(), patient)).outcome is Outcome.PASSED
    assert waited == [2.0] * 3


@pytest.mark.law(1)
async def test_law_1_a_limit_that_lasts_is_unknown(tmp_path: Path) -> None:
    endless = web.Response
    async with guarded(lambda _: endless(status=429, headers={"Retry-After": "0"})) as url:
        seen = await ask(check(), using(tmp_path, url))
    assert seen.outcome is Outcome.UNKNOWN
    assert "answered 429" in seen.evidence


OK = b"HTTP/1.1 200 OK\r\n"


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK + b"Content-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"y\n" * 32_000)
        await writer.drain()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK + b"Content-Length: 100\r\n\r\nhalf")
    await silent(reader, writer)


@pytest.mark.law(9)
@pytest.mark.parametrize(
    "talk",
    [endless, dripping, saying(OK + b"X: \xe9\xff\r\nContent-Length: 2\r\n\r\n\xff\xfe")],
    ids=["endless", "half", "invalid"],
)
async def test_law_9_a_hostile_body_changes_nothing_of_what_was_answered(
    tmp_path: Path, talk: Talk
) -> None:
    async with talking(talk) as port:
        one = check(good=False, each="200ms")
        seen = await ask(one, using(tmp_path, f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith(f"GET /orders {NO_TOKEN}")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "talk",
    [
        saying(b""),
        saying(b"SSH-2.0-OpenSSH_9.2\r\n"),
        saying(b"\xff\xfe garbage\r\n\r\n"),
        saying(b"HTTP/1.1 NaN OK\r\n\r\n"),
        saying(OK + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n"),
        silent,
    ],
    ids=["nothing", "ssh", "garbage", "nan", "header", "silent"],
)
async def test_law_1_no_answer_is_unknown(tmp_path: Path, talk: Talk) -> None:
    async with talking(talk) as port:
        one = check(good=False, each="50ms")
        seen = await ask(one, using(tmp_path, f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert "gave no " in seen.evidence
    assert len(seen.evidence) < 250


@pytest.mark.law(1)
async def test_law_1_refused_connections_are_unknown(tmp_path: Path, free_port: int) -> None:
    seen = await ask(check(), using(tmp_path, f"http://127.0.0.1:{free_port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert "gave no complete response (Connection refused)" in seen.evidence


@pytest.mark.outcome("auth", "unknown")
@pytest.mark.law(10)
async def test_law_10_a_rehearsal_asks_nobody_elsewhere(tmp_path: Path) -> None:
    seen = await ask(check(), using(tmp_path, "http://192.0.2.1"))
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_what_was_not_asked_in_time_is_unknown(tmp_path: Path) -> None:
    async with talking(silent) as port:
        one = check(timeout="100ms", each="5s", at_once=2)
        seen = await ask(one, using(tmp_path, f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == ("only 0 of 4 operations were requested within 100 ms: raise `timeout`")


async def test_who_was_let_in_before_the_time_ran_out_is_told(tmp_path: Path) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if b"DELETE" in head:
                await silent(reader, writer)
            writer.write(OK + b"Content-Length: 0\r\n\r\n")

    async with talking(half) as port:
        one = check(timeout="300ms", each="5s")
        seen = await ask(one, using(tmp_path, f"http://127.0.0.1:{port}"))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("GET /orders answered 200 to no token")


async def test_cancelled_it_leaves_no_connection(tmp_path: Path) -> None:
    async with talking(silent) as port:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await check().run(using(tmp_path, f"http://127.0.0.1:{port}"))
    # an open connection or session would warn when it is collected, and a warning is an error


@pytest.mark.outcome("auth", "passed")
async def test_a_cookie_of_the_good_token_lets_nobody_in(tmp_path: Path) -> None:
    def remember(request: web.Request) -> web.StreamResponse | None:
        refused = guard(request)
        if "session" in request.cookies:
            return web.Response()
        if refused is None and request.method == "GET":
            answer = web.Response()
            answer.set_cookie("session", "open")
            return answer
        return refused

    async with guarded(remember) as url:
        one = check(at_once=1)
        seen = await ask(one, using(tmp_path, url.replace("127.0.0.1", "localhost")))
    assert seen.outcome is Outcome.PASSED, seen


async def test_progress_is_said_and_what_is_told_is_bounded(tmp_path: Path) -> None:
    said: list[str] = []
    async with guarded(lambda _: None) as url:
        with_ = using(tmp_path, url)
        document(tmp_path, {f"/{n}": {"get": {}} for n in range(250)})
        telling = Tools(
            tmp_path, ENV, with_.clock, with_.http, with_.target, say=said.append, many=with_.many
        )
        seen = await ask(check(good=False), telling)
    assert said == [f"{n} of 250 operations asked, {n} let in" for n in (100, 200)]
    assert "(and 249 more)" in seen.evidence
    assert len(seen.details) < 110


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ('{"paths": {"/a": {"get": {}}}}', "no operation of api.json is selected"),
        ('{"paths": NaN}', "holds no operations"),
        ("\xff\xfe\0", "zero bytes"),
        (
            '{"paths": {"/a": {"$ref": "#/b"}}}',
            "refers to #/b",
        ),
    ],
)
async def test_law_1_a_document_that_is_none_is_unknown(
    tmp_path: Path, content: str, said: str
) -> None:
    with_ = using(tmp_path, "http://127.0.0.1:1")
    (tmp_path / "api.json").write_text(content)
    seen = await ask(check(), with_)
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence


def one_parameter(parameter: Any) -> dict[str, Any]:
    paths = {"/x/{id}": {"parameters": [parameter], "get": {}, "delete": {}}}
    return {"paths": paths, "a": {"$ref": "#/a"}, "b": {"allOf": [{"$ref": "#/b"}] * 16}}


def one_body(schema: Any) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {**one_parameter({}), "paths": {"/x": {"post": {"requestBody": body}, "get": {}}}}


ID: dict[str, Any] = {"in": "path", "name": "id"}
ODD_DOCUMENTS: dict[str, dict[str, Any]] = {
    "a parameter that is itself": one_parameter({"$ref": "#/a"}),
    "a schema that is itself": one_parameter({**ID, "schema": {"$ref": "#/a"}}),
    "a schema of itself": one_body({"$ref": "#/b"}),
    "a number for a type": one_parameter({**ID, "schema": {"type": 7}}),
    "an object for a type": one_parameter({**ID, "schema": {"type": {"a": 1}}}),
    "a list for a schema": one_parameter({**ID, "schema": [1]}),
    "no number": one_parameter({**ID, "example": float("nan"), "schema": {"minimum": 1e309}}),
    "half a character": one_parameter({**ID, "schema": {"default": "\ud800"}}),
    "half a character asked": one_parameter(
        {"in": "query", "name": "\ud800", "required": True, "schema": {"enum": ["\ud800"]}}
    ),
    "much": one_parameter({**ID, "schema": {"enum": ["x" * 1_000_000], "minLength": 10**9}}),
    "a list for a body": one_body([1]),
    "wrong types": one_body({"required": 7, "properties": [1], "oneOf": {"a": 1}}),
    "lines in a path": {"paths": {"/x\r\nX-Evil: 1": {"get": {}}, "/\0\ud800": {"get": {}}}},
}


@pytest.mark.law(9)
@pytest.mark.parametrize("name", ODD_DOCUMENTS)
async def test_law_9_an_odd_document_is_asked_after_or_named(tmp_path: Path, name: str) -> None:
    """Whatever stands in it, nothing gets through: neither a change nor an exception."""
    came: list[str] = []
    async with guarded(lambda _: None, came) as url:
        with_ = using(tmp_path, url)
        (tmp_path / "api.json").write_text(json.dumps(ODD_DOCUMENTS[name]))
        seen = await run_check(check(visibility="all", good=False), with_)
    assert seen.outcome is not Outcome.PASSED
    assert "could not look" not in seen.evidence
    assert "\n" not in seen.evidence
    assert all(line.startswith(("GET /x", "DELETE /x/", "POST /x ")) for line in came)


async def test_what_cannot_be_asked_at_all_is_named(tmp_path: Path) -> None:
    with_ = using(tmp_path, "http://127.0.0.1:1")
    document(tmp_path, {"/flush": {"post": {}}})
    seen = await ask(check(), with_)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("POST /flush is not requested: it might change something")


async def test_which_operations_are_asked(tmp_path: Path) -> None:
    came: list[str] = []

    def everyone(request: web.Request) -> web.StreamResponse:
        came.append(f"{request.method} {request.path}")
        return web.Response(status=403)

    async with guarded(everyone) as url:
        with_ = using(tmp_path, url)
        paths = {"/in": {"get": {"x-visibility": "internal"}}, **PATHS}
        (tmp_path / "api.json").write_text(json.dumps({"paths": paths}))
        await ask(check(visibility="all", good=False), with_)
        assert set(came) == {"GET /in", "GET /orders", "POST /orders"} | {
            "GET /orders/1",
            "DELETE /orders/2147483647",
        }
        came.clear()
        await ask(check(only=["GET /in"], good=False), with_)
        assert set(came) == {"GET /in"}
        seen = await ask(check(only=["GET /out"]), with_)
    assert seen == Result(Outcome.UNKNOWN, "api.json has no operation GET /out")


@pytest.mark.law(1)
async def test_law_1_nothing_to_ask_is_unknown(tmp_path: Path) -> None:
    for target in ({"url": "http://127.0.0.1:1"}, {"openapi": "api.json"}):
        assert (await ask(check(), tools(tmp_path, **target))).outcome is Outcome.UNKNOWN


def test_the_secret_comes_from_the_environment() -> None:
    assert check(secret="${A}").secret == "${A}"
    with pytest.raises(WrongError):
        check(secret="hunter2")


def test_label() -> None:
    assert check().label() == "guard of the public surface"
