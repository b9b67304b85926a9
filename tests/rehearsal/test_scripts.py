"""The packaged card's commands, run for real in the real world."""

import asyncio
import json
import shlex
import shutil
from pathlib import Path

import asyncpg
import httpx
import pytest

from cockpit.rehearsal.host.client import RehearsalWorld
from cockpit.rehearsal.service.api_operations import STABLE_VERSION

from .places import effects, run

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("rehearsal")]


async def fetch(world: RehearsalWorld, query: str) -> object:
    connection = await asyncpg.connect(world.env["DATABASE_URL"], timeout=5)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def workspace(world: RehearsalWorld, name: str) -> Path:
    return Path(world.env["WORKSPACE"], name)


MIGRATED = "SELECT count(*) FROM schema_migrations WHERE version = '0042'"


async def test_the_whole_cutover_and_back(world: RehearsalWorld, http: httpx.AsyncClient) -> None:
    status, said = await run(world, "npm", "run", "-s", "gate:production")
    assert (status, said.splitlines()[-1]) == (0, "3 passed, 0 critical failures")
    assert (await run(world, "npm", "run", "cutover", "t-30"))[1].endswith("gates PASSED\n")

    shutil.rmtree(workspace(world, "backups"), ignore_errors=True)
    status, said = await run(world, "scripts/test-backup-restore.sh")
    assert status == 1
    assert "there is no backup" in said
    assert (await run(world, "npm", "run", "cutover", "t-10"))[1].endswith("migrate deployed\n")
    assert await fetch(world, MIGRATED) == 1
    assert await fetch(world, "SELECT count(*) FROM delivery_windows") == 4
    status, said = await run(world, "scripts/test-backup-restore.sh")
    assert (status, said.splitlines()[-1]) == (0, "backup/restore test PASSED")
    scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'restore%'"
    assert await fetch(world, scratch) == 0

    assert (await run(world, "npm", "run", "cutover", "t0"))[0] == 0
    assert (await run(world, "scripts/traffic.sh", "--canary", "5"))[1].endswith(
        "canary 5 %, stable 95 %\n"
    )
    assert (await http.get(world.env["ADMIN_URL"] + "/weight")).json()["canary"] == 5
    assert (await run(world, "npm", "run", "cutover", "t60"))[0] == 0
    assert workspace(world, "records/deployment-report.json").exists()

    assert (await run(world, "npm", "run", "cutover", "rollback-database"))[0] == 0
    assert await fetch(world, MIGRATED) == 0
    assert await fetch(world, "SELECT to_regclass('delivery_windows')") is None
    assert (await run(world, "scripts/previous-image.sh"))[0] == 0
    assert (await run(world, "npm", "run", "cutover", "revert-release"))[0] == 0
    assert json.loads(workspace(world, "package.json").read_text())["version"] == STABLE_VERSION
    assert effects(world) == [
        "cutover t-30",
        "cutover t-10",
        "cutover t0",
        "traffic --canary 5",
        "cutover t60",
        "cutover rollback-database",
        "cutover rollback-application",
        "cutover revert-release",
    ]


async def test_the_breakers(world: RehearsalWorld, http: httpx.AsyncClient) -> None:
    assert (await run(world, "npm", "run", "emergency:demote", "/api/analytics"))[0] == 0
    breakers = ("node", "scripts/emergency-breakers.mjs")
    assert (await run(world, *breakers, "is-frozen"))[0] == 1
    assert (await run(world, *breakers, "freeze-surface"))[0] == 0
    assert await run(world, *breakers, "is-frozen") == (0, "frozen\n")
    state = (await http.get(world.env["ADMIN_URL"] + "/state")).json()
    assert (state["demoted"], state["frozen"]) == (["/api/analytics"], True)
    status, said = await run(world, *breakers, "sanity-check")
    assert (status, said.splitlines()[-1]) == (0, "sanity: 4 passed, 0 failed")
    assert effects(world) == [
        "emergency-breakers demote /api/analytics",
        "emergency-breakers freeze-surface",
    ]


async def test_a_failing_step_fails_believably_and_changes_no_table(world: RehearsalWorld) -> None:
    await world.set_fault("failing-step")
    status, said = await run(world, "npm", "run", "-s", "cutover", "t-10")
    assert status == 1
    assert "canceling statement due to lock timeout" in said
    assert await fetch(world, MIGRATED) == 0
    await world.set_fault("failing-backup")
    status, said = await run(world, "scripts/test-backup-restore.sh")
    assert status == 1
    assert "pg_restore" in said


WRONG = [
    ("npm run cutover t-99", 2, "usage: npm run cutover t-30 |"),
    ("npm run nix", 1, 'Missing script: "nix"'),
    ("npm install", 1, "stand-in"),
    ("node -e 1", 1, "stand-in"),
    ("node scripts/nix.mjs", 1, "cannot find module"),
    ("npm run emergency:demote '/x; touch pwned'", 2, "'/x; touch pwned' is not a path"),
    ("scripts/traffic.sh --canary nan", 2, "takes 0 to 100 percent"),
    ("scripts/traffic.sh 5", 2, "usage"),
]


async def test_wrong_use_is_a_sentence_and_changes_nothing(world: RehearsalWorld) -> None:
    results = await asyncio.gather(*(run(world, *shlex.split(line)) for line, *_ in WRONG))
    for (line, status, sentence), (ended, said) in zip(WRONG, results, strict=True):
        assert (line, ended) == (line, status)
        assert sentence in said
    assert effects(world) == []
    assert not workspace(world, "pwned").exists()
