"""A scratch database: created, used, dropped; abandoned ones of earlier checks are dropped too.

Its name contains its creation time. A check that uses it holds a session of that name on the
server, so a database without such a session was abandoned by a killed check.
"""

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from checks.core.base import Outcome
from checks.pg.connection import OWN_RESTORE, DatabaseError, connect, translated_errors

if TYPE_CHECKING:
    from checks.pg.connection import Link

_NAME = re.compile(OWN_RESTORE)
_STAMP = "%Y%m%dt%H%M%S"
_NOW = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD\"t\"HH24MISS')"
_FREE = """
SELECT datname FROM pg_database d
WHERE datname LIKE 'cockpit\\_restore\\_%' AND pg_get_userbyid(datdba) = current_user
    AND NOT EXISTS (SELECT FROM pg_stat_activity a
        WHERE a.application_name = d.datname OR a.datname = d.datname)
"""
_LEAST_AGE_S = 60.0
_GOODBYE_S = 15.0


def inside(address: str, database: str) -> str:
    """Return the address of another database of the same server.

    >>> inside("postgresql://u@h/app?sslmode=require&dbname=x", "y")
    'postgresql://u@h/y?sslmode=require'
    """
    parts = urlsplit(address)
    params = [param for param in parse_qsl(parts.query) if param[0] not in ("dbname", "database")]
    return urlunsplit((parts.scheme, parts.netloc, f"/{quote(database)}", urlencode(params), ""))


@contextlib.asynccontextmanager
async def scratch(address: str, options: str, timeout_s: float) -> AsyncIterator[str]:
    """Create an empty database on the server of `address`, yield its name, and drop it.

    `options` are those of CREATE DATABASE for its encoding and locale. It is dropped after an error
    and a cancellation, too; raises DatabaseError if it cannot be created or dropped.
    """
    link = await connect(address, timeout_s)
    try:
        with translated_errors(address, timeout_s):
            name = f"cockpit_restore_{await link.fetchval(_NOW)}_{secrets.token_hex(4)}"
            await link.execute(f"SET application_name = '{name}'")
            await _sweep(link)
        try:
            with translated_errors(address, timeout_s):
                statement = f"CREATE DATABASE {name} TEMPLATE template0 {options}"
                # If it were cancelled, the server might still create it after the drop.
                await to_the_end(link.execute(statement, timeout=_GOODBYE_S))
            yield name
        finally:
            await to_the_end(_drop(address, name))
    finally:
        link.terminate()


async def to_the_end(work: Coroutine[Any, Any, Any]) -> None:
    """Wait until `work` has ended, even if cancelled meanwhile: it must not stay half done."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # marked as retrieved: the cancellation matters more
        raise cancelled
    task.result()


async def _sweep(link: "Link") -> None:
    """Drop the databases of killed checks: of our name and owner, unused for at least a minute."""
    now = datetime.strptime(await link.fetchval(_NOW), _STAMP)  # both are UTC
    for row in await link.fetch(_FREE):
        if match := _NAME.fullmatch(row[0]):
            with contextlib.suppress(ValueError):
                age = now - datetime.strptime(match[1], _STAMP)
                if age.total_seconds() >= _LEAST_AGE_S:
                    await _drop_abandoned(link, row[0])


async def _drop_abandoned(link: "Link", name: str) -> None:
    import asyncpg  # noqa: PLC0415

    # Somebody may have connected to it or dropped it meanwhile: then it is left alone.
    with contextlib.suppress(asyncpg.PostgresError):
        await link.execute(f"DROP DATABASE {name}")


async def _drop(address: str, name: str) -> None:
    try:
        link = await connect(address, _GOODBYE_S)
        try:
            with translated_errors(address, _GOODBYE_S):
                if link.get_server_version().major >= 13:
                    await link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                else:
                    await link.execute(f"DROP DATABASE IF EXISTS {name}")
        finally:
            link.terminate()
    except DatabaseError as error:
        reason = f"keeps the scratch database {name}, drop it: {error}"
        raise DatabaseError(Outcome.UNKNOWN, address, reason) from error
