import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from checks import clock
from checks.clock import ClockSkew
from checks.core.base import Outcome, Result
from cockpit.rehearsal.host.embedded_postgres import Cluster
from tests.checks.kit import read, saying, silent, talking, tools
from tests.checks.test_postgres import LIMIT_S, address


async def ask(url: str = "", database: str = "", **options: Any) -> Result:
    check = read(ClockSkew, check="clock", **{"timeout": "2s"} | options)
    given = tools(url=url, database=database)
    return await asyncio.wait_for(check.run(given), LIMIT_S)


@contextlib.asynccontextmanager
async def service(headers: dict[str, str], status: int = 200) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def off(seconds: float) -> dict[str, str]:
    return {"Date": format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)}


async def test_two_clocks_that_agree(cluster: Cluster) -> None:
    async with service({}) as url:  # its server writes the Date by itself
        seen = await ask(url, address(cluster))
    assert seen.outcome is Outcome.PASSED, seen
    assert "the target's clock is " in seen.evidence
    assert "; the database's clock is " in seen.evidence
    assert set(seen.figures) == {"target_offset_s", "database_offset_s"}
    assert abs(seen.figures["target_offset_s"]) < 2


@pytest.mark.outcome("clock", "failed")
@pytest.mark.parametrize(("seconds", "way"), [(90, "ahead of"), (-90, "behind")])
async def test_a_target_that_is_off_is_named(seconds: float, way: str) -> None:
    async with service(off(seconds), status=401) as url:
        seen = await ask(url)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("the target's clock is ")
    assert f" {way} this machine, limit 2 s" in seen.evidence


@pytest.mark.parametrize(("ahead_s", "outcome"), [(0, Outcome.PASSED), (60, Outcome.FAILED)])
async def test_a_database(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, ahead_s: float, outcome: Outcome
) -> None:
    now_s = clock._now_s
    monkeypatch.setattr(clock, "_now_s", lambda: now_s() + ahead_s)
    seen = await ask(database=address(cluster))
    assert seen.outcome is outcome
    assert seen.figures["database_offset_s"] == pytest.approx(-ahead_s, abs=1)
    assert " ± 6 ms " in seen.evidence


@pytest.mark.law(1)
async def test_law_1_a_date_on_either_side_of_the_limit_is_unknown() -> None:
    async with service(off(0)) as url:
        seen = await ask(url, skew="300ms")
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("limit 300 ms: it may be over it")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Date": "soon"}, "its Date is malformed: soon"),
        ({"Date": "Fri, 99 Dec 9999 23:59:59 GMT"}, "its Date is malformed"),
        ({"Date": "NaN"}, "its Date is malformed"),
        ({"Date": "Sun, 01 Mar 2026 02:00:00"}, "its Date is malformed: Sun, 01 Mar"),
        ({"Date": "Sun, 01 Mar 2026 02:00:00 -0000"}, "its Date is malformed"),
        ({"Age": "12"}, "its response comes from a cache"),
    ],
)
async def test_law_1_a_date_that_says_nothing_is_unknown(
    headers: dict[str, str], said: str
) -> None:
    async with service(headers) as url:
        seen = await ask(url)
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "its response has no Date"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "its response has no Date"),
        (b"HTTP/1.1 200 OK\r\nDate: \xff\xfe\r\n\r\n", "its Date is malformed"),
        (b"\xff\xfe\r\n\r\n", "it gave no complete response"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, "it gave no complete response"),
    ],
)
async def test_law_1_an_odd_answer_is_unknown(answer: bytes, said: str) -> None:
    async with talking(saying(answer)) as port:
        seen = await ask(f"http://127.0.0.1:{port}")
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence


@pytest.mark.outcome("clock", "passed")
async def test_a_body_without_end_is_not_read() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = off(0)["Date"].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nDate: " + date + b"\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with talking(talk) as port:
        seen = await ask(f"http://127.0.0.1:{port}")
    assert seen.outcome is Outcome.PASSED


@pytest.mark.law(1)
async def test_law_1_no_answer_is_unknown(cluster: Cluster) -> None:
    assert (await ask()).evidence == "there was nothing to look at"
    async with talking(silent) as port:
        seen = await ask(f"http://127.0.0.1:{port}", address(cluster), timeout="100ms")
        mute = await ask("", f"postgresql://u:s3cr3t@127.0.0.1:{port}/app", timeout="100ms")
    assert seen.outcome is mute.outcome is Outcome.UNKNOWN
    assert seen.evidence == (
        "the target's clock is not known: it gave no complete response within 100 ms"
    )
    assert "s3cr3t" not in str(mute)
    nobody = await ask(f"http://127.0.0.1:{port}")
    assert nobody.evidence == (
        "the target's clock is not known: it gave no complete response (Connection refused)"
    )
    odd = await ask("ftp://u:s3cr3t@x")
    assert odd.outcome is Outcome.UNKNOWN
    assert "s3cr3t" not in str(odd)


@pytest.mark.outcome("clock", "unknown")
async def test_a_database_that_refuses_is_unknown_here(cluster: Cluster) -> None:
    seen = await ask(database=address(cluster, password="wr0ng/pass"))
    assert seen.outcome is Outcome.UNKNOWN
    assert "password authentication failed" in seen.evidence
