"""The check `tls` against real servers on loopback, whose certificates are made here."""

import asyncio
import contextlib
import datetime as dt
import ssl
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from msgspec.structs import replace

from checks.core.base import Outcome, Result
from checks.core.run_check import run_check
from checks.tls import Tls
from cockpit.runtime.environment import is_loopback
from tests.checks.kit import Talk, WrongError, read, silent, talking, tools

AUTHORITY = trustme.CA()
NOW = dt.datetime.now(dt.UTC)


def days(number: float) -> dt.datetime:
    return NOW + dt.timedelta(days=number)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path


def leaf(*names: str, until: dt.datetime | None = None, since: dt.datetime | None = None) -> Any:
    return AUTHORITY.issue_cert(*names, not_after=until or days(90.5), not_before=since)


@contextlib.asynccontextmanager
async def serving(certificate: Any, oldest: ssl.TLSVersion | None = None) -> AsyncIterator[int]:
    """Show `certificate` to each connection; with `oldest` that TLS alone is spoken."""
    using = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(using)
    if oldest is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            using.minimum_version = using.maximum_version = oldest
        using.set_ciphers("ALL:@SECLEVEL=0")

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.transport.abort()

    server = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=using)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def check(at: int, **options: Any) -> Tls:
    raw = {"check": "tls", "host": "localhost", "port": at, "ca": "ca.pem", "timeout": "5s"}
    return read(Tls, **{**raw, **options})


async def ask(folder: Path, port: int, **options: Any) -> Result:
    return await check(port, **options).run(tools(folder))


@pytest.mark.outcome("tls", "passed")
async def test_passes_with_the_days_that_are_left(folder: Path) -> None:
    async with serving(leaf("localhost", "api.acme.test")) as port:
        seen = await ask(folder, port)
        assert seen.outcome is Outcome.PASSED, seen
        until = f"{days(90.5):%Y-%m-%d}"
        assert seen.evidence == f"localhost:{port}: 90 days left, until {until}, TLSv1.3"
        assert seen.details[1] == "TLSv1.3, for localhost, api.acme.test"
        assert 90 < seen.figures["days_left"] < 91
        seen = await ask(folder, port, names=["api.acme.test", "localhost"])
        assert seen.outcome is Outcome.PASSED
        assert len(seen.details) == 4


async def test_the_target_is_looked_at_when_no_host_is_named(folder: Path) -> None:
    async with serving(leaf("localhost")) as port:
        using = replace(tools(folder, url=f"https://u:secret@localhost:{port}/api"), env={})
        seen = await check(0, host=None, port=None).run(using)
    assert seen.outcome is Outcome.PASSED
    assert "secret" not in str(seen)


async def test_too_few_days(folder: Path) -> None:
    async with serving(leaf("localhost", until=days(5.5))) as port:
        seen = await ask(folder, port)
        assert seen.outcome is Outcome.FAILED
        assert f"localhost:{port}: 5 days left" in seen.evidence
        assert seen.evidence.endswith(", 14 expected")
        assert (await ask(folder, port, days=5)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (leaf("localhost", until=days(-1), since=days(-9)), "has expired"),
        (leaf("localhost", since=days(1)), "is not valid yet"),
        (leaf("other.test"), "has the wrong name, it is not for localhost"),
        (leaf("127.0.0.1"), "has the wrong name, it is not for localhost"),
        (trustme.CA().issue_cert("localhost"), "the chain"),
    ],
    ids=["expired", "early", "name", "address", "stranger"],
)
async def test_what_does_not_hold_has_its_word(folder: Path, certificate: Any, said: str) -> None:
    async with serving(certificate) as port:
        seen = await ask(folder, port)
    assert seen.outcome is Outcome.FAILED
    assert said in seen.evidence


async def test_the_details_say_what_the_certificate_is_for_and_when_it_ended(folder: Path) -> None:
    async with serving(leaf("other.test", until=days(-2), since=days(-9))) as port:
        seen = await ask(folder, port)
    assert seen.details[1:] == ("it is for other.test", f"it ends {days(-2):%Y-%m-%d %H:%MZ}")


class SelfSigned:
    """A certificate that signs itself; an authority's own is one."""

    def configure_cert(self, using: ssl.SSLContext) -> None:
        with AUTHORITY.private_key_pem.tempfile() as key, AUTHORITY.cert_pem.tempfile() as own:
            using.load_cert_chain(own, key)


