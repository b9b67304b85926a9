"""What the scripts do with the real database: migrate, roll back, dump, restore, count."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg

from checks.core.durations import format_duration
from cockpit.rehearsal.scripts.script_context import ScriptContext, ScriptError

MIGRATION = "0042"
TABLES = ("customers", "products", "orders", "invoices", "schema_migrations")
_TIMEOUT_S = 30.0

_UP = f"""
SET LOCAL lock_timeout = '5s';
ALTER TABLE orders ADD COLUMN delivery_note text;
CREATE TABLE delivery_windows (
    window_id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    city text NOT NULL, opens time NOT NULL, closes time NOT NULL);
INSERT INTO delivery_windows (city, opens, closes)
    SELECT DISTINCT city, time '08:00', time '18:00' FROM customers;
INSERT INTO schema_migrations (version) VALUES ('{MIGRATION}');
"""  # noqa: S608 - a constant of this file
_DOWN = f"""
SET LOCAL lock_timeout = '5s';
DROP TABLE delivery_windows;
ALTER TABLE orders DROP COLUMN delivery_note;
DELETE FROM schema_migrations WHERE version = '{MIGRATION}';
"""  # noqa: S608 - a constant of this file

T = TypeVar("T")


def with_connection(url: str, work: Callable[[Any], Awaitable[T]]) -> T:
    """Return the result of `work` on a connection to `url`; raises ScriptError on failure."""

    async def connect_and_work() -> T:
        connection = await asyncpg.connect(url, timeout=5.0, command_timeout=_TIMEOUT_S)
        try:
            return await work(connection)
        finally:
            await connection.close(timeout=2.0)

    try:
        return asyncio.run(connect_and_work())
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ScriptError(f"database: {type(error).__name__}: {error}") from None


def is_migrated(context: ScriptContext) -> bool:
    """Whether the migration is applied."""
    query = "SELECT count(*) FROM schema_migrations WHERE version = $1"
    return bool(with_connection(context.database_url, lambda c: c.fetchval(query, MIGRATION)))


def migrate(context: ScriptContext, *, up: bool) -> None:
    """Apply the migration, or roll it back, in one transaction."""

    async def change(connection: Any) -> None:
        async with connection.transaction():
            await connection.execute(_UP if up else _DOWN)

    with_connection(context.database_url, change)


def wait_for_a_held_lock(context: ScriptContext) -> None:
    """Wait for a lock that another connection holds until the lock timeout: raises ScriptError."""

    async def wait(holder: Any) -> None:
        async with holder.transaction():
            await holder.execute("LOCK TABLE invoices IN ACCESS SHARE MODE")
            waiter = await asyncpg.connect(context.database_url, timeout=5.0)
            try:
                await waiter.execute(
                    "SET lock_timeout = '200ms'; ALTER TABLE invoices ADD paid bool"
                )
            finally:
                await waiter.close(timeout=2.0)

    with_connection(context.database_url, wait)


def _run_program(context: ScriptContext, *argv: str) -> None:
    url = urlsplit(context.database_url)
    env = {**os.environ, "PGPASSWORD": url.password or "", "PGCONNECT_TIMEOUT": "5"}
    server = ("-h", "127.0.0.1", "-p", str(url.port), "-U", url.username or "postgres")
    command = [str(context.pg_bin / argv[0]), *server, *argv[1:]]
    try:
        completed = subprocess.run(  # noqa: S603
            command, env=env, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise ScriptError(f"{argv[0]} took longer than {format_duration(_TIMEOUT_S)}") from None
    if completed.returncode != 0:
        raise ScriptError(
            f"{argv[0]} ended with {completed.returncode}: {completed.stderr.strip()[-500:]}"
        )


def dump(context: ScriptContext, into: Path) -> None:
    """Write a backup of the whole database in PostgreSQL's custom format."""
    partial = into.with_suffix(".partial")
    _run_program(
        context, "pg_dump", "-Fc", "-f", str(partial), "-d", urlsplit(context.database_url).path[1:]
    )
    partial.rename(into)


def restore(context: ScriptContext, backup: Path, database: str) -> None:
    """Restore a backup into an empty database of the same server.

    Raises ScriptError at the first error.
    """
    _run_program(context, "pg_restore", "--exit-on-error", "-d", database, str(backup))


def sibling_url(context: ScriptContext, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(context.database_url)._replace(path=f"/{database}").geturl()


def execute(context: ScriptContext, statement: str) -> None:
    """Run a trusted statement outside a transaction."""
    with_connection(context.database_url, lambda c: c.execute(statement))


def counts(url: str) -> dict[str, int]:
    """Return the number of rows of each table."""

    async def count(connection: Any) -> dict[str, int]:
        return {
            table: await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
            for table in TABLES
        }

    return with_connection(url, count)
