"""A real PostgreSQL for one rehearsal: TCP on loopback, with a password; it ends with its parent.

Its data is in a new folder below the system's temporary folder, where the user `nobody` can reach
it; the rehearsal's record has the path. Durability is off: the data survives the death of every
process but not a power failure, which ends a rehearsal anyway.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from checks.core.durations import format_duration
from cockpit.rehearsal.host.child_process import Child, Program, start, tail
from cockpit.rehearsal.host.postgres_install import Install, is_world_readable
from cockpit.rehearsal.protocol.rehearsal_errors import PortTakenError, RehearsalError
from cockpit.rehearsal.service.seed import SEED

PREFIX = "cockpit-pg-"
DATABASE = "acme"
_PATIENCE_S = 20.0
_SETTINGS = (
    "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=40",
    "shared_buffers=16MB", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
    "log_min_messages=warning", "timezone=UTC",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server: its programs, root folder, port on loopback, password and log."""

    install: Install
    root: Path
    port: int
    password: str
    log: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "data"

    def url(self, database: str = DATABASE) -> str:
        """Return the URL of a database, with the password."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"


def fresh_root() -> Path:
    """Create a new root folder, which the user `nobody` can reach if this process runs as root."""
    base = Path(tempfile.gettempdir())
    if os.geteuid() == 0 and not is_world_readable(base):
        base = Path("/tmp")  # noqa: S108 - mkdtemp's name is not predictable
    root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    root.chmod(0o711)
    return root


def _program(cluster: Cluster, name: str, argv: list[str]) -> Program:
    # a clean environment: the operator's PGDATA, PGHOST and the like must not apply
    return Program(
        name,
        [str(cluster.install.bin / argv[0]), *argv[1:]],
        {"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        cluster.root,
        cluster.log,
        cluster.install.ids,
        parent_death_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
    )


async def create(cluster: Cluster) -> None:
    """Create the data folder of a new cluster (initdb), replacing that of a failed attempt.

    Raises RehearsalError if initdb fails.
    """
    await asyncio.to_thread(shutil.rmtree, cluster.data, ignore_errors=True)
    secret = cluster.root / "password"
    secret.touch(mode=0o600)
    try:
        secret.write_text(cluster.password)
        cluster.data.mkdir(mode=0o700)
        for path in (secret, cluster.data):
            os.chown(path, *cluster.install.owner)
        await _initdb(cluster, secret)
    finally:
        secret.unlink()


async def _initdb(cluster: Cluster, secret: Path) -> None:
    argv = [
        "initdb", "-D", str(cluster.data), "-U", "postgres", "-E", "UTF8", "--locale=C",
        "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "--wal-segsize=4",
    ]  # fmt: skip
    child = await start(_program(cluster, "initdb", argv))
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.process.communicate(), _PATIENCE_S)
    finally:
        await child.end()
    if child.process.returncode != 0:
        raise RehearsalError(f"PostgreSQL's initdb failed: {tail(cluster.log)}")


async def launch(cluster: Cluster) -> Child:
    """Start PostgreSQL, wait until it accepts connections, and return its process.

    Raises PortTakenError if the port is in use, RehearsalError if it ends or is not
    ready within 20 s.
    """
    await _wait_for_previous_server(cluster)
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    argv = ["postgres", "-D", str(cluster.data), "-c", f"port={cluster.port}", *settings]
    child = await start(_program(cluster, "postgres", argv))
    deadline_s = time.monotonic() + _PATIENCE_S
    while not _is_ready(cluster, child):
        if child.process.returncode is not None:
            output = tail(cluster.log)
            is_taken = "Address already in use" in output[-600:]
            raise (PortTakenError if is_taken else RehearsalError)(f"PostgreSQL ended: {output}")
        if time.monotonic() > deadline_s:
            await child.end()
            raise RehearsalError(f"PostgreSQL was not ready within {format_duration(_PATIENCE_S)}")
        await asyncio.sleep(0.02)
    return child


def postmaster(data: Path) -> tuple[int, str] | None:
    """Return process id and status from `data`/postmaster.pid, or None if it cannot be read."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), (lines[7].strip() if len(lines) > 7 else "")
    except (OSError, ValueError, IndexError):
        return None


def _is_ready(cluster: Cluster, child: Child) -> bool:
    return postmaster(cluster.data) == (child.pid, "ready")


def is_running(data: Path) -> bool:
    """Whether the server that last used `data` still runs; a zombie does not."""
    server = postmaster(data)
    if server is None:
        return False
    pid, _ = server
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return True


async def _wait_for_previous_server(cluster: Cluster) -> None:
    deadline_s = time.monotonic() + 10.0
    # it is another host's process, so there is no event to await
    while is_running(cluster.data) and time.monotonic() < deadline_s:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def seed(cluster: Cluster) -> None:
    """Create the database of a new cluster and insert its initial rows."""
    server = await asyncpg.connect(cluster.url("postgres"), timeout=5.0)
    try:
        await server.execute(f"CREATE DATABASE {DATABASE}", timeout=10.0)
    finally:
        await server.close(timeout=2.0)
    connection = await asyncpg.connect(cluster.url(), timeout=5.0)
    try:
        await connection.execute(SEED, timeout=10.0)
    finally:
        await connection.close(timeout=2.0)


async def end(child: Child) -> None:
    """Shut PostgreSQL down: fast, then immediate, then by SIGKILL."""
    await child.end((signal.SIGINT, 5.0), (signal.SIGQUIT, 3.0))


def remove(root: Path) -> None:
    """Remove a root folder; any other folder, as its name shows, is left alone."""
    if root.name.startswith(PREFIX) and not root.is_symlink():
        shutil.rmtree(root, ignore_errors=True)
