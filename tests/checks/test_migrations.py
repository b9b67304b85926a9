import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from checks.core.base import Outcome, Result
from checks.migrations import Migrations
from cockpit.rehearsal.host.embedded_postgres import Cluster
from tests.checks.kit import WrongError, read, silent, talking, tools
from tests.checks.test_postgres import LIMIT_S, address

THREE = ("0001_init.sql", "0002_users.sql", "0003_orders.sql")


@pytest_asyncio.fixture
async def link(cluster: Cluster) -> AsyncIterator[Any]:
    made = await asyncpg.connect(address(cluster), timeout=LIMIT_S)
    await made.execute("CREATE SCHEMA app; CREATE TABLE app.done (version text, ok bool)")
    try:
        yield made
    finally:
        await made.execute("DROP SCHEMA app CASCADE")
        await made.close()


async def look(
    here: Path, to: str, link: Any, recorded: tuple[str | None, ...], **options: Any
) -> Result:
    await link.executemany("INSERT INTO app.done VALUES ($1, true)", [(row,) for row in recorded])
    given = {"table": "app.done", "folder": "."} | options
    check = read(Migrations, check="migrations", **given)
    return await asyncio.wait_for(check.run(tools(here, database=to)), LIMIT_S)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*THREE, "README.md"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.outcome("migrations", "passed")
async def test_all_recorded(cluster: Cluster, link: Any, folder: Path) -> None:
    seen = await look(folder, address(cluster), link, ("1", "0002", "3"))
    said = "3 is the newest in app.done and in ., 3 of 3 recorded"
    assert seen == Result(Outcome.PASSED, said)


@pytest.mark.outcome("migrations", "failed")
async def test_each_pending_and_each_unknown_one_is_named(
    cluster: Cluster, link: Any, folder: Path
) -> None:
    seen = await look(folder, address(cluster), link, ("0001", "0007"))
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == (
        "2 pending: 0002, 0003; 1 recorded without a file: 0007; the newest recorded is 0007"
    )
    assert seen.details == ("pending: 0002", "pending: 0003", "no file: 0007")


async def test_an_empty_table_has_all_pending(cluster: Cluster, link: Any, folder: Path) -> None:
    seen = await look(folder, address(cluster), link, ())
    assert seen.evidence == "3 pending: 0001, 0002, 0003; the newest recorded is nothing"


async def test_rows_that_do_not_count(cluster: Cluster, link: Any, folder: Path) -> None:
    await link.execute("INSERT INTO app.done VALUES ('3', false)")
    seen = await look(folder, address(cluster), link, ("1", "2"), where="ok -- not the failed")
    assert seen.evidence == "1 pending: 0003; the newest recorded is 2"


async def test_a_table_that_keeps_the_newest_alone(
    cluster: Cluster, link: Any, folder: Path
) -> None:
    seen = await look(folder, address(cluster), link, ("2",), keeps="newest")
    assert seen.evidence == "1 pending: 0003; the newest recorded is 2"
    stray = await look(folder, address(cluster), link, ("9",), keeps="newest")
    assert stray.evidence == "1 recorded without a file: 9; the newest recorded is 9"
    await link.execute("DELETE FROM app.done")
    right = await look(folder, address(cluster), link, ("3",), keeps="newest")
    assert right == Result(Outcome.PASSED, "3 is the newest in app.done and in .")


async def test_whole_names_and_folders_are_versions_too(
    cluster: Cluster, link: Any, tmp_path: Path
) -> None:
    (tmp_path / "20260101_init").mkdir()
    (tmp_path / "lock.toml").touch()
    pattern = r"^(?P<version>\d{8}_.*)"
    seen = await look(tmp_path, address(cluster), link, ("20260101_init",), pattern=pattern)
    assert seen.outcome is Outcome.PASSED


@pytest.mark.outcome("migrations", "unknown")
@pytest.mark.law(1)
async def test_law_1_what_cannot_be_read_is_unknown(
    cluster: Cluster, link: Any, folder: Path
) -> None:
    to = address(cluster)
    assert "holds null" in (await look(folder, to, link, (None,))).evidence
    await link.execute("DELETE FROM app.done")
    for options, said in (
        ({"table": "app.gone"}, 'relation "app.gone" does not exist'),
        ({"column": "gone"}, 'column "gone" does not exist'),
        ({"where": "1) OR (1"}, "did not answer the query"),
        ({"where": "true); DROP TABLE app.done --"}, "did not answer the query"),
        ({"folder": "gone"}, "gone cannot be read: No such file or directory"),
        ({"folder": "README.md"}, "cannot be read: Not a directory"),
        ({"folder": "a\0b"}, "cannot be read: it is not a path"),
        ({"pattern": "^(x+)$"}, "holds no migration: no name matches ^(x+)$"),
        ({"where": "pg_sleep(60) IS NULL", "timeout": "100ms"}, "no answer within 100 ms"),
    ):
        seen = await look(folder, to, link, ("1",), **options)
        assert (seen.outcome, said in seen.evidence) == (Outcome.UNKNOWN, True), seen
    assert (await look(folder, "", link, ())).outcome is Outcome.UNKNOWN
    async with talking(silent) as port:
        silence = f"postgresql://u:p@127.0.0.1:{port}/app"
        seen = await look(folder, silence, link, (), timeout="50ms")
    assert seen == Result(Outcome.UNKNOWN, f"127.0.0.1:{port}/app had no answer within 50 ms")


@pytest.mark.law(9)
async def test_law_9_a_hostile_record_is_short(cluster: Cluster, link: Any, folder: Path) -> None:
    seen = await look(folder, address(cluster), link, ("1", "2", "3", "x" * 100_000, "9\n\x1b[2J"))
    assert seen.outcome is Outcome.FAILED
    assert len(seen.evidence) < 300
    huge = await look(folder, address(cluster), link, ("9" * 100_000,))
    assert huge.outcome is Outcome.FAILED


def test_a_wrong_card_says_what_is_wrong() -> None:
    for wrong, said in (
        ("(", "is not a regular expression"),
        (r"\d+", "has no group"),
        (r"^(\d+)(?=_)", "looks around itself"),
    ):
        with pytest.raises(WrongError, match=said):
            read(Migrations, check="migrations", table="a", folder="b", pattern=wrong)
