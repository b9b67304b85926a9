"""The backups of the two nights before a rehearsal, as the service's backup job leaves them."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from checks.core.durations import format_duration
from cockpit.rehearsal.host.embedded_postgres import Cluster
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError

_AGES_H = (26, 2)
_TIMEOUT_S = 20.0


def back_up(cluster: Cluster, folder: Path) -> None:
    """Dump the database once, and lay it down as both nights' backups; raises RehearsalError."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / ".nightly"
    _dump(cluster, made)
    for age_h in _AGES_H:
        at = datetime.now(UTC) - timedelta(hours=age_h)
        path = folder / f"acme-{at:%Y%m%dT%H%M%S.%fZ}.dump"
        shutil.copyfile(made, path)
        os.utime(path, (at.timestamp(), at.timestamp()))
    made.unlink()


def _dump(cluster: Cluster, into: Path) -> None:
    address = urlsplit(cluster.url())
    argv = [
        str(cluster.install.bin / "pg_dump"), "-Fc", "-f", str(into), "-h", "127.0.0.1",
        "-p", str(cluster.port), "-U", address.username or "postgres", "-d", address.path[1:],
    ]  # fmt: skip
    env = {**os.environ, "PGPASSWORD": cluster.password, "PGCONNECT_TIMEOUT": "5"}
    try:
        done = subprocess.run(  # noqa: S603
            argv, env=env, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise RehearsalError(f"pg_dump took longer than {format_duration(_TIMEOUT_S)}") from None
    if done.returncode:
        raise RehearsalError(f"pg_dump ended with {done.returncode}: {done.stderr[-500:]}")
