import asyncio
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from checks.core.base import Outcome, Result
from checks.core.errors import UnsetVariableError
from checks.pg.connection import redact
from checks.postgres import Postgres
from cockpit.rehearsal.host.embedded_postgres import Cluster
from tests.checks.kit import WrongError, read, silent, talking, tools

LIMIT_S = 20.0


def address(cluster: Cluster, database: str = "postgres", password: str | None = None) -> str:
    secret = quote(password or cluster.password, safe="")
    return f"postgresql://postgres:{secret}@127.0.0.1:{cluster.port}/{database}"


async def ask(to: str, step_s: float = 0.012, **options: Any) -> Result:
    check = read(Postgres, check="postgres", **{"timeout": "5s"} | options)
    return await asyncio.wait_for(check.run(tools(step_s=step_s, database=to)), LIMIT_S)


@pytest.mark.outcome("postgres", "passed")
async def test_it_answers(cluster: Cluster) -> None:
    seen = await ask(address(cluster))
    assert seen == Result(Outcome.PASSED, "answered in 12 ms, limit 1 s")


async def test_it_answers_too_late(cluster: Cluster) -> None:
    seen = await ask(address(cluster), step_s=1.5, within="500ms")
    assert seen == Result(Outcome.FAILED, "answered in 1.5 s, limit 500 ms")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("SELECT true", "true"),
        ("SELECT count(*) > 0 FROM pg_database", "true"),
        ("SELECT 0.1", "0.1"),
        ("SELECT 'on'", "on"),
        ("SHOW server_encoding", "UTF8"),
        ("SELECT 'Infinity'::float8", "inf"),
    ],
)
async def test_a_true_value_passes(cluster: Cluster, query: str, word: str) -> None:
    seen = await ask(address(cluster), query=query)
    assert seen == Result(Outcome.PASSED, f"{word}, answered in 12 ms, limit 1 s")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        *(("false", "false"), ("null", "null"), ("0", "0"), ("0.0::numeric", "0.0")),
        *(("''", "an empty text"), ("'off'", "off"), ("'F'", "F"), ("'{}'::int[]", "[]")),
    ],
)
async def test_a_value_that_is_not_true_fails(cluster: Cluster, value: str, word: str) -> None:
    seen = await ask(address(cluster), query=f"SELECT {value}")
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith(f"the query gave {word}; answered in")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 'NaN'::float8", "NaN"),
        ("SELECT 'NaN'::numeric", "NaN"),
        ("SELECT true WHERE false", "no row"),
        ("SELECT generate_series(1, 1000000000)", "several rows"),
        ("SELECT 1, 2", "several columns"),
        ("SELECT", "several columns"),
        ("SELECT count(*) > 0 FROM gone", 'relation "gone" does not exist'),
        ("SELEKT 1", "syntax error"),
        ("SELECT 1; SELECT 2", "multiple commands"),
        ("SELECT 1/0", "division by zero"),
    ],
)
async def test_law_1_no_single_value_is_unknown(cluster: Cluster, query: str, said: str) -> None:
    seen = await ask(address(cluster), query=query)
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence


async def test_nothing_can_be_written(cluster: Cluster) -> None:
    seen = await ask(address(cluster), query="CREATE TABLE traces (id int)")
    assert seen.outcome is Outcome.UNKNOWN
    assert "read-only" in seen.evidence
    gone = await ask(address(cluster), query="SELECT to_regclass('traces') IS NULL")
    assert gone.outcome is Outcome.PASSED


async def test_no_session_is_left_behind(cluster: Cluster) -> None:
    await ask(address(cluster), query="SELECT 'left_behind'")
    link = await asyncpg.connect(address(cluster), timeout=LIMIT_S)
    try:
        await ended(link, "left_behind")
    finally:
        await link.close()


async def ended(link: "asyncpg.Connection[asyncpg.Record]", mark: str) -> None:
    """Wait until no other session runs, or last ran, a query that holds `mark`."""
    count = (
        "SELECT count(*) FROM pg_stat_activity"
        f" WHERE query LIKE '%{mark}%' AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(LIMIT_S):
        while await link.fetchval(count):
            await link.execute("SELECT pg_sleep(0.01)")


@pytest.mark.law(1)
async def test_law_1_a_query_without_an_end_is_unknown_and_stopped(cluster: Cluster) -> None:
    seen = await ask(address(cluster), query="SELECT pg_sleep(600) IS NULL", timeout="100ms")
    assert seen.outcome is Outcome.UNKNOWN
    assert "had no answer within 100 ms" in seen.evidence
    link = await asyncpg.connect(address(cluster), timeout=LIMIT_S)
    try:
        await ended(link, "pg_sleep(600)")
    finally:
        await link.close()


async def test_a_cancelled_check_leaves_at_once(cluster: Cluster) -> None:
    link = await asyncpg.connect(address(cluster), timeout=LIMIT_S)
    task = asyncio.create_task(ask(address(cluster), query="SELECT pg_sleep(600) IS NOT NULL"))
    try:
        async with asyncio.timeout(LIMIT_S):
            while not await link.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600) IS NOT%'"
                " AND state = 'active' AND pid <> pg_backend_pid()"
            ):
                await link.execute("SELECT pg_sleep(0.01)")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ended(link, "pg_sleep(600) IS NOT")
    finally:
        await link.close()


