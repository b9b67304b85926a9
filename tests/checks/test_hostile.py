"""Every check that asks somebody meets every wrong answer: in time, in a sentence, never passed."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from checks.auth import Auth
from checks.backup import BackupAge
from checks.budget import ErrorBudget
from checks.clock import ClockSkew
from checks.core.base import Check, Outcome, Result, Target
from checks.core.run_check import run_check
from checks.cors import Cors
from checks.dashboards import Dashboards
from checks.database import Database
from checks.http import Http
from checks.migrations import Migrations
from checks.pii import Pii
from checks.postgres import Postgres
from checks.prometheus import PrometheusHealth
from checks.rate_limit import RateLimit
from checks.restore import Restore
from checks.sentry import Sentry
from cockpit.rehearsal.host.embedded_postgres import Cluster
from tests.checks.hostile import DATABASES, SERVICES
from tests.checks.kit import Talk, read, talking, tools
from tests.checks.peers import Hurried

TOKEN, KEY, PASSWORD = "a-t0ken-of-ours", "0123456789abcdef", "t0ps3cret"
LIMIT_S = 30.0
UNKNOWN = {Outcome.UNKNOWN}
WRONG = {Outcome.UNKNOWN, Outcome.FAILED}
"""Where any answer at all is one that can be wrong."""

BRIEF: dict[str, Any] = {"timeout": "400ms"}
EACH: dict[str, Any] = {"timeout": "5s", "each": "200ms"}
PEER: dict[str, Any] = {"url": "${URL}", "token": "${TOKEN}", **BRIEF}

ASKING: Mapping[str, tuple[type[Check], dict[str, Any], set[Outcome]]] = {
    "http": (Http, {"path": "/", "body": "ok", "status": [200, 302], **BRIEF}, WRONG),
    "auth": (Auth, {"visibility": "all", **EACH}, WRONG),
    "cors": (Cors, {"origins": ["https://a.example"], "path": "/", **EACH}, WRONG),
    "rate-limit": (RateLimit, {"path": "/", "within": 5, **EACH}, WRONG),
    "clock": (ClockSkew, BRIEF, UNKNOWN),
    "backup": (BackupAge, {"url": "${URL}/latest", **BRIEF}, UNKNOWN),
    "backup by key": (BackupAge, {"url": "${URL}", "key": "ended", **BRIEF}, UNKNOWN),
    # Whatever can be read is a log, and may be a clean one.
    "pii": (Pii, {"url": "${URL}/log", "newest": 16, **BRIEF}, {*WRONG, Outcome.PASSED}),
    "prometheus": (
        PrometheusHealth,
        {"queries": {"q": "up"}, "rules": ["R"], "alertmanager": "${URL}", "within": "200ms"}
        | PEER,
        UNKNOWN,
    ),
    "dashboards": (Dashboards, {"dashboards": ["slo"], **PEER}, UNKNOWN),
    "budget": (ErrorBudget, {"share": "1 %", "p95": "1s", **PEER}, UNKNOWN),
    "sentry": (
        Sentry,
        {"dsn": "${DSN}", "api": "${URL}", "project": "a/b", "token": "${TOKEN}"}
        | {"within": "200ms", **BRIEF},
        UNKNOWN,
    ),
}


async def ask(check: Check, folder: Path, url: str, database: str = "") -> Result:
    env = {"URL": url, "TOKEN": TOKEN, "DSN": url.replace("://", f"://{KEY}@") + "/1"}
    target = Target(url=url, token="${TOKEN}", openapi="api.json", database=database)
    using = replace(tools(folder, env), clock=Hurried(), target=target)
    return await asyncio.wait_for(run_check(check, using), LIMIT_S)


async def meet(
    talks: Mapping[str, Talk], ask_one: Any, outcomes: set[Outcome], secrets: tuple[str, ...]
) -> None:
    """Ask each, all at once: each has its answer in one line, and nobody an exception."""

    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(talking(talk)) for talk in talks.values()]
        every = await asyncio.gather(*map(ask_one, ports))
    assert [
        f"{name} {fault}: {seen.evidence}"
        for name, seen in zip(talks, every, strict=True)
        for fault in faults(seen, outcomes, secrets)
    ] == []


def faults(seen: Result, outcomes: set[Outcome], secrets: tuple[str, ...]) -> list[str]:
    found = {
        f"is {seen.outcome}": seen.outcome not in outcomes,
        "is no sentence": seen.evidence.startswith("could not look"),
        "says nothing": not seen.evidence.strip(),
        "is no line": "\n" in seen.evidence or len(seen.evidence) > 600,
        "has details of several lines": any("\n" in line for line in seen.details),
        "tells a secret": any(secret in str(seen) for secret in secrets),
    }
    return [fault for fault, is_so in found.items() if is_so]


@pytest.mark.law(1)
@pytest.mark.parametrize("kind", ASKING)
async def test_law_1_a_hostile_service_is_never_right(tmp_path: Path, kind: str) -> None:
    (tmp_path / "api.json").write_text(json.dumps({"paths": {"/": {"get": {}}}}))
    model, options, outcomes = ASKING[kind]
    check = read(model, check=kind, **options)

    async def one(port: int) -> Result:
        return await ask(check, tmp_path, f"http://127.0.0.1:{port}")

    await meet(SERVICES, one, outcomes, (TOKEN, KEY))


ADDRESSES = (
    *("", "127.0.0.1", "//x", "http://", "http://[::", "http://a b/", "http://xn--a/"),
    *("file:///etc/passwd", "http://127.0.0.1\0/", "http://127.0.0.1:1/\n", "\ud800"),
    *("http://\ud800/", f"http://{'a' * 300}.test/", "http://127.0.0.1:\uff11/"),
    *(f"http://u:{PASSWORD}@127.0.0.1:{port}/" for port in ("0", "99999", "port", "-1")),
)


@pytest.mark.law(8)
@pytest.mark.parametrize("kind", ASKING)
async def test_law_8_an_address_that_is_none_is_unknown_and_not_shown(
    tmp_path: Path, kind: str
) -> None:
    (tmp_path / "api.json").write_text(json.dumps({"paths": {"/": {"get": {}}}}))
    model, options, _ = ASKING[kind]
    check = read(model, check=kind, **options)
    every = await asyncio.gather(*(ask(check, tmp_path, url) for url in ADDRESSES))
    assert [
        f"{url!a} {fault}: {seen.evidence}"
        for url, seen in zip(ADDRESSES, every, strict=True)
        for fault in faults(seen, UNKNOWN, (TOKEN, KEY, PASSWORD))
    ] == []


READING: Mapping[str, tuple[type[Check], dict[str, Any]]] = {
    "postgres": (Postgres, {}),
    "database": (Database, {}),
    "migrations": (Migrations, {"table": "done", "folder": "."}),
    "restore": (Restore, {}),
    "clock": (ClockSkew, {}),
}


@pytest.mark.law(1)
@pytest.mark.parametrize("kind", READING)
async def test_law_1_a_hostile_database_is_never_right(
    tmp_path: Path, kind: str, cluster: Cluster
) -> None:
    (tmp_path / "0001_init.sql").touch()
    model, options = READING[kind]
    programs = {"tools": str(cluster.install.bin)} if kind == "restore" else {}
    check = read(model, check=kind, timeout="500ms", **options, **programs)

    async def one(port: int) -> Result:
        to = f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/app?sslmode=disable"
        return await ask(check, tmp_path, "", to)

    await meet(DATABASES, one, WRONG, (PASSWORD,))
