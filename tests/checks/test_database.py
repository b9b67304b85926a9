import asyncio
import contextlib
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from aiohttp import web
from msgspec.structs import replace

from checks.core.base import Outcome, Result
from checks.database import Database
from cockpit.rehearsal.host import embedded_postgres
from cockpit.rehearsal.host.embedded_postgres import Cluster
from tests.checks.conftest import PASSWORD, _port
from tests.checks.kit import read, silent, talking, tools
from tests.checks.test_postgres import LIMIT_S, address

Link = Any
CALM = {"query": "10m", "idle": "10m", "blocked": "10m"}


async def ask(to: str, http: Any = None, **options: Any) -> Result:
    check = read(Database, check="database", **{"timeout": "5s"} | options)
    given = tools(database=to) if http is None else tools(http=http, database=to)
    return await asyncio.wait_for(check.run(given), LIMIT_S)


@pytest_asyncio.fixture
async def own(cluster: Cluster) -> AsyncIterator[str]:
    """Yield the address of a database that no other test uses."""
    link = await asyncpg.connect(address(cluster), timeout=LIMIT_S)
    await link.execute("CREATE DATABASE sessions")
    await link.execute("CREATE ROLE reader LOGIN PASSWORD 'only/looks'")
    try:
        to = address(cluster, "sessions")
        inside = await asyncpg.connect(to, timeout=LIMIT_S)
        await inside.execute("CREATE TABLE users (id int PRIMARY KEY, email text)")
        await inside.execute("INSERT INTO users VALUES (1, 'bob@example.com')")
        await inside.close()
        yield to
    finally:
        await link.execute("DROP DATABASE sessions WITH (FORCE)")
        await link.execute("DROP ROLE reader")
        await link.close()


@contextlib.asynccontextmanager
async def session(to: str, name: str = "") -> AsyncIterator[Link]:
    link = await asyncpg.connect(to, timeout=LIMIT_S, server_settings={"application_name": name})
    try:
        yield link
    finally:
        link.terminate()


@contextlib.asynccontextmanager
async def busy(link: Link, query: str, to: str, *, waits: bool = False) -> AsyncIterator[None]:
    """Run a query beside the test; it is under way, or waits for a lock, when this begins."""
    pid = link.get_server_pid()
    task = asyncio.create_task(link.execute(query))
    wanted = "wait_event_type = 'Lock'" if waits else "wait_event = 'PgSleep'"
    try:
        async with session(to) as watch, asyncio.timeout(LIMIT_S):
            ready = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid} AND {wanted}"
            while not await watch.fetchval(ready):
                await watch.execute("SELECT 1")
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, asyncpg.PostgresError):
            await task


@pytest.mark.outcome("database", "passed")
async def test_a_calm_database_has_room(own: str) -> None:
    seen = await ask(own, **CALM)
    assert seen.outcome is Outcome.PASSED
    assert "of 40 connections in use (most by " in seen.evidence
    assert seen.evidence.endswith("), no query active, none blocked")
    assert any("limit 80 %" in line for line in seen.details)
    assert 0 < seen.figures["connections_ratio"] < 1
    assert seen.figures["query_s"] == 0.0