async def test_self_signed(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    async with serving(SelfSigned()) as port:
        seen = await ask(tmp_path, port)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == f"localhost:{port}: the certificate is self-signed"


class Bare:
    """A certificate without those that lead from it to the authority."""

    def __init__(self, certificate: Any) -> None:
        self._certificate = certificate

    def configure_cert(self, using: ssl.SSLContext) -> None:
        own = self._certificate
        with own.private_key_pem.tempfile() as key, own.cert_chain_pems[0].tempfile() as first:
            using.load_cert_chain(first, key)


async def test_the_whole_chain_is_looked_at(folder: Path) -> None:
    between = AUTHORITY.create_child_ca().create_child_ca()
    certificate = between.issue_cert("localhost", not_after=days(90.5))
    async with serving(certificate) as port:
        assert (await ask(folder, port)).outcome is Outcome.PASSED
    async with serving(Bare(certificate)) as port:
        seen = await ask(folder, port)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == f"localhost:{port}: the chain leads to no trusted authority"


@pytest.mark.parametrize(
    ("made", "asked", "outcome"),
    [
        ("*.acme.test", "api.acme.test", Outcome.PASSED),
        ("*.acme.test", "a.b.acme.test", Outcome.FAILED),
        ("*.acme.test", "acme.test", Outcome.FAILED),
        ("acme.test", "acme.test.evil.test", Outcome.FAILED),
        ("127.0.0.1", "127.0.0.1", Outcome.PASSED),
        ("127.0.0.2", "127.0.0.1", Outcome.FAILED),
    ],
)
async def test_a_name_is_held_against_a_pattern(
    folder: Path, made: str, asked: str, outcome: Outcome
) -> None:
    async with serving(leaf(made)) as port:
        seen = await ask(folder, port, host="127.0.0.1", names=[asked])
    assert seen.outcome is outcome, seen
    assert asked in seen.evidence


@pytest.mark.outcome("tls", "failed")
async def test_one_of_several_names_that_does_not_fit_is_named(folder: Path) -> None:
    async with serving(leaf("localhost", "a.test")) as port:
        seen = await ask(folder, port, names=["a.test", "b.test"])
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith(f"b.test at localhost:{port}: the certificate has the wrong")


@pytest.mark.parametrize(
    ("oldest", "asked", "outcome"),
    [
        ("TLSv1_1", "1.2", Outcome.FAILED),
        ("TLSv1_2", "1.3", Outcome.FAILED),
        ("TLSv1_2", "1.2", Outcome.PASSED),
    ],
)
async def test_the_oldest_tls(folder: Path, oldest: str, asked: str, outcome: Outcome) -> None:
    async with serving(leaf("localhost"), getattr(ssl.TLSVersion, oldest)) as port:
        seen = await ask(folder, port, protocol=asked)
    assert seen.outcome is outcome, seen
    if outcome is Outcome.FAILED:
        speaks = f"speaks only {oldest.replace('_', '.')}, TLSv{asked} at least is expected"
        assert seen.evidence == f"localhost:{port}: {speaks}"


def pouring(chunk: bytes) -> Talk:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(chunk)
            await writer.drain()

    return talk


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "talk",
    [
        hang_up,
        pouring(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"),
        pouring(b"\xff\xfe\x00" * 20_000),
        pouring(b"\x16\x03\x03\x40\x00" + b"\x02\xff\xff\xff" * 4096),
    ],
    ids=["nothing", "http", "garbage", "record"],
)
async def test_law_1_no_tls_is_unknown(folder: Path, talk: Talk) -> None:
    async with talking(talk) as port:
        seen = await ask(folder, port, timeout="2s")
    assert seen.outcome is Outcome.UNKNOWN, seen
    assert len(seen.evidence) < 300


@pytest.mark.law(1)
async def test_law_1_nobody_there_and_no_time_are_unknown(folder: Path, free_port: int) -> None:
    seen = await ask(folder, free_port)
    assert seen.evidence == f"localhost:{free_port}: no TLS handshake: Connection refused"
    async with talking(silent) as port:
        seen = await ask(folder, port, timeout="50ms")
        assert seen.evidence == f"localhost:{port}: no TLS handshake in time"
        assert (
            await run_check(check(port, timeout="50ms"), tools(folder))
        ).outcome is Outcome.UNKNOWN
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ask(folder, port)


@pytest.mark.law(1)
@pytest.mark.parametrize("host", ["a" * 300, "\ud800", "a\0b"])
async def test_law_1_no_host_s_name_is_unknown(folder: Path, host: str) -> None:
    assert (await ask(folder, 443, host=host)).outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_authorities_that_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await ask(folder, 443, ca="gone.pem")
    assert seen == Result(Outcome.UNKNOWN, "gone.pem cannot be used: No such file or directory")
    (folder / "odd.pem").write_bytes(b"\xff\xfe\x00 nan")
    seen = await ask(folder, 443, ca="odd.pem")
    assert seen == Result(Outcome.UNKNOWN, "odd.pem cannot be used: it holds no certificate in PEM")
    bare = ssl.DefaultVerifyPaths("", "", "", "", "", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: bare)
    seen = await ask(folder, 443, ca=None)
    assert seen.outcome is Outcome.UNKNOWN
    assert "trusted authorities are none on this machine" in seen.evidence


async def test_the_system_s_authorities_do_not_know_ours(folder: Path) -> None:
    async with serving(leaf("localhost")) as port:
        seen = await ask(folder, port, ca=None)
    assert seen.outcome is not Outcome.PASSED


@pytest.mark.law(1)
async def test_law_1_no_place_is_unknown(folder: Path) -> None:
    bare = read(Tls, check="tls")
    assert "`target.url`" in (await bare.run(tools(folder))).evidence
    far = await bare.run(tools(folder, url="https://a.test:99999"))
    assert "no valid port" in far.evidence
    odd = await bare.run(tools(folder, url="https://[::"))
    assert odd == Result(Outcome.UNKNOWN, "the target's URL is malformed: write it as https://host")


@pytest.mark.outcome("tls", "unknown")
@pytest.mark.law(10)
async def test_law_10_a_rehearsal_asks_loopback_only(folder: Path) -> None:
    using = replace(tools(folder), reaches=is_loopback)
    seen = await check(443, host="shop.example").run(using)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == "a rehearsal reaches loopback only, and shop.example is elsewhere"


def test_a_wrong_card_says_what_is_wrong() -> None:
    with pytest.raises(WrongError, match=r"`1.1` is not known here: write `1.2`"):
        read(Tls, check="tls", protocol="1.1")
    with pytest.raises(WrongError, match="write at least 0"):
        read(Tls, check="tls", days=-1)


def test_label() -> None:
    assert read(Tls, check="tls").label() == "tls of the target"
    assert read(Tls, check="tls", host="a.test").label() == "tls a.test"
