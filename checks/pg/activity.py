"""The sessions, locks and replicas of a PostgreSQL server, read in one transaction."""

from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from checks.core.durations import format_duration
from checks.core.text import one_line
from checks.pg.connection import OWN_NAME, OWN_RESTORE
from checks.pg.sql_redaction import redact_query

if TYPE_CHECKING:
    from asyncpg import Record

    from checks.core.base import CheckClock
    from checks.pg.connection import Link

_MOST_NAMED = 10
_EVERY_S = 0.2

# Without the right to read other sessions, their rows are there, with this in place of the query.
_CONNECTIONS = """
SELECT count(*)::int AS used, current_setting('max_connections')::int AS most,
    current_user::text AS reader,
    coalesce(bool_or(query = '<insufficient privilege>'), false) AS hidden
FROM pg_stat_activity
WHERE usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
"""

_HOLDER = """
SELECT left(coalesce(nullif(application_name, ''), usename::text), 60) AS name,
    count(*)::int AS used
FROM pg_stat_activity
WHERE usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
GROUP BY 1 ORDER BY used DESC, name LIMIT 1
"""

_SESSIONS = """
SELECT pid, query, application_name AS name,
    extract(epoch FROM clock_timestamp() - {since})::float8 AS age_s
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND {which}
    AND NOT application_name = ANY($1) AND application_name !~ $3
ORDER BY {since} LIMIT $2
"""
_ACTIVE = _SESSIONS.format(since="query_start", which="state = 'active'")
_IDLE = _SESSIONS.format(since="state_change", which="state LIKE 'idle in transaction%'")

# `waitstart` exists since PostgreSQL 14; on older servers the query's start is the nearest to it.
_BLOCKED = """
SELECT pid, query, min(application_name) AS name, pg_blocking_pids(pid) AS by,
    extract(epoch FROM clock_timestamp()
    - min(coalesce((to_jsonb(l)->>'waitstart')::timestamptz, query_start)))::float8 AS age_s
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND a.datname = current_database()
GROUP BY pid, query ORDER BY age_s DESC LIMIT $1
"""

# A client that only receives the WAL (pg_receivewal) replays nothing: its `replay_lsn` is null.
_REPLICAS = """
SELECT coalesce(nullif(application_name, ''), client_addr::text, 'pid ' || pid) AS name,
    CASE WHEN replay_lsn = pg_current_wal_lsn() THEN 0
        ELSE extract(epoch FROM replay_lag) END::float8 AS lag_s
FROM pg_stat_replication WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL
ORDER BY lag_s DESC NULLS FIRST
"""
_STANDBY = """
SELECT 'this standby' AS name, CASE WHEN NOT EXISTS
        (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') THEN NULL
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END::float8 AS lag_s
"""


class DatabaseSession(Struct, frozen=True):
    """A session, for how many seconds it has lasted, and its query without the values in it."""

    pid: int
    age_s: float
    query: str
    name: str = ""
    """The application name that it set."""
    by: tuple[int, ...] = ()
    """The process ids of those that hold the lock it waits for."""

    def __str__(self) -> str:
        """Format the session's application, its duration and its query."""
        held = f" for pid {', '.join(map(str, self.by))}" if self.by else ""
        who = f" of {self.name}" if self.name else ""
        return f"pid {self.pid}{who}, {format_duration(self.age_s)}{held}: {self.query}"


class Activity(Struct, frozen=True):
    """A server's sessions, the longest first, its locks and its replicas.

    `hidden` means that the role `reader` may not read the sessions of others.
    """

    used: int
    most: int
    holder: str
    """The application with the most connections, and how many."""
    reader: str
    hidden: bool
    active: tuple[DatabaseSession, ...]
    idle: tuple[DatabaseSession, ...]
    blocked: tuple[DatabaseSession, ...]
    replicas: tuple[tuple[str, float | None], ...]
    """The name and the lag in seconds of each replica; None where the lag is unknown."""
    is_standby: bool


async def read_activity(link: "Link", ignored: tuple[str, ...]) -> Activity:
    """Return the current activity.

    Sessions of `ignored` applications, and the cockpit's own, count only as connections. Raises
    ValueError for a reply that no PostgreSQL gives.
    """
    connections = await link.fetchrow(_CONNECTIONS)
    if connections is None:
        raise ValueError("an aggregate came without a row")  # no PostgreSQL does so
    holder = await link.fetchrow(_HOLDER)
    names = [OWN_NAME, *ignored]
    is_standby = bool(await link.fetchval("SELECT pg_is_in_recovery()"))
    replicas = await link.fetch(_STANDBY if is_standby else _REPLICAS)
    return Activity(
        used=connections["used"],
        most=connections["most"],
        holder=f"{one_line(holder['name'], 60)}: {holder['used']}" if holder else "",
        reader=connections["reader"],
        hidden=connections["hidden"],
        active=_sessions(await link.fetch(_ACTIVE, names, _MOST_NAMED, OWN_RESTORE)),
        idle=_sessions(await link.fetch(_IDLE, names, _MOST_NAMED, OWN_RESTORE)),
        blocked=_sessions(await link.fetch(_BLOCKED, _MOST_NAMED)),
        replicas=tuple((row["name"], row["lag_s"]) for row in replicas),
        is_standby=is_standby,
    )


async def follow_activity(
    link: "Link", ignored: tuple[str, ...], for_s: float, clock: "CheckClock"
) -> Activity:
    """Read the activity repeatedly for `for_s` seconds.

    Return the last sample, with the longest sessions of all samples: a query that begins and ends
    between two runs of the check would otherwise be missed.
    """
    end_s = clock.monotonic() + for_s
    longest = await read_activity(link, ignored)
    while clock.monotonic() < end_s:
        await clock.sleep(_EVERY_S)
        await link.execute("SELECT pg_stat_clear_snapshot()")
        sample = await read_activity(link, ignored)
        longest = replace(
            sample,
            active=_longest(longest.active, sample.active),
            idle=_longest(longest.idle, sample.idle),
            blocked=_longest(longest.blocked, sample.blocked),
        )
    return longest


def _longest(*samples: tuple[DatabaseSession, ...]) -> tuple[DatabaseSession, ...]:
    """Return the longest sessions of several samples; a query in more than one counts once."""
    shortest_first = sorted(chain.from_iterable(samples), key=lambda session: session.age_s)
    once = {(session.pid, session.query): session for session in shortest_first}
    return tuple(sorted(once.values(), key=lambda session: -session.age_s))[:_MOST_NAMED]


def _sessions(rows: "list[Record]") -> tuple[DatabaseSession, ...]:
    return tuple(
        DatabaseSession(
            pid=row["pid"],
            age_s=max(0.0, row["age_s"]),
            query=redact_query(row["query"]),
            name=one_line(row["name"] or "", 40),
            by=tuple(row.get("by", ())),
        )
        for row in rows
        if row["age_s"] is not None
    )