async def test_too_many_connections_and_who_has_most_of_them(own: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(session(own, "shop 2.5.0\x1b[31m"))
        seen = await ask(own, **CALM, connections="1%")
    assert seen.outcome is Outcome.FAILED
    assert "of 40 connections in use (most by shop 2.5.0" in seen.evidence
    assert seen.evidence.endswith(": 4), limit 1 %")
    assert "\x1b" not in seen.evidence


async def test_a_long_query_is_named_without_its_values(own: str) -> None:
    query = "SELECT pg_sleep(60) FROM users WHERE email = 'bob@example.com'"
    async with session(own, "worker") as link, busy(link, query, own):
        seen = await ask(own, **CALM | {"query": "1ms"})
        calm = await ask(own, **CALM)
        ignored = await ask(own, **CALM | {"query": "1ms", "ignore": ["worker"]})
    assert " of worker, " in seen.evidence
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("active query over 1 ms: pid ")
    assert seen.evidence.endswith(": SELECT pg_sleep(?) FROM users WHERE email = ?")
    assert calm.outcome is Outcome.PASSED
    assert "longest query" in calm.evidence
    assert "bob" not in f"{seen} {calm}"
    assert ignored.outcome is Outcome.PASSED


async def test_the_restore_of_the_cockpit_itself_is_no_long_query(own: str) -> None:
    """On a busy machine its CREATE DATABASE takes over a second, and would trip a monitor."""
    name = "cockpit_restore_20261128t033339_9bb29095"
    async with session(own, name) as link, busy(link, "SELECT pg_sleep(60)", own):
        seen = await ask(own, **CALM | {"query": "1ms"})
    assert seen.outcome is Outcome.PASSED, seen.evidence


async def test_a_transaction_that_idles_is_named(own: str) -> None:
    async with session(own) as link:
        await link.execute("BEGIN")
        await link.execute("UPDATE users SET email = 'eve@example.com' WHERE id = 1")
        seen = await ask(own, **CALM | {"idle": "1ms"})
    assert seen.outcome is Outcome.FAILED
    assert "idle in a transaction over 1 ms: pid " in seen.evidence
    assert "UPDATE users SET email = ? WHERE id = ?" in seen.evidence


async def test_a_query_that_waits_is_named_with_whom_it_waits_for(own: str) -> None:
    async with session(own) as holder, session(own) as waiter:
        await holder.execute("BEGIN")
        await holder.execute("LOCK TABLE users")
        pid = holder.get_server_pid()
        async with busy(waiter, "SELECT email FROM users WHERE id = 1", own, waits=True):
            seen = await ask(own, **CALM | {"blocked": "1ms"})
            calm = await ask(own, **CALM)
    assert seen.outcome is Outcome.FAILED
    assert "waits for a lock over 1 ms: pid " in seen.evidence
    assert f"for pid {pid}: SELECT email FROM users" in seen.evidence
    assert calm.outcome is Outcome.PASSED
    assert "1 blocked" in calm.evidence


@pytest.mark.law(1)
async def test_law_1_what_a_role_may_not_see_is_unknown_unless_optional(own: str) -> None:
    reader = own.replace("postgres:", "reader:", 1).replace("pass%2Fw%3Ard%231", "only%2Flooks")
    assert reader.startswith("postgresql://reader:only%2Flooks@")
    async with session(own):
        seen = await ask(reader, **CALM)
        optional = await ask(reader, **CALM, optional=True)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("GRANT pg_read_all_stats TO reader")
    assert "query_s" not in seen.figures
    assert optional.outcome is Outcome.PASSED
    assert any(line.startswith("left out: reader may not see") for line in optional.details)


async def test_replicas_that_are_missing(own: str) -> None:
    seen = await ask(own, **CALM, replicas=1)
    assert seen == Result(Outcome.FAILED, "0 replicas stream, 1 expected", *_rest(seen))


async def test_a_replica_that_is_behind_is_named(own: str, cluster: Cluster) -> None:
    root = embedded_postgres.fresh_root()
    os.chown(root, *cluster.install.owner)
    copy = embedded_postgres.Cluster(cluster.install, root, _port(), PASSWORD, root / "log")
    argv = ["-D", copy.data, "-R", "-c", "fast", "-h", "127.0.0.1", "-p", str(cluster.port)]
    asked = await asyncio.create_subprocess_exec(
        cluster.install.bin / "pg_basebackup",
        *argv,
        "-U",
        "postgres",
        env={"PGPASSWORD": PASSWORD},
        **cluster.install.ids,
    )
    assert await asyncio.wait_for(asked.wait(), LIMIT_S) == 0
    child = await embedded_postgres.launch(copy)
    try:
        async with session(own) as writer:
            await writer.execute("CREATE TABLE before AS SELECT 1")
        await until(
            own,
            "SELECT count(*) FROM pg_stat_replication"
            " WHERE replay_lsn = pg_current_wal_insert_lsn()",
        )
        level = await ask(own, **CALM, replicas=1)
        standby = await ask(address(copy, "sessions"), **CALM)
        async with session(address(copy)) as link, session(own) as writer:
            await link.execute("SELECT pg_wal_replay_pause()")
            await writer.execute("CREATE TABLE later AS SELECT 1")
            await until(
                address(copy), "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()"
            )
            stuck = await ask(address(copy, "sessions"), **CALM | {"lag": "1ms"})
            unseen = await ask(own, **CALM, replicas=1)
    finally:
        await embedded_postgres.end(child)
        embedded_postgres.remove(root)
    assert level.outcome is Outcome.PASSED
    assert level.evidence.endswith("none blocked, replica 0 s behind")
    assert standby.outcome is Outcome.PASSED
    assert stuck.outcome is Outcome.FAILED
    assert stuck.evidence.startswith("this standby is ")
    assert stuck.evidence.endswith(" behind, limit 1 ms")
    # Not told yet, or told and small: in no case level with the primary.
    assert "replica 0 s behind" not in unseen.evidence


async def until(to: str, holds: str) -> None:
    async with session(to) as link, asyncio.timeout(LIMIT_S):
        while not await link.fetchval(holds):
            await link.execute("SELECT pg_sleep(0.01)")


def _rest(seen: Result) -> tuple[Any, Any]:
    return seen.details, seen.figures


async def test_a_refusal_is_a_failure_and_shows_no_password(cluster: Cluster) -> None:
    seen = await ask(address(cluster, password="wr0ng/pass"))
    assert seen.outcome is Outcome.FAILED
    assert "wr0ng" not in str(seen)


@pytest.mark.law(1)
async def test_law_1_no_answer_is_unknown() -> None:
    async with talking(silent) as port:
        seen = await ask(f"postgresql://u:p@127.0.0.1:{port}/app", timeout="50ms")
    assert seen == Result(Outcome.UNKNOWN, f"127.0.0.1:{port}/app had no answer within 50 ms")
    assert (await ask("")).evidence == "the database has no address: set `target.database`"


# PgBouncer's console, as its documentation has it: the simple protocol alone.
COLUMNS = ("database", "user", "cl_active", "cl_waiting", "sv_active", "maxwait", "maxwait_us")


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def table(*rows: tuple[str, ...]) -> bytes:
    fields = b"".join(
        name.encode() + b"\0" + struct.pack("!IhIhih", 0, 0, 25, -1, -1, 0) for name in COLUMNS
    )
    out = message(b"T", struct.pack("!h", len(COLUMNS)) + fields)
    for row in rows:
        cells = b"".join(struct.pack("!I", len(cell)) + cell.encode() for cell in row)
        out += message(b"D", struct.pack("!h", len(row)) + cells)
    return out + message(b"C", b"SHOW\0") + message(b"Z", b"I")


@contextlib.asynccontextmanager
async def console(answer: bytes) -> AsyncIterator[str]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (size,) = struct.unpack("!I", await reader.readexactly(4))
            begun = await reader.readexactly(size - 4)
            if begun[:4] == struct.pack("!I", 196608):
                break
            writer.write(b"N")  # neither TLS nor GSS
        writer.write(message(b"R", struct.pack("!I", 3)))
        await reader.readexactly(1)
        (size,) = struct.unpack("!I", await reader.readexactly(4))
        assert await reader.readexactly(size - 4) == b"t0ps3cret\0"
        version = message(b"S", b"server_version\x001.18.0/bouncer\0")
        writer.write(message(b"R", struct.pack("!I", 0)) + version + message(b"Z", b"I"))
        await reader.readuntil(b"SHOW POOLS\0")
        writer.write(answer)
        await writer.drain()
        await reader.read()

    async with talking(talk) as port:
        yield f"postgresql://stats:t0ps3cret@127.0.0.1:{port}/pgbouncer"


async def pooled(own: str, answer: bytes, **options: Any) -> Result:
    async with console(answer) as to:
        return await ask(own, **CALM, pgbouncer=to, **options)


async def test_pools_in_which_nobody_waits_long(own: str) -> None:
    rows = [
        ("app", "acme", "9", "0", "9", "0", "0"),
        ("app", "batch", "1", "2", "1", "0", "250000"),
        ("pgbouncer", "pgbouncer", "1", "7", "0", "99", "0"),
    ]
    seen = await pooled(own, table(*rows))
    assert seen.outcome is Outcome.PASSED
    assert "pool app/acme: nobody waits" in seen.details
    assert "pool app/batch: 2 wait, the longest 250 ms, limit 1 s" in seen.details


async def test_a_pool_that_is_used_up_is_named(own: str) -> None:
    seen = await pooled(own, table(("app", "acme", "9", "5", "9", "12", "500000")))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "pool app/acme: 5 wait, the longest 12.5 s, limit 1 s"


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (table(), "it names no pool"),
        (table(("app", "acme", "9", "NaN", "9", "12", "0")), "is no number"),
        (table(("app", "acme", "9", "five", "9", "12", "0")), "not written as expected"),
        (message(b"E", b"SERROR\0C08P01\0Mnot allowed for t0ps3cret\0\0") + message(b"Z", b"I"),
         "not allowed for •••"),
        (b"\xff\xfe" * 50, "its console gives no pools"),
        (table(*[("app", "x" * 5000, "9", "5", "9", "12", "0")] * 300), "its console gives no"),
    ],
)  # fmt: skip
async def test_law_1_a_console_that_gives_no_pools_is_unknown(
    own: str, answer: bytes, said: str
) -> None:
    seen = await pooled(own, answer)
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence
    assert "t0ps3cret" not in str(seen)


