"""PgBouncer's pools and their waiting clients, from its admin console or an exporter's page.

The console speaks only the simple query protocol, which the driver does not: psql queries it.
"""

import asyncio
import csv
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from checks.core.base import Tools
from checks.core.durations import format_duration
from checks.core.errors import HttpError, UnreadableError
from checks.core.findings import Finding, failed, passed, unknown
from checks.core.text import one_line
from checks.pg.client_programs import ProgramError, find_program, split_password
from checks.pg.connection import DatabaseError, database_url
from checks.process.child import follow
from checks.web.http_client import BodyRules, HttpRequest, request_body

if TYPE_CHECKING:
    from prometheus_client.samples import Sample

_MOST_BYTES = 1024 * 1024
# psql holds a whole result in memory: an endless one must not exhaust the machine's.
_BOUNDED = 'ulimit -v 1048576; exec "$0" "$@"'
_WAITING = "pgbouncer_pools_client_waiting_connections"
_LONGEST = "pgbouncer_pools_client_maxwait_seconds"


class Pool(Struct, frozen=True):
    """A pool: how many clients wait for a connection, and the longest wait in seconds."""

    name: str
    waiting: int
    longest_s: float


async def check_pools(
    address: str, programs: str, limit_s: float, timeout_s: float, tools: Tools
) -> list[Finding]:
    """Return a finding for each pool, or a single unknown one if the pools cannot be read."""
    try:
        if urlsplit(address).scheme in ("http", "https"):
            text = await _read_page(address, timeout_s, tools)
            pools = await asyncio.to_thread(lambda: list(_pools_of_page(text)))
        else:
            pools = list(_pools_of_console(await _read_console(address, programs, tools)))
    except DatabaseError as error:
        return [unknown(str(error))]
    except (UnreadableError, ProgramError) as error:
        return [unknown(f"PgBouncer: {error}")]
    except (ValueError, KeyError, TypeError, csv.Error):
        return [unknown("PgBouncer: its pools are not written as expected")]
    return [_judge(pool, limit_s) for pool in pools] or [unknown("PgBouncer: it names no pool")]


def _judge(pool: Pool, limit_s: float) -> Finding:
    if not pool.waiting:
        return passed(f"pool {pool.name}: nobody waits")
    longest, limit = format_duration(pool.longest_s), format_duration(limit_s)
    evidence = f"pool {pool.name}: {pool.waiting} wait, the longest {longest}, limit {limit}"
    return failed(evidence) if pool.longest_s > limit_s else passed(evidence)


async def _read_console(address: str, programs: str, tools: Tools) -> str:
    to = split_password(database_url(address, tools), tools.env)
    psql = find_program("psql", programs, tools)
    output = bytearray()

    def feed(chunk: bytes) -> None:
        output.extend(chunk[: _MOST_BYTES - len(output)])

    psql_argv = [psql, "-X", "--no-password", "--csv", "--command=SHOW POOLS", to.text]
    argv = ["/bin/sh", "-c", _BOUNDED, *psql_argv]
    status = await follow(argv, tools.folder, to.env, feed)
    text = output.decode("utf-8", "replace")
    if status or len(output) >= _MOST_BYTES:
        raise UnreadableError(f"its console gives no pools: {one_line(text) or f'status {status}'}")
    return text


def _pools_of_console(text: str) -> Iterator[Pool]:
    for row in csv.DictReader(text.splitlines()):
        # `maxwait` is in whole seconds, `maxwait_us` is the rest in microseconds.
        longest_s = float(row["maxwait"]) + float(row.get("maxwait_us") or 0) / 1e6
        name = f"{row['database']}/{row['user']}"
        if row["database"] != "pgbouncer":
            yield _pool(name, float(row["cl_waiting"]), longest_s)


async def _read_page(address: str, timeout_s: float, tools: Tools) -> str:
    request = HttpRequest(url=address, headers={"Accept": "text/plain"})
    rules = BodyRules(statuses=(200,), most_bytes=_MOST_BYTES)
    try:
        async with tools.http(timeout_s) as client:
            response = await request_body(client, request, timeout_s, rules)
    except HttpError as error:
        raise UnreadableError(f"its page {error}") from error
    return response.body.decode("utf-8", "replace")


def _pools_of_page(text: str) -> Iterator[Pool]:
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415

    samples = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    ]
    longest = {_pool_name(sample): sample.value for sample in _named(samples, _LONGEST)}
    for sample in _named(samples, _WAITING):
        name = _pool_name(sample)
        if name not in longest:
            raise UnreadableError(f"its page does not say how long the clients of {name} wait")
        yield _pool(name, sample.value, longest[name])


def _pool(name: str, waiting: float, longest_s: float) -> Pool:
    if not (math.isfinite(waiting) and math.isfinite(longest_s)):
        raise UnreadableError(f"what it says of {one_line(name, 60)} is no number")
    return Pool(one_line(name, 60), int(waiting), longest_s)


def _named(samples: "Iterable[Sample]", name: str) -> "list[Sample]":
    return [sample for sample in samples if sample.name == name]


def _pool_name(sample: "Sample") -> str:
    return f"{sample.labels.get('database', '?')}/{sample.labels.get('user', '?')}"
