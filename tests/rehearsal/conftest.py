"""One real world for the tests that do not end it, which restore its initial state."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from cockpit.rehearsal.host import record
from cockpit.rehearsal.host.client import RehearsalWorld


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RehearsalWorld]:
    folder = tmp_path_factory.mktemp("run") / "world"
    async with RehearsalWorld.open(folder) as world:
        yield world
    record.forget(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def world(
    shared_world: RehearsalWorld, http: httpx.AsyncClient
) -> AsyncIterator[RehearsalWorld]:
    yield shared_world
    admin = shared_world.env["ADMIN_URL"]
    state = (await http.get(f"{admin}/state")).json()
    for name in state["faults"]:
        await shared_world.set_fault(name, False)
    for path in state["demoted"]:
        await http.put(f"{admin}/demote", json={"path": path, "demoted": False})
    await http.put(f"{admin}/freeze", json={"frozen": False})
    await http.put(f"{admin}/weight", json={"canary": 0})
    _clean(Path(shared_world.env["WORKSPACE"]))


def _clean(workspace: Path) -> None:
    (workspace / "effects.log").unlink(missing_ok=True)
    shutil.rmtree(workspace / "backups", ignore_errors=True)