@pytest.mark.law(1)
async def test_law_1_no_psql_is_unknown(own: str, tmp_path: Path) -> None:
    seen = await pooled(own, b"", tools=str(tmp_path))
    assert seen.outcome is Outcome.UNKNOWN
    assert "there is no psql in" in seen.evidence


@pytest.mark.law(8)
async def test_law_8_the_password_is_in_no_argument(own: str, tmp_path: Path) -> None:
    psql = tmp_path / "psql"
    psql.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$0.argv"\necho "$PGPASSWORD" > "$0.env"\n')
    psql.chmod(0o755)
    await pooled(own, b"", tools=str(tmp_path))
    assert "t0ps3cret" not in (tmp_path / "psql.argv").read_text()
    assert (tmp_path / "psql.env").read_text() == "t0ps3cret\n"


@contextlib.asynccontextmanager
async def page(body: bytes, status: int = 200, headers: Any = None) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    finally:
        await runner.cleanup()


WAITS = 'pgbouncer_pools_client_waiting_connections{database="app",user="acme"}'
LONGEST = 'pgbouncer_pools_client_maxwait_seconds{database="app",user="acme"}'


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        (f"{WAITS} 0\n{LONGEST} 0\n", Outcome.PASSED, "connections in use"),
        (f"{WAITS} 4\n{LONGEST} 3.5\n", Outcome.FAILED, "app/acme: 4 wait, the longest 3.5 s"),
        (f"{WAITS} 4\n", Outcome.UNKNOWN, "does not say how long"),
        (f"{WAITS} NaN\n{LONGEST} 0\n", Outcome.UNKNOWN, "is no number"),
        ("", Outcome.UNKNOWN, "names no pool"),
        ("{{{", Outcome.UNKNOWN, "PgBouncer"),
        ("\udcff" * 9, Outcome.UNKNOWN, "PgBouncer"),
        ("# x\n" * 300_000, Outcome.UNKNOWN, "larger than 1 MiB"),
    ],
)
async def test_pools_of_a_page(own: str, body: str, outcome: Outcome, said: str) -> None:
    async with page(body.encode("utf-8", "surrogateescape")) as url:
        seen = await ask(own, **CALM, pgbouncer=url)
    assert seen.outcome is outcome
    assert said in seen.evidence