@pytest.mark.outcome("postgres", "failed")
async def test_a_refusal_is_a_failure(cluster: Cluster, free_port: int) -> None:
    wrong = await ask(address(cluster, password="wr0ng/pass"))
    assert wrong.outcome is Outcome.FAILED
    assert wrong.evidence == (
        f"127.0.0.1:{cluster.port}/postgres refused:"
        ' password authentication failed for user "postgres"'
    )
    missing = await ask(address(cluster, database="gone"))
    assert missing.outcome is Outcome.FAILED
    assert 'database "gone" does not exist' in missing.evidence
    nobody = await ask(f"postgresql://u:p@127.0.0.1:{free_port}/app")
    assert nobody.outcome is Outcome.FAILED
    assert "nobody listens there" in nobody.evidence
    either = await ask(f"postgresql://u:p@localhost:{free_port}/app")
    assert either.outcome is Outcome.FAILED


@pytest.mark.outcome("postgres", "unknown")
@pytest.mark.law(1)
async def test_law_1_a_database_that_says_nothing_is_unknown() -> None:
    async with talking(silent) as port:
        seen = await ask(f"postgresql://u:p@127.0.0.1:{port}/app", timeout="50ms")
    assert seen == Result(Outcome.UNKNOWN, f"127.0.0.1:{port}/app had no answer within 50 ms")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad\r\n\r\n", b"N", b"E\xff" * 50, b"\0" * 99]
)
async def test_law_1_what_is_no_postgresql_is_unknown(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(answer)
        await writer.drain()

    async with talking(talk) as port:
        seen = await ask(f"postgresql://u:p@127.0.0.1:{port}/app", timeout="200ms")
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_no_socket_is_unknown() -> None:
    seen = await ask("postgresql://u:p@/app?host=/no/such/folder")
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.law(8)
@pytest.mark.parametrize(
    "to",
    [
        "postgresql://bob:s3cr3tpw@127.0.0.1:99999/app",
        "mysql://bob:s3cr3tpw@127.0.0.1/app",
        "host=127.0.0.1 password=s3cr3tpw",
        "postgresql://localhost:12/s3cr3tpw@127.0.0.1/app",
        "postgresql://localhost:12?s3cr3tpw@127.0.0.1/app",
        "postgresql://localhost:12#s3cr3tpw@127.0.0.1/app",
        "postgresql://bob:s3cr/3tpw@127.0.0.1/app",
        "postgresql://bob:s3cr3tpw@127.0.0.1:port/app",
        "postgresql://bob:s3cr3tpw@[::1/app",
        "postgresql://bob:s3cr3tpw@a..b/app",
    ],
)
async def test_law_8_an_address_that_cannot_be_read_shows_no_password(to: str) -> None:
    seen = await ask(to, timeout="1s")
    assert seen.outcome is not Outcome.PASSED
    assert "s3cr" not in str(seen)
    assert "3tpw" not in str(seen)
    assert ":12" not in str(seen)


@pytest.mark.law(8)
async def test_law_8_a_password_that_the_query_gives_is_hidden(cluster: Cluster) -> None:
    seen = await ask(address(cluster), query=f"SELECT 'it is {cluster.password}'")
    assert seen.evidence == "it is •••, answered in 12 ms, limit 1 s"
    assert redact("a b%2Fcde", "postgresql://u:b%2Fcde@h/x") == "a •••"


@pytest.mark.law(1)
async def test_law_1_no_address_is_unknown_and_an_unset_one_is_the_callers() -> None:
    assert (await ask("")).outcome is Outcome.UNKNOWN
    with pytest.raises(UnsetVariableError, match="DATABASE_URL"):
        await ask("${DATABASE_URL}")


def test_a_wrong_card_says_what_is_wrong() -> None:
    with pytest.raises(WrongError, match="`1` is not a duration"):
        read(Postgres, check="postgres", within="1")
    with pytest.raises(WrongError, match="write a text that is not empty"):
        read(Postgres, check="postgres", query=" ")
