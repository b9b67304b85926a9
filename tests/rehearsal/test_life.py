"""A world starts, ends, resumes, and leaves nothing behind."""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from cockpit.rehearsal.host import record
from cockpit.rehearsal.host.client import RehearsalWorld
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError

from .places import ended

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("rehearsal")]

NAMES = {"host", "stable", "canary", "router", "traffic", "postgres", "observatory"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "world"
    record.forget(tmp_path / "world")


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def is_private(file: Path) -> bool:
    return file.stat().st_mode & 0o077 == 0


def pids(folder: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((folder / "world.json").read_text())["pids"]
    return found


def database_url(kept: dict[str, Any]) -> str:
    where = f"127.0.0.1:{kept['ports']['postgres']}"
    return f"postgresql://postgres:{kept['postgres_password']}@{where}/acme"


@contextlib.contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a step's lock, as its supervisor does."""
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def listening(pid: int) -> set[str]:
    """Return the hexadecimal addresses, without ports, on which a process listens."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


@pytest.mark.law(10)
async def test_everything_listens_on_loopback_alone(shared_world: RehearsalWorld) -> None:
    """Law 10: a rehearsal reaches loopback only."""
    found = pids(shared_world.folder)
    assert set(found) == NAMES
    for name in NAMES - {"host", "traffic"}:
        assert listening(found[name]) == {"0100007F"}, name


@pytest.mark.law(8)
async def test_secrets_are_in_no_command_line(shared_world: RehearsalWorld) -> None:
    """Law 8: secrets reach the children by their environment."""
    for pid in pids(shared_world.folder).values():
        line = command_line(pid)
        for name in ("JWT_SECRET", "POSTGRES_PASSWORD", "SENTRY_TOKEN", "GRAFANA_TOKEN"):
            assert shared_world.env[name] not in line
    assert is_private(record.file(shared_world.folder))


_COCKPIT = """
import asyncio, pathlib, sys
from cockpit.rehearsal.host.client import RehearsalWorld
async def main():
    async with RehearsalWorld.open(pathlib.Path(sys.argv[1]), "failing-step") as world:
        print("up", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def spawn(*argv: str) -> asyncio.subprocess.Process:
    """Start a Python process, and wait for its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", *argv, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 40)
    return process


async def mark(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await connection.close()


async def marked(url: str) -> object:
    connection = await asyncpg.connect(url, timeout=5)
    answer = await connection.fetchval("SELECT answer FROM kept")
    await connection.close()
    return answer


async def test_killed_cockpit_running_step_way_back_killed_world(
    folder: Path, shared_world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    """The world outlives a running step, ends completely after it, and resumes."""
    cockpit = await spawn("-c", _COCKPIT, str(folder))
    found, kept = pids(folder), json.loads(record.file(folder).read_text())
    assert set(found) == NAMES
    admin, target = (f"http://127.0.0.1:{kept['ports'][name]}" for name in ("admin", "public"))
    assert target != shared_world.env["TARGET_URL"], "two worlds live side by side"
    await http.put(f"{admin}/weight", json={"canary": 5})
    before = (await http.put(f"{admin}/demote", json={"path": "/api/stock"})).json()
    assert before["faults"] == ["failing-step"]
    await mark(database_url(kept))

    with held(folder.parent / "steps" / "t-10" / "lock"):
        cockpit.send_signal(signal.SIGKILL)
        await cockpit.communicate()
        for _ in range(20):
            assert (await http.get(f"{target}/health")).json()["status"] == "ok"
    assert await asyncio.to_thread(ended, found.values()) == []

    async with RehearsalWorld.open(folder) as again:
        assert (again.env["TARGET_URL"], again.env["DATABASE_URL"]) == (target, database_url(kept))
        assert again.env["SMOKE_JWT"] == kept["smoke_jwt"]
        assert (await http.get(f"{admin}/state")).json() == before
        assert await marked(again.env["DATABASE_URL"]) == 42
        found = pids(folder)
        signal.pidfd_send_signal(os.pidfd_open(found["host"]), signal.SIGKILL)
        assert await asyncio.to_thread(ended, found.values()) == []

    record.forget(folder)
    with pytest.raises(RehearsalError, match="is gone"):
        async with RehearsalWorld.open(folder):
            pass


async def test_a_world_that_was_killed_while_it_first_started_starts(folder: Path) -> None:
    """Its record is written before its database, which may not be there yet, nor its folder."""
    await asyncio.to_thread(folder.mkdir)
    begun = record.with_new_ports(record.fresh("failing-step", 60.0))
    record.save(folder, begun)
    record.forget(folder)
    async with RehearsalWorld.open(folder) as world:
        kept = record.load(folder)
        assert kept is not None
        assert kept.has_run
        assert (kept.scenario, kept.smoke_jwt) == ("failing-step", begun.smoke_jwt)
        await mark(world.env["DATABASE_URL"])


async def test_an_unknown_scenario_is_refused(folder: Path) -> None:
    with pytest.raises(RehearsalError, match="no scenario 'nix'"):
        async with RehearsalWorld.open(folder, scenario="nix"):
            pass
    assert not record.file(folder).exists()