@pytest.mark.outcome("database", "unknown")
@pytest.mark.law(1)
async def test_law_1_a_page_that_leads_elsewhere_is_unknown(own: str) -> None:
    async with page(b"", 302, {"Location": "/metrics"}) as url:
        seen = await ask(own, **CALM, pgbouncer=url)
    assert seen.outcome is Outcome.UNKNOWN
    assert "its page answered 302" in seen.evidence
    async with talking(silent) as port:
        slow = await ask(own, **CALM, pgbouncer=f"http://127.0.0.1:{port}/metrics", timeout="300ms")
    assert slow.outcome is Outcome.UNKNOWN


class Meanwhile:
    """A clock of which each wait lets something happen, and lasts a second."""

    def __init__(self, then: Callable[[], Awaitable[None]]) -> None:
        self._now_s, self._then = 0.0, then

    def monotonic(self) -> float:
        return self._now_s

    async def sleep(self, seconds: float) -> None:
        assert seconds < 1.0
        self._now_s += 1.0
        await self._then()


async def test_a_query_that_ends_while_it_is_followed_still_counts(own: str) -> None:
    async with session(own, "worker") as link, contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(busy(link, "SELECT pg_sleep(61)", own))
        check = read(Database, check="database", follow="2s", timeout="5s", **CALM)
        given = replace(tools(database=own), clock=Meanwhile(stack.aclose))
        seen = await asyncio.wait_for(check.run(given), LIMIT_S)
    assert seen.outcome is Outcome.PASSED
    assert seen.evidence.endswith("SELECT pg_sleep(?), none blocked")
    assert seen.figures["query_s"] > 0.0
    assert check.limit_s() == 7.0


@pytest.mark.outcome("database", "failed")
async def test_a_database_without_a_connection_left_is_full(own: str) -> None:
    async with session(own) as link:
        await link.execute("ALTER ROLE reader CONNECTION LIMIT 1")
        reader = own.replace("postgres:", "reader:", 1).replace("pass%2Fw%3Ard%231", "only%2Flooks")
        async with session(reader):
            seen = await ask(reader, **CALM)
    assert seen.outcome is Outcome.FAILED
    assert "too many connections for role" in seen.evidence
    assert seen.figures == {"connections_ratio": 1.0}
