"""Whether the database has free connections, and no session blocks others."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.findings import Finding, combine, failed, passed, unknown
from checks.core.units import Duration, Share, Span, Text
from checks.pg.activity import Activity, DatabaseSession, followed
from checks.pg.connection import DatabaseError, database_url, reading, redact
from checks.pg.pgbouncer import pools


class Database(Check, kw_only=True, frozen=True, tag="database"):
    """Connections, queries, transactions, locks and replicas of PostgreSQL are within their limits.

    It checks the connections of the whole server against `max_connections`; in this database the
    longest active query, the longest transaction that is open and idle, and the longest wait for a
    lock; the lag of each replica; and PgBouncer's pools, if `pgbouncer` is set.

    Failed: one of them is over its limit. The session is named, its query without its values. A
    refused connection has failed too, as in `postgres`.

    Unknown: the role may not see a value, or the server does not report it. With `optional: true`
    such values are left out, and the details list them.
    """

    FIGURES: ClassVar = {
        "connections": "connections in use",
        "connections_ratio": "share of `max_connections` in use, from 0 to 1",
        "query_s": "longest active query, in seconds",
        "idle_s": "longest transaction that is open and idle, in seconds",
        "blocked_s": "longest wait for a lock, in seconds",
        "lag_s": "lag of the replica that is furthest behind, in seconds",
    }

    database: Annotated[str, Meta(description="its URL; the target's when left out")] = ""
    connections: Annotated[
        Share, Meta(description="the share of `max_connections` that may be in use")
    ] = 0.8
    query: Annotated[Span, Meta(description="the longest that a query may be active")] = 30.0
    idle: Annotated[
        Span, Meta(description="the longest that a transaction may be open and idle")
    ] = 60.0
    blocked: Annotated[Span, Meta(description="the longest that a query may wait for a lock")] = 5.0
    lag: Annotated[Span, Meta(description="how far a replica may be behind")] = 10.0
    follow: Annotated[
        Duration,
        Meta(description="how long to observe the sessions; the longest times count"),
    ] = 0.0
    replicas: Annotated[int, Meta(ge=0, description="the least number of streaming replicas")] = 0
    ignore: Annotated[
        tuple[Text, ...],
        Meta(description="applications whose sessions may exceed the limits, as `pg_dump`"),
    ] = ()
    pgbouncer: Annotated[
        str,
        Meta(description="its admin console (postgresql://…/pgbouncer), or a metrics page (http)"),
    ] = ""
    waiting: Annotated[Span, Meta(description="the longest that a client may wait in a pool")] = 1.0
    programs: Annotated[
        str,
        Meta(description="the folder of psql, for the admin console; else the PATH is searched"),
    ] = field(default="", name="tools")
    optional: Annotated[
        bool,
        Meta(
            description="leave out values that the role may not see or the server does not report"
        ),
    ] = False

    def label(self) -> str:
        """Return the default title."""
        return "database has room"

    def lasts_s(self) -> float:
        """Return the seconds of observation, and one for the queries."""
        return self.follow + 1.0

    def limit_s(self) -> float:
        """Return the seconds of observation plus `timeout`."""
        return self.follow + self.timeout

    async def run(self, tools: Tools) -> Result:
        """Read everything in one transaction; the evidence names what is over, or what is used."""
        bouncer = tools.expand(self.pgbouncer)
        try:
            address = database_url(self.database, tools)
            async with reading(address, self.timeout) as link:
                seen = await followed(link, self.ignore, self.follow, tools.clock)
        except DatabaseError as error:
            figures = {"connections_ratio": 1.0} if error.full else {}
            return Result(error.outcome, str(error), figures=figures)
        findings = [*self._server(seen), *self._replicas(seen)]
        if bouncer:
            findings += await pools(bouncer, self.programs, self.waiting, self.timeout, tools)
        return _clean(self._judge(seen, findings), address, bouncer)

    def _judge(self, seen: Activity, findings: list[Finding]) -> Result:
        optional = self.optional
        counted = [each for each in findings if not (optional and each.outcome is Outcome.UNKNOWN)]
        left_out = tuple(each.words for each in findings if each not in counted)
        result = combine(counted, _right(seen), _figures(seen))
        details = (*result.details, *(f"left out: {words}" for words in left_out))
        return Result(result.outcome, result.evidence, details, result.figures)

    def _server(self, seen: Activity) -> Iterator[Finding]:
        over = seen.used > self.connections * seen.most
        words = f"{_used(seen)}, limit {self.connections * 100:.4g} %"
        yield failed(words) if over else passed(words)
        if seen.hidden:
            yield unknown(
                f"{seen.reader} may not see the sessions of others:"
                f" GRANT pg_read_all_stats TO {seen.reader}"
            )
        yield from _longest(seen.active, "active query", self.query)
        yield from _longest(seen.idle, "idle in a transaction", self.idle)
        yield from _longest(seen.blocked, "waits for a lock", self.blocked)

    def _replicas(self, seen: Activity) -> Iterator[Finding]:
        if len(seen.replicas) < self.replicas and not seen.is_standby:
            words = f"{len(seen.replicas)} replicas stream, {self.replicas} expected"
            yield unknown(words) if seen.hidden else failed(words)
        for name, lag_s in seen.replicas:
            if lag_s is None:
                yield unknown(f"the lag of {name} cannot be told")
            else:
                limit = format_duration(self.lag)
                words = f"{name} is {format_duration(lag_s)} behind, limit {limit}"
                yield failed(words) if lag_s > self.lag else passed(words)


def _longest(sessions: tuple[DatabaseSession, ...], what: str, limit_s: float) -> Iterator[Finding]:
    """Yield a finding for each session over the limit, or for the longest if none is."""
    over = [each for each in sessions if each.age_s > limit_s]
    for each in over:
        yield failed(f"{what} over {format_duration(limit_s)}: {each}")
    if not over:
        longest = str(sessions[0]) if sessions else "none"
        yield passed(f"{what}, limit {format_duration(limit_s)}: {longest}")


def _used(seen: Activity) -> str:
    most_by = f" (most by {seen.holder})" if seen.holder and not seen.hidden else ""
    return f"{seen.used} of {seen.most} connections in use{most_by}"


def _right(seen: Activity) -> str:
    lags = [lag_s for _, lag_s in seen.replicas if lag_s is not None]
    behind = f", replica {format_duration(max(lags))} behind" if lags else ""
    longest = f"longest query {seen.active[0]}" if seen.active else "no query active"
    blocked = f"{len(seen.blocked)} blocked" if seen.blocked else "none blocked"
    return f"{_used(seen)}, {longest}, {blocked}{behind}"


def _figures(seen: Activity) -> dict[str, float]:
    lags = [lag_s for _, lag_s in seen.replicas if lag_s is not None]
    ages = {"query_s": seen.active, "idle_s": seen.idle, "blocked_s": seen.blocked}
    figures = {name: _age(sessions) for name, sessions in ages.items() if not seen.hidden}
    figures |= {"connections": float(seen.used), "connections_ratio": seen.used / seen.most}
    return figures | ({"lag_s": max(lags)} if lags else {})


def _age(sessions: tuple[DatabaseSession, ...]) -> float:
    return sessions[0].age_s if sessions else 0.0


def _clean(result: Result, *addresses: str) -> Result:
    evidence, details = result.evidence, result.details
    for address in addresses:
        evidence = redact(evidence, address)
        details = tuple(redact(line, address) for line in details)
    return Result(result.outcome, evidence, details, result.figures)
