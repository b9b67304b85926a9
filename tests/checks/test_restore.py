import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from msgspec.structs import replace

from checks.core.base import Outcome, Result, Scheduling
from checks.core.run_check import run_check
from checks.restore import Restore
from cockpit.rehearsal.host.embedded_postgres import Cluster
from cockpit.runtime.environment import is_loopback
from tests.checks.kit import read, silent, talking, tools
from tests.checks.test_postgres import LIMIT_S, address

SCRATCH = "SELECT datname FROM pg_database WHERE datname LIKE 'cockpit_restore_%'"
SOURCE = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('calm', 'tense');
CREATE TABLE users (id int PRIMARY KEY, email text, born timestamptz, mood app.mood, t float8);
INSERT INTO users SELECT n, 'u' || n || '@example.com', now(), 'calm', random()
    FROM generate_series(1, 500) n;
CREATE TABLE app."Odd ""name" (users_id int REFERENCES users, raw bytea, doc jsonb);
INSERT INTO app."Odd ""name" SELECT n, '\\x00ff', '{"a": 1}' FROM generate_series(1, 20) n;
CREATE TABLE app.audit (line text);
INSERT INTO app.audit VALUES ('x'), ('x'), (NULL);
CREATE TABLE parted (at int) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
INSERT INTO parted VALUES (1), (2);
CREATE PUBLICATION users_out FOR TABLE users;
"""


@pytest_asyncio.fixture
async def link(cluster: Cluster) -> AsyncIterator[Any]:
    made = await asyncpg.connect(address(cluster), timeout=LIMIT_S)
    try:
        yield made
    finally:
        await made.close()


@pytest_asyncio.fixture
async def source(cluster: Cluster, link: Any) -> AsyncIterator[str]:
    """Yield the address of a database to dump; no test leaves a scratch database behind."""
    await link.execute("CREATE DATABASE source")
    try:
        inside = await asyncpg.connect(address(cluster, "source"), timeout=LIMIT_S)
        await inside.execute(SOURCE)
        await inside.close()
        yield address(cluster, "source")
        assert [row[0] for row in await link.fetch(SCRATCH)] == []
    finally:
        await link.execute("DROP DATABASE source WITH (FORCE)")


def check(cluster: Cluster, **options: Any) -> Restore:
    given = {"tools": str(cluster.install.bin), "timeout": "20s"} | options
    return read(Restore, check="restore", **given)


async def ask(cluster: Cluster, to: str, folder: Path = Path(), **options: Any) -> Result:
    made = check(cluster, **options)
    return await asyncio.wait_for(made.run(tools(folder, database=to)), LIMIT_S)


def test_no_load_is_measured_beside_it(cluster: Cluster) -> None:
    assert check(cluster).scheduling() is Scheduling.EXCLUSIVE


def wrapped(folder: Path, cluster: Cluster, name: str, script: str) -> str:
    """Return a folder of programs with `script` in place of one; `$REAL` is the real one."""
    for each in ("pg_dump", "pg_restore"):
        real = cluster.install.bin / each
        body = script if each == name else 'exec "$REAL" "$@"'
        # Whatever a script does, it can say its version.
        ask = f'REAL={real}\n[ "$1" = --version ] && exec "$REAL" --version\n'
        (folder / each).write_text(f"#!/bin/sh\n{ask}{body}\n")
        (folder / each).chmod(0o755)
    return str(folder)


async def test_what_is_restored_is_the_same(cluster: Cluster, source: str) -> None:
    seen = await ask(cluster, source)
    assert seen.outcome is Outcome.PASSED, seen
    assert seen.evidence.startswith("5 tables with 525 rows are the same; dump ")
    assert "public.users: 500 rows" in seen.details
    assert 'app.Odd "name: 20 rows' in seen.details
    assert set(seen.figures) == {"dump_s", "bytes", "restore_s"}
    assert seen.figures["bytes"] > 1000


async def test_another_server_and_chosen_tables(cluster: Cluster, source: str) -> None:
    seen = await ask(cluster, source, into=address(cluster), exclude=["app.au*"])
    assert seen.evidence.startswith("4 tables with 522 rows are the same")
    only = await ask(cluster, source, tables=["users", "app.audit"])
    assert only.evidence.startswith("2 tables with 503 rows are the same")


async def test_what_is_written_meanwhile_makes_no_difference(
    cluster: Cluster, source: str, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    programs = wrapped(
        tmp_path, cluster, "pg_dump",
        f'while ! [ -e {go} ]; do touch {tmp_path}/asked; done; exec "$REAL" "$@"',
    )  # fmt: skip
    task = asyncio.create_task(ask(cluster, source, tools=programs))
    await there(tmp_path / "asked")
    inside = await asyncpg.connect(source, timeout=LIMIT_S)
    await inside.execute("INSERT INTO users VALUES (1000); DELETE FROM app.audit")
    await inside.close()
    go.touch()
    seen = await task
    assert seen.evidence.startswith("5 tables with 525 rows are the same")


async def there(path: Path) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not path.exists():  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0)


@pytest.mark.outcome("restore", "failed")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM app.audit WHERE line IS NULL", "app.audit has 2 of 3 rows"),
        ("UPDATE users SET email = 'eve' WHERE id = 7", "public.users has other contents, in 500"),
        ("DROP TABLE app.audit", "app.audit is missing"),
    ],
)
async def test_what_is_not_the_same_is_named(
    cluster: Cluster, source: str, tmp_path: Path, change: str, said: str
) -> None:
    spoil = (
        '"$REAL" "$@"; s=$?; for to; do :; done;'
        f' {cluster.install.bin}/psql -q "${{to#--dbname=}}" -c "{change}"; exit $s'
    )
    programs = wrapped(tmp_path, cluster, "pg_restore", spoil)
    seen = await ask(cluster, source, tools=programs)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith(f"the restored database differs: {said}")
    assert seen.figures["restore_s"] > 0
    assert "eve" not in str(seen)


ODD = ("new\nline", "esc\x1b[2J", "star*", "q?x", "it's", "%s", "{}", "$x", "do.t", "-x", "\\")
"""Names that a shell, a pattern, a format or a screen would take for something else."""


@pytest.mark.law(9)
async def test_law_9_hostile_names_and_rows_are_only_data(
    cluster: Cluster, link: Any, tmp_path: Path
) -> None:
    await link.execute("CREATE DATABASE odd ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
    to = address(cluster, "odd")
    inside = await asyncpg.connect(to, timeout=LIMIT_S)
    for name in ODD:
        await inside.execute(f'CREATE TABLE "{name}" (t text, "t\nt" float8, f float8[], d date)')
        await inside.execute(
            f"INSERT INTO \"{name}\" VALUES (E'\\xff\\xfe', 'NaN', '{{NaN,Infinity}}', '-infinity')"
        )
    await inside.execute("CREATE TABLE wide (t text); CREATE TABLE bare ()")
    await inside.execute("INSERT INTO wide SELECT repeat('x', 3000000)")
    await inside.execute("INSERT INTO bare DEFAULT VALUES")
    await inside.close()
    try:
        seen = await ask(cluster, to)
        without = await ask(cluster, to, exclude=["star[*]", "%s", "new*", "wide"])
        spoil = f'"$REAL" "$@"; for to; do :; done; {cluster.install.bin}/psql -q "$to" -c'
        programs = wrapped(tmp_path, cluster, "pg_restore", f"{spoil} 'DELETE FROM \"new\nline\"'")
        lost = await ask(cluster, to, tools=programs)
    finally:
        await link.execute("DROP DATABASE odd WITH (FORCE)")
    assert seen.evidence.startswith("13 tables with 13 rows are the same; dump ")
    assert without.evidence.startswith("9 tables with 9 rows are the same; dump ")
    assert lost.outcome is Outcome.FAILED
    assert lost.evidence == "the restored database differs: public.new line has 0 of 1 row"
    assert not any("\n" in line for one in (seen, lost) for line in one.details)


HARMLESS = (
    """"$REAL" "$@"; echo 'pg_restore: error: could not execute query: ERROR:"""
    """ unrecognized configuration parameter "transaction_timeout"' >&2; exit 1"""
)


