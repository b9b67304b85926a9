"""Read-only queries to PostgreSQL with a timeout for each step, and the reasons they fail."""

import contextlib
import errno
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from checks.core.base import Outcome, Tools
from checks.core.durations import format_duration
from checks.core.errors import CheckError, ForbiddenHostError, chain_of
from checks.core.text import one_line
from checks.pg.wire_guard import NotPostgresError, guard

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    Link = Connection[Record]

OWN_NAME = "cockpit"
"""The application name of the cockpit's own sessions."""

OWN_RESTORE = r"^cockpit_restore_(\d{8}t\d{6})_[0-9a-f]{8}$"
"""Matches the name of a scratch database, which is that of the session that creates it, too."""

_GOODBYE_S = 1.0
_WHOLE_ADDRESS = "postgresql://user:password@host:port/name, with special characters as %XX"


class DatabaseError(CheckError):
    """The database gave no value: `outcome` is failed when it refused, else unknown.

    The message never holds the address's password. `full` is True if it refused because
    every connection that this role may have is taken.
    """

    def __init__(self, outcome: Outcome, address: str, reason: str, *, full: bool = False) -> None:
        super().__init__(redact(f"{_place(address)} {reason}", address))
        self.outcome, self.full = outcome, full


def database_url(own: str, tools: Tools) -> str:
    """Return the address that a check names, else the target's; raises DatabaseError for none."""
    address = tools.expand(own or tools.target.database)
    if not address:
        raise DatabaseError(Outcome.UNKNOWN, "", "has no address: set `target.database`")
    for host in _hosts(address, tools.env):
        if not tools.reaches(host):
            raise DatabaseError(Outcome.UNKNOWN, "", f"is not asked: {ForbiddenHostError(host)}")
    return address


async def ask(address: str, query: str, timeout_s: float) -> Any:
    """Return the single value of a query's result; raises DatabaseError for any other result."""
    async with reading(address, timeout_s) as link:
        # Two rows at most, however many there are.
        rows = await (await link.cursor(query)).fetch(2)
    if len(rows) != 1 or len(rows[0]) != 1:
        size = "no row" if not rows else "several rows" if len(rows) > 1 else "several columns"
        raise DatabaseError(Outcome.UNKNOWN, address, f"gave {size}, where one value is expected")
    return rows[0][0]


@contextlib.asynccontextmanager
async def reading(
    address: str,
    timeout_s: float,
    isolation: Literal["read_committed", "repeatable_read"] = "read_committed",
) -> "AsyncIterator[Link]":
    """Yield a connection inside a read-only transaction; raises DatabaseError.

    The server itself cancels a query that takes longer than `timeout_s`.
    """
    link = await connect(address, timeout_s)
    try:
        with translated_errors(address, timeout_s):
            async with link.transaction(isolation=isolation, readonly=True):
                await link.execute(f"SET LOCAL statement_timeout = {int(timeout_s * 1000) or 1}")
                await link.execute(f"SET LOCAL application_name = '{OWN_NAME}'")
                yield link
        await link.close(timeout=_GOODBYE_S)
    finally:
        # After an error or a cancellation: an orderly goodbye to a hung server would hang as well.
        link.terminate()


def redact(text: str, address: str) -> str:
    """Return `text` with the password of `address` redacted, both as written and decoded."""
    with contextlib.suppress(ValueError):
        password = urlsplit(address).password or ""
        # A short one occurs in other words, and the gaps there would reveal it.
        for secret in {password, unquote(password)}:
            text = text.replace(secret, "•••") if len(secret) > 3 else text
    return text


