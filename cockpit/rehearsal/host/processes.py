"""All child processes of a world, which start and end together."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cockpit.rehearsal.host import (
    capacity,
    child_process,
    embedded_postgres,
    postgres_install,
    seed_backups,
    workspace,
)
from cockpit.rehearsal.host.child_process import Child, Program
from cockpit.rehearsal.host.record import Record
from cockpit.rehearsal.load import traffic_command
from cockpit.rehearsal.observatory.sentry import PROJECT_ID
from cockpit.rehearsal.protocol.rehearsal_errors import PortTakenError, RehearsalError
from cockpit.rehearsal.scenarios import scenario
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, STABLE_VERSION

_READY_S = 20.0
_SEEDED = "seeded"


def _first_failure(failures: BaseExceptionGroup[BaseException]) -> RehearsalError:
    """Return the failure to act on: a taken port before any other."""
    expected = [error for error in failures.exceptions if isinstance(error, RehearsalError)]
    taken = [error for error in expected if isinstance(error, PortTakenError)]
    return (taken or expected or [RehearsalError(repr(failures.exceptions[0]))])[0]


class RehearsalProcesses:
    """The child processes of one world in `folder`, started as `record` describes."""

    def __init__(self, folder: Path, record: Record) -> None:
        self._folder = folder
        self.record = record
        self._install = postgres_install.locate()
        self._cluster = embedded_postgres.Cluster(
            self._install,
            Path(record.postgres_root),
            record.ports["postgres"],
            record.postgres_password,
            folder / "postgres.log",
        )
        self._children: dict[str, Child] = {}

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by name, only for display."""
        children = {name: child.pid for name, child in self._children.items()}
        return {"host": os.getpid(), **children}

    def environment(self) -> dict[str, str]:
        """Return the environment variables that steps, checks and the card need."""
        space = self._folder / "workspace"
        return {
            "TARGET_URL": self._url("public"),
            "METRICS_URL": f"{self._url('public')}/metrics",
            "ADMIN_URL": self._url("admin"),
            "STABLE_URL": self._url("stable"),
            "CANARY_URL": self._url("preview"),
            "STABLE_VERSION": STABLE_VERSION,
            "CANARY_VERSION": CANARY_VERSION,
            "DATABASE_URL": self._cluster.url(),
            "POSTGRES_PASSWORD": self.record.postgres_password,
            "JWT_SECRET": self.record.jwt_secret,
            "SMOKE_JWT": self.record.smoke_jwt,
            "EXPECTED_RATE": f"{self.record.expected_per_s:g}/s",
            **self._observability(),
            "WORKSPACE": str(space),
            "ACCESS_LOG": str(self._folder / "access-*.log"),
            "REHEARSAL_PG_BIN": str(self._install.bin),
            "PATH": f"{space / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }

    async def start(self) -> None:
        """Start all processes concurrently and wait until all of them are ready.

        When they run for the first time, `record` is told what the machine can serve.

        Raises PortTakenError if a port is in use, RehearsalError for the first other failure.
        """
        try:
            async with asyncio.TaskGroup() as group:
                stable = group.create_task(self._service("stable", STABLE_VERSION))
                group.create_task(self._service("canary", CANARY_VERSION))
                group.create_task(self._router())
                group.create_task(self._observatory())
                group.create_task(self._traffic())
                group.create_task(self._database())
        except BaseExceptionGroup as failures:
            raise _first_failure(failures) from failures
        routes = stable.result()["routes"]
        space, faults = self._folder / "workspace", scenario(self.record.scenario).faults
        await asyncio.to_thread(workspace.write_workspace, space, routes, faults)
        if not self.record.has_run:
            self.record = replace(self.record, expected_per_s=await self._expected_per_s())
        if self._has("traffic"):  # a request before the database was up would count as a 5xx
            self._children["traffic"].go()

    async def end(self) -> None:
        """End every child: those that send requests first, the database last."""
        for names in (("traffic", "observatory"), ("router", "stable", "canary")):
            ends = [self._children[n].end((signal.SIGTERM, 3.0)) for n in names if self._has(n)]
            await asyncio.gather(*ends)
        if self._has("postgres"):
            await embedded_postgres.end(self._children["postgres"])
        self._children.clear()

    async def watch(self) -> None:
        """Log every child that ends by itself, until cancelled."""

        async def log_end(name: str, child: Child) -> None:
            status = await child.process.wait()
            print(f"{name} ended by itself with {status}", file=sys.stderr, flush=True)  # noqa: T201

        await asyncio.gather(*(log_end(name, child) for name, child in self._children.items()))

    async def _expected_per_s(self) -> float:
        url = f"{self._url('public')}/api/orders/1"
        served_per_s = await capacity.measured_per_s(url, self.record.smoke_jwt)
        return capacity.expected_rate_per_s(served_per_s, self.record.rate_per_s)

    def _has(self, name: str) -> bool:
        return name in self._children

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.record.ports[name]}"

    async def _start(self, name: str, argv: list[str], env: Mapping[str, str]) -> dict[str, Any]:
        log = self._folder / ("traffic.log" if name == "traffic" else "world.log")
        program = Program(name, argv, env, self._folder, log, ids={})
        self._children[name] = child = await child_process.start(program)
        return await child.ready(_READY_S)

    async def _service(self, name: str, version: str) -> dict[str, Any]:
        argv = [
            sys.executable, "-P", "-m", "cockpit.rehearsal.service.service_app",
            "--version", version, "--port", str(self.record.ports[name]),
            "--access-log", str(self._folder / f"access-{version}.log"),
        ]  # fmt: skip
        secrets = {"DATABASE_URL": self._cluster.url(), "JWT_SECRET": self.record.jwt_secret}
        return await self._start(name, argv, {**os.environ, **secrets})

    async def _router(self) -> None:
        argv = [
            sys.executable, "-P", "-m", "cockpit.rehearsal.router.router_app",
            "--port", str(self.record.ports["public"]),
            "--admin-port", str(self.record.ports["admin"]),
            "--preview-port", str(self.record.ports["preview"]),
            "--stable", self._url("stable"), "--canary", self._url("canary"),
            "--state", str(self._folder / "router.json"), "--scenario", self.record.scenario,
        ]  # fmt: skip
        await self._start("router", argv, os.environ)

    def _observability(self) -> dict[str, str]:
        """Return the URLs and tokens of the stand-ins for Sentry, Grafana and Prometheus."""
        base, key = self._url("observatory"), self.record.observatory_key
        return {
            "SENTRY_DSN": f"{base.replace('://', f'://{key}@')}/sentry/{PROJECT_ID}",
            "SENTRY_URL": f"{base}/sentry",
            "SENTRY_TOKEN": self.record.observatory_token,
            "GRAFANA_URL": f"{base}/grafana",
            "GRAFANA_TOKEN": self.record.observatory_token,
            "PROMETHEUS_URL": f"{base}/prometheus",
            "ALERTMANAGER_URL": f"{base}/alertmanager",
        }

    async def _observatory(self) -> None:
        argv = [
            sys.executable, "-P", "-m", "cockpit.rehearsal.observatory",
            "--port", str(self.record.ports["observatory"]),
            "--requests", f"{self._url('public')}/metrics",
            "--pool", f"{self._url('stable')}/metrics", "--pool", f"{self._url('canary')}/metrics",
        ]  # fmt: skip
        tokens = {
            "OBSERVATORY_KEY": self.record.observatory_key,
            "OBSERVATORY_TOKEN": self.record.observatory_token,
        }
        await self._start("observatory", argv, {**os.environ, **tokens})

    async def _traffic(self) -> None:
        if self.record.rate_per_s > 0:
            env = traffic_command.environment(self.record.jwt_secret, self.record.rate_per_s)
            await self._start("traffic", traffic_command.command(self._url("public")), env)

    async def _database(self) -> None:
        seeded = self._cluster.root / _SEEDED
        if not seeded.exists():
            await embedded_postgres.create(self._cluster)
        self._children["postgres"] = await embedded_postgres.launch(self._cluster)
        if not seeded.exists():
            await embedded_postgres.seed(self._cluster)
            backups = self._folder / "workspace" / "backups"
            await asyncio.to_thread(seed_backups.back_up, self._cluster, backups)
            seeded.touch()