@pytest.mark.parametrize(
    ("name", "script", "outcome", "said"),
    [
        ("pg_dump", '"$REAL" "$@" | head -c 900', Outcome.FAILED, "pg_restore ended with status 1"),
        ("pg_dump", "head -c 100000 /dev/urandom", Outcome.FAILED, "pg_restore ended with status"),
        ("pg_dump", "echo pg_dump: error: broken page >&2; exit 1", Outcome.FAILED, "broken page"),
        ("pg_dump", "kill -9 $$", Outcome.UNKNOWN, "pg_dump could not do its work, status -9"),
        ("pg_restore", "echo 'pg_restore: error: No space left' >&2; exit 1", Outcome.UNKNOWN,
         "No space left"),
        ("pg_restore", "printf 'pg_restore: error: \\377\\033[2J' >&2; exit 1", Outcome.FAILED,
         "pg_restore ended with status 1"),
        ("pg_restore", "exit 0", Outcome.FAILED, "app.Odd \"name is missing"),
        ("pg_restore", HARMLESS, Outcome.PASSED, "are the same"),
    ],
)  # fmt: skip
async def test_programs_that_end_badly(  # noqa: PLR0917
    cluster: Cluster, source: str, tmp_path: Path, name: str, script: str,
    outcome: Outcome, said: str,
) -> None:  # fmt: skip
    programs = wrapped(tmp_path, cluster, name, script)
    seen = await ask(cluster, source, tools=programs)
    assert (seen.outcome, said in seen.evidence) == (outcome, True), seen


