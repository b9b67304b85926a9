"""Whether the database has free connections, and no session blocks others."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.findings import Finding, combine, failed, passed, unknown
from checks.core.text import count_of
from checks.core.units import Duration, Share, Span, Text
from checks.pg.activity import Activity, DatabaseSession, follow_activity
from checks.pg.connection import DatabaseError, database_url, reading, redact
from checks.pg.pgbouncer import check_pools


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
                activity = await follow_activity(link, self.ignore, self.follow, tools.clock)
        except DatabaseError as error:
            figures = {"connections_ratio": 1.0} if error.full else {}
            return Result(error.outcome, str(error), figures=figures)
        findings = [*self._server_findings(activity), *self._replica_findings(activity)]
        if bouncer:
            findings += await check_pools(bouncer, self.programs, self.waiting, self.timeout, tools)
        return _redacted(self._judge(activity, findings), address, bouncer)

    def _judge(self, activity: Activity, findings: list[Finding]) -> Result:
        optional = self.optional
        counted = [
            finding for finding in findings if not (optional and finding.outcome is Outcome.UNKNOWN)
        ]
        left_out = tuple(finding.evidence for finding in findings if finding not in counted)
        result = combine(counted, _summary(activity), _figures(activity))
        details = (*result.details, *(f"left out: {line}" for line in left_out))
        return Result(result.outcome, result.evidence, details, result.figures)

    def _server_findings(self, activity: Activity) -> Iterator[Finding]:
        over = activity.used > self.connections * activity.most
        evidence = f"{_used(activity)}, limit {self.connections * 100:.4g} %"
        yield failed(evidence) if over else passed(evidence)
        if activity.hidden:
            yield unknown(
                f"{activity.reader} may not see the sessions of others:"
                f" GRANT pg_read_all_stats TO {activity.reader}"
            )
        yield from _session_findings(activity.active, "active query", self.query)
        yield from _session_findings(activity.idle, "idle in a transaction", self.idle)
        yield from _session_findings(activity.blocked, "waits for a lock", self.blocked)

    def _replica_findings(self, activity: Activity) -> Iterator[Finding]:
        if len(activity.replicas) < self.replicas and not activity.is_standby:
            streaming = count_of(len(activity.replicas), "replica streams", "replicas stream")
            evidence = f"{streaming}, {self.replicas} expected"
            yield unknown(evidence) if activity.hidden else failed(evidence)
        for name, lag_s in activity.replicas:
            if lag_s is None:
                yield unknown(f"the lag of {name} is not reported")
            else:
                limit = format_duration(self.lag)
                evidence = f"{name} is {format_duration(lag_s)} behind, limit {limit}"
                yield failed(evidence) if lag_s > self.lag else passed(evidence)


def _session_findings(
    sessions: tuple[DatabaseSession, ...], what: str, limit_s: float
) -> Iterator[Finding]:
    """Yield a finding for each session over the limit, or for the longest if none is."""
    over = [session for session in sessions if session.age_s > limit_s]
    for session in over:
        yield failed(f"{what} over {format_duration(limit_s)}: {session}")
    if not over:
        longest = str(sessions[0]) if sessions else "none"
        yield passed(f"{what}, limit {format_duration(limit_s)}: {longest}")


def _used(activity: Activity) -> str:
    most_by = f" (most by {activity.holder})" if activity.holder and not activity.hidden else ""
    return f"{activity.used} of {count_of(activity.most, 'connection')} in use{most_by}"


def _summary(activity: Activity) -> str:
    lags = [lag_s for _, lag_s in activity.replicas if lag_s is not None]
    behind = f", replica {format_duration(max(lags))} behind" if lags else ""
    longest = f"longest query {activity.active[0]}" if activity.active else "no query active"
    blocked = f"{len(activity.blocked)} blocked" if activity.blocked else "none blocked"
    return f"{_used(activity)}, {longest}, {blocked}{behind}"


def _figures(activity: Activity) -> dict[str, float]:
    lags = [lag_s for _, lag_s in activity.replicas if lag_s is not None]
    ages = {"query_s": activity.active, "idle_s": activity.idle, "blocked_s": activity.blocked}
    figures = {name: _longest_s(sessions) for name, sessions in ages.items() if not activity.hidden}
    figures |= {
        "connections": float(activity.used),
        "connections_ratio": activity.used / activity.most,
    }
    return figures | ({"lag_s": max(lags)} if lags else {})


def _longest_s(sessions: tuple[DatabaseSession, ...]) -> float:
    return sessions[0].age_s if sessions else 0.0


def _redacted(result: Result, *addresses: str) -> Result:
    evidence, details = result.evidence, result.details
    for address in addresses:
        evidence = redact(evidence, address)
        details = tuple(redact(line, address) for line in details)
    return Result(result.outcome, evidence, details, result.figures)
