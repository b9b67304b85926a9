"""How the program touches the world."""

import asyncio
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from cockpit.card.load_card import loads
from cockpit.foundation.clock import SystemClock
from cockpit.runtime import environment
from tests.checks.kit import talking
from tests.engine.kit import card
from tests.monitors.servers import serving

Make = Callable[..., httpx.AsyncClient]


def many(timeout_s: float, *, rehearsal: bool) -> httpx.AsyncClient:
    return environment.many(timeout_s, 4, rehearsal=rehearsal)


@pytest.mark.law(10)
@pytest.mark.parametrize(
    "address",
    [
        "http://192.0.2.1/",
        "https://shop.example/",
        "http://127.0.0.1.shop.example/",
        "http://localhost.shop.example/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "http://user@192.0.2.1/",
        "http://[2001:db8::1]/",
    ],
)
@pytest.mark.parametrize("make", [environment.client, many])
async def test_a_rehearsal_reaches_loopback_only(address: str, make: Make) -> None:
    """Law 10: refused before anything is looked up or sent."""
    async with make(1.0, rehearsal=True) as client:
        with pytest.raises(httpx.ConnectError, match="a rehearsal reaches loopback only"):
            await client.get(address)


@pytest.mark.law(10)
@pytest.mark.parametrize("make", [environment.client, many])
async def test_a_rehearsal_follows_no_way_out(make: Make) -> None:
    """Law 10: a redirect is a request too; a proxy of the environment is none of ours."""

    async def out(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://192.0.2.1/"})

    async with serving(out) as url, make(1.0, rehearsal=True) as client:
        assert (await client.get(url)).status_code == 302
        with pytest.raises(httpx.ConnectError, match=r"192\.0\.2\.1 is elsewhere"):
            await client.get(url, follow_redirects=True)


@pytest.mark.law(10)
def test_checks_ask_what_they_may_reach(tmp_path: Path) -> None:
    """Law 10: what asks by other means than HTTP asks first."""
    one = loads(card())
    rehearsal = environment.tools(one, tmp_path, {}, SystemClock(), rehearsal=True)
    assert [rehearsal.reaches(host) for host in ("localhost", "127.0.0.9", "::1")] == [True] * 3
    assert [rehearsal.reaches(host) for host in ("192.0.2.1", "shop.example", "")] == [False] * 3
    assert environment.tools(one, tmp_path, {}, SystemClock(), rehearsal=False).reaches(
        "shop.example"
    )


@pytest.mark.law(12)
@pytest.mark.parametrize("make", [environment.client, many])
@pytest.mark.parametrize("rehearsal", [True, False])
async def test_a_request_ends_in_time(rehearsal: bool, make: Make) -> None:
    """Law 12: a server that never answers is waited for as long as was said, and no longer."""
    released = asyncio.Event()

    async def never(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    async with serving(never) as url, make(0.1, rehearsal=rehearsal) as client:
        with pytest.raises(httpx.ReadTimeout):
            await asyncio.wait_for(client.get(url), 5)
        released.set()


@pytest.fixture
def signed_by_itself(tmp_path: Path) -> ssl.SSLContext:
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    key, signed = tmp_path / "key.pem", tmp_path / "signed.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(signed)]
    subprocess.run(["openssl", *made], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(signed, key)
    return tls


async def test_a_certificate_that_no_authority_has_signed_is_refused(
    signed_by_itself: ssl.SSLContext,
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response()

    async with (
        serving(answer, signed_by_itself) as url,
        environment.first_client(5.0, rehearsal=False) as client,
    ):
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(url)
        async with many(5.0, rehearsal=False) as other:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await other.get(url)


async def test_many_requests_carry_no_cookie_and_are_sent_once() -> None:
    came: list[str] = []

    async def hang_up(request: web.Request) -> web.Response:
        came.append(request.headers.get("Cookie", "none"))
        if len(came) == 2:
            assert request.transport
            request.transport.close()
        return web.Response(headers={"Set-Cookie": "session=open; Path=/"})

    async with serving(hang_up) as url, many(5.0, rehearsal=True) as client:
        address = url.replace("127.0.0.1", "localhost")
        assert (await client.get(address)).status_code == 200
        with pytest.raises(httpx.ReadError):
            await client.get(address)
    assert came == ["none", "none"]


async def test_what_is_no_http_is_an_error_of_httpx() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    async with talking(talk) as port, many(5.0, rehearsal=True) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"http://127.0.0.1:{port}/")


@pytest.mark.law(12)
async def test_law_12_the_first_client_is_made_off_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []
    make = environment.client

    def client(timeout_s: float, *, rehearsal: bool) -> httpx.AsyncClient:
        threads.append(threading.get_ident())
        return make(timeout_s, rehearsal=rehearsal)

    monkeypatch.setattr(environment, "client", client)
    async with environment.first_client(1.0, rehearsal=True):
        assert threads
        assert threading.get_ident() not in threads


def test_a_run_is_open_before_what_asks_over_http_is_imported() -> None:
    names = {"httpx", "httpcore", "anyio", "aiohttp"}
    code = f"import sys, cockpit.screens.model.presenter; print({names} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.law(8)
def test_the_redactor_hides_what_is_named_and_what_gives_access(tmp_path: Path) -> None:
    """Law 8: also a token that the list of secrets forgot."""
    target = {"token": "${SMOKE}", "database": "${DSN}"}
    made = loads(card(secrets=["KEY", "UNSET"], target=target))
    env = {"KEY": "first-one", "SMOKE": "second-one", "DSN": "postgres://u:third-one@h/d"}
    redactor = environment.redactor_for(made, env)
    shown = redactor.redact("first-one second-one third-one fourth-one")
    assert shown == "•••KEY••• •••SMOKE••• •••DSN••• fourth-one"
    assert environment.secret_names(made) == {"KEY", "UNSET", "SMOKE", "DSN"}
    made_tools = environment.tools(made, tmp_path, env, SystemClock(), rehearsal=False)
    assert made_tools.target.token == "${SMOKE}"


def test_this_boot_and_this_person_have_names() -> None:
    assert environment.boot_id() == environment.boot_id() != ""
    assert environment.login_name()


@pytest.mark.parametrize("make", [environment.client, many], ids=["client", "many"])
async def test_every_request_says_who_asks(make: Make) -> None:
    """So that an alarm on refused tokens can leave the cockpit's own probes out."""
    said: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        said.append(request.headers["User-Agent"])
        return web.Response()

    async with serving(answer) as url, make(5.0, rehearsal=True) as client:
        await client.get(url)
    assert said == ["cockpit"]