@pytest.mark.law(1)
async def test_law_1_older_programs_are_unknown(
    cluster: Cluster, source: str, tmp_path: Path
) -> None:
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18 (Debian)'\n")
        (tmp_path / name).chmod(0o755)
    seen = await ask(cluster, source, tools=str(tmp_path))
    assert seen.outcome is Outcome.UNKNOWN
    assert "pg_dump is of version 15, the server of 18" in seen.evidence
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho nonsense\n")
    odd = await ask(cluster, source, tools=str(tmp_path))
    assert "pg_dump does not say its version: nonsense" in odd.evidence
    (tmp_path / "pg_dump").unlink()
    none = await ask(cluster, source, tools=str(tmp_path))
    assert "there is no pg_dump in" in none.evidence


@pytest.mark.law(1)
async def test_law_1_nothing_to_compare_is_unknown(cluster: Cluster, source: str) -> None:
    pattern = await ask(cluster, source, tables=["gone_*"])
    assert pattern.evidence == "could not be tried: no table matches gone_*"
    inside = await asyncpg.connect(source, timeout=LIMIT_S)
    await inside.execute('TRUNCATE users, app.audit, app."Odd ""name", parted')
    empty = await ask(cluster, source)
    assert (empty.outcome, empty.evidence) == (
        Outcome.UNKNOWN,
        "every table is empty, so nothing was compared",
    )
    await inside.execute('DROP TABLE users, app.audit, app."Odd ""name", parted')
    await inside.close()
    none = await ask(cluster, source)
    assert none.evidence == "could not be tried: there is no table to compare"


@pytest.mark.law(1)
async def test_law_1_no_answer_and_no_permission(cluster: Cluster, source: str, link: Any) -> None:
    assert (await ask(cluster, "")).outcome is Outcome.UNKNOWN
    wrong = await ask(cluster, address(cluster, password="wr0ng/pass"))
    assert wrong.outcome is Outcome.FAILED
    assert "wr0ng" not in str(wrong)
    async with talking(silent) as port:
        silence = f"postgresql://u:p@127.0.0.1:{port}/app"
        seen = await ask(cluster, source, into=silence, timeout="2s")
        assert seen.outcome is Outcome.UNKNOWN
    await link.execute("CREATE ROLE dumper LOGIN PASSWORD 'only/dumps' IN ROLE pg_read_all_data")
    try:
        dumper = source.replace("postgres:pass%2Fw%3Ard%231", "dumper:only%2Fdumps")
        refused = await ask(cluster, dumper)
    finally:
        await link.execute("DROP ROLE dumper")
    assert refused.outcome is Outcome.UNKNOWN
    assert "permission denied to create database" in refused.evidence