async def connect(address: str, timeout_s: float) -> "Link":
    """Return a new connection, which the caller closes; raises DatabaseError."""
    import asyncpg  # noqa: PLC0415  # reading a card must not load what only a run needs

    guard()
    try:
        _check(address)
        # Neither cached statements nor start-up settings: PgBouncer and its like support neither.
        return await asyncpg.connect(
            address, timeout=timeout_s, command_timeout=timeout_s, statement_cache_size=0
        )
    except asyncpg.ConnectionDoesNotExistError as error:
        raise DatabaseError(Outcome.UNKNOWN, address, _gone(error)) from error
    except asyncpg.PostgresError as error:
        full, reason = isinstance(error, asyncpg.TooManyConnectionsError), one_line(str(error))
        raise DatabaseError(Outcome.FAILED, address, f"refused: {reason}", full=full) from error
    except OSError as error:
        raise _unreached(error, address, timeout_s) from error
    except (asyncpg.ClientConfigurationError, ValueError, OverflowError) as error:
        # Their texts quote the address, and with it perhaps the password.
        reason = f"has no legible address: write it as {_WHOLE_ADDRESS}"
        raise DatabaseError(Outcome.UNKNOWN, "", reason) from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        reason = f"does not speak PostgreSQL as expected: {one_line(str(error))}"
        raise DatabaseError(Outcome.UNKNOWN, address, reason) from error


@contextlib.contextmanager
def translated_errors(address: str, timeout_s: float) -> Iterator[None]:
    """Raise DatabaseError in place of the driver's errors inside the `with` block."""
    import asyncpg  # noqa: PLC0415

    try:
        yield
    except (TimeoutError, asyncpg.QueryCanceledError) as error:
        reason = f"had no answer within {format_duration(timeout_s)}"
        raise DatabaseError(Outcome.UNKNOWN, address, reason) from error
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        OSError,
        ValueError,
        AttributeError,  # raised by the driver on messages that it does not expect
    ) as error:
        reason = f"did not answer the query: {one_line(str(error))}"
        raise DatabaseError(Outcome.UNKNOWN, address, _gone(error, reason)) from error


def _gone(error: BaseException, else_: str = "hung up before it answered") -> str:
    """Return why the connection was lost, if the wire guard closed it, else `else_`."""
    refusals = (cause for cause in chain_of(error) if isinstance(cause, NotPostgresError))
    return next(map(str, refusals), else_)


def _unreached(error: OSError, address: str, timeout_s: float) -> DatabaseError:
    """Return a failure if the connection was refused (nothing listens there), else an unknown."""
    if isinstance(error, TimeoutError):
        reason = f"had no answer within {format_duration(timeout_s)}"
        return DatabaseError(Outcome.UNKNOWN, address, reason)
    # asyncio puts the errors of several addresses of one host into one text.
    if error.errno == errno.ECONNREFUSED or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        return DatabaseError(
            Outcome.FAILED, address, "refused the connection: nobody listens there"
        )
    reason = error.strerror or one_line(str(error)) or type(error).__name__
    return DatabaseError(Outcome.UNKNOWN, address, f"cannot be reached: {reason}")


def _check(address: str) -> None:
    """Raise ValueError for an address whose user would be taken for the host.

    An unencoded slash, hash or question mark in the password ends the host too early: another host
    would be contacted, and a part of the password be shown as a port.
    """
    parts = urlsplit(address)
    query = "" if "=" in parts.query else parts.query
    if "@" not in parts.netloc and "@" in parts.path + parts.fragment + query:
        raise ValueError("a special character in the password is not encoded")


def _place(address: str) -> str:
    """Return the database's host, port and name, or a fixed text for an ambiguous address."""
    try:
        _check(address)
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the database"
    return f"{parts.hostname}{port}{parts.path}" if parts.hostname else "the database"


def _hosts(address: str, env: Mapping[str, str]) -> list[str]:
    """Return every host that an address may lead to, without the folder of a local socket.

    The name of a service counts as a host: only PostgreSQL's own programs can resolve it.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return []  # it leads nowhere: the connection attempt reports why
    params = parse_qs(parts.query)
    authorities = [parts.netloc.rpartition("@")[2], *params.get("host", [])]
    authorities = authorities if any(authorities) else [env.get("PGHOST", "")]
    authorities += [host for name in ("hostaddr", "service") for host in params.get(name, [])]
    places = [place for authority in authorities for place in authority.split(",")]
    hosts = [unquote(re.sub(r":\d*$", "", place)) for place in places]
    return [host.strip("[]") for host in hosts if host and not host.startswith("/")]