async def test_the_source_is_only_read(cluster: Cluster, source: str, link: Any) -> None:
    """Who may write nothing there is enough, and no row is another after it."""
    state = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
    await link.execute("CREATE ROLE dumper LOGIN CREATEDB PASSWORD 'only/dumps'")
    await link.execute("GRANT pg_read_all_data TO dumper")
    inside = await asyncpg.connect(source, timeout=LIMIT_S)
    try:
        before = await inside.fetchval(state)
        dumper = source.replace("postgres:pass%2Fw%3Ard%231", "dumper:only%2Fdumps")
        seen = await ask(cluster, dumper)
        after = await inside.fetchval(state)
    finally:
        await inside.close()
        await link.execute("DROP OWNED BY dumper; DROP ROLE dumper")
    assert seen.outcome is Outcome.PASSED, seen
    assert after == before > 500


@pytest.mark.parametrize(
    "env", [{"PGHOSTADDR": "127.0.0.2"}, {"PGSERVICE": "elsewhere"}, {"PGOPTIONS": "-c wrong=1"}]
)
async def test_no_setting_of_the_machine_makes_another_database_of_it(
    cluster: Cluster, source: str, env: dict[str, str]
) -> None:
    """The programs would dump one database, and the rows of another be held against it."""
    seen = await asyncio.wait_for(check(cluster).run(tools(env=env, database=source)), LIMIT_S)
    assert seen.outcome is Outcome.PASSED, seen


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("to", "env"),
    [
        ("postgresql://u@127.0.0.1/app?hostaddr=192.0.2.1", {}),
        ("postgresql://u@127.0.0.1/app?service=production", {}),
        ("postgresql://u@127.0.0.1,192.0.2.1/app", {}),
        ("postgresql:///app?host=192.0.2.1", {}),
        ("postgresql:///app", {"PGHOST": "192.0.2.1"}),
        ("postgresql://u@/app", {"PGHOST": "127.0.0.1,192.0.2.1"}),
    ],
)
async def test_law_10_a_rehearsal_dumps_no_database_elsewhere(
    cluster: Cluster, to: str, env: dict[str, str]
) -> None:
    using = replace(tools(env=env, database=to), reaches=is_loopback)
    seen = await asyncio.wait_for(check(cluster).run(using), LIMIT_S)
    assert seen.outcome is Outcome.UNKNOWN
    assert "a rehearsal reaches loopback only" in seen.evidence


@pytest.mark.outcome("restore", "passed")
@pytest.mark.law(8)
async def test_law_8_the_password_is_in_no_argument(
    cluster: Cluster, source: str, tmp_path: Path
) -> None:
    show = f'tr "\\0" "\\n" < /proc/$$/cmdline >> {tmp_path}/argv; exec "$REAL" "$@"'
    for name in ("pg_dump", "pg_restore"):
        seen = await ask(cluster, source, tools=wrapped(tmp_path, cluster, name, show))
        assert seen.outcome is Outcome.PASSED
        assert cluster.password not in str(seen)
    argv = (tmp_path / "argv").read_text()
    assert "--dbname=postgresql://postgres@127.0.0.1:" in argv
    assert not any(word in argv for word in (cluster.password, "pass%2F"))


@pytest.mark.law(1)
@pytest.mark.parametrize("name", ["pg_dump", "pg_restore"])
async def test_law_1_no_time_is_unknown_and_leaves_nothing(
    cluster: Cluster, source: str, tmp_path: Path, name: str
) -> None:
    programs = wrapped(tmp_path, cluster, name, "sleep 600")
    made = check(cluster, tools=programs, timeout="2s")
    seen = await asyncio.wait_for(run_check(made, tools(database=source)), LIMIT_S)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("not done within 1.8 s; until then: ")
    assert ("dump_s" in seen.figures) is (name == "pg_restore")


async def test_a_cancelled_check_leaves_nothing(
    cluster: Cluster, source: str, tmp_path: Path, link: Any
) -> None:
    begun = tmp_path / "begun"
    programs = wrapped(tmp_path, cluster, "pg_restore", f'"$REAL" "$@"; touch {begun}; sleep 600')
    task = asyncio.create_task(ask(cluster, source, tools=programs))
    await there(begun)
    assert len(await link.fetch(SCRATCH)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await link.fetch(SCRATCH) == []


@pytest.mark.outcome("restore", "unknown")
async def test_a_database_that_cannot_be_dropped_is_named(
    cluster: Cluster, source: str, tmp_path: Path, link: Any
) -> None:
    spoil = (
        '"$REAL" "$@"; s=$?; for to; do :; done; db=${to##*/};'
        f' {cluster.install.bin}/psql -q "${{to#--dbname=}}" -c "ALTER DATABASE $db IS_TEMPLATE 1"'
    )
    programs = wrapped(tmp_path, cluster, "pg_restore", spoil)
    seen = await ask(cluster, source, tools=programs)
    (name,) = [row[0] for row in await link.fetch(SCRATCH)]
    await link.execute(f"ALTER DATABASE {name} IS_TEMPLATE 0")
    await link.execute(f"DROP DATABASE {name}")
    assert seen.outcome is Outcome.UNKNOWN
    assert f"keeps the scratch database {name}, drop it" in seen.evidence


KILLED = """
import asyncio, sys
from checks.restore import Restore
from tests.checks.kit import tools
check = Restore(database=sys.argv[1], programs=sys.argv[2])
asyncio.run(check.run(tools()))
"""


async def test_what_a_killed_check_left_is_swept_and_nothing_else(
    cluster: Cluster, source: str, tmp_path: Path, link: Any
) -> None:
    begun = tmp_path / "begun"
    programs = wrapped(
        tmp_path, cluster, "pg_restore", f"echo $$ > {begun}.new; mv {begun}.new {begun}; sleep 600"
    )
    (tmp_path / "tmp").mkdir()
    killed = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", KILLED, source, programs],
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
        start_new_session=True,
    )
    await there(begun)
    (left,) = [row[0] for row in await link.fetch(SCRATCH)]
    others = ("cockpit_restore_of_mine", "cockpit_restore_99999999t999999_0123abcd", "keep_me")
    for name in others:
        await link.execute(f"CREATE DATABASE {name}")
    try:
        # Young, or in use: it stays.
        await ask(cluster, source)
        killed.kill()
        killed.wait(LIMIT_S)
        await ask(cluster, source)
        assert left in {row[0] for row in await link.fetch(SCRATCH)}
        await until_gone(link, left)
        old = left.replace(left[16:24], "20200101")
        await link.execute(f"ALTER DATABASE {left} RENAME TO {old}")
        async with using(cluster, old):
            await ask(cluster, source)
            assert old in {row[0] for row in await link.fetch(SCRATCH)}
        await ask(cluster, source)
        assert {row[0] for row in await link.fetch(SCRATCH)} == set(others[:2])
    finally:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            os.killpg(int(begun.read_text()), signal.SIGKILL)
        for name in others:
            await link.execute(f"DROP DATABASE {name}")
    assert list((tmp_path / "tmp").iterdir()) == []


async def until_gone(link: Any, name: str) -> None:
    held = f"SELECT count(*) FROM pg_stat_activity WHERE '{name}' IN (application_name, datname)"
    async with asyncio.timeout(LIMIT_S):
        while await link.fetchval(held):
            await link.execute("SELECT pg_sleep(0.01)")


@contextlib.asynccontextmanager
async def using(cluster: Cluster, name: str) -> AsyncIterator[None]:
    made = await asyncpg.connect(address(cluster, name), timeout=LIMIT_S)
    try:
        yield
    finally:
        await made.close()
