"""The backups of the two nights before a rehearsal, as a nightly backup job would leave them."""

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
    """Dump the database once, and store the dump as the backup of both nights.

    Raises RehearsalError if pg_dump fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dump = folder / ".nightly"
    _dump(cluster, dump)
    for age_h in _AGES_H:
        at = datetime.now(UTC) - timedelta(hours=age_h)
        path = folder / f"acme-{at:%Y%m%dT%H%M%S.%fZ}.dump"
        shutil.copyfile(dump, path)
        os.utime(path, (at.timestamp(), at.timestamp()))
    dump.unlink()


def _dump(cluster: Cluster, into: Path) -> None:
    url = urlsplit(cluster.url())
    argv = [
        str(cluster.install.bin / "pg_dump"), "-Fc", "-f", str(into), "-h", "127.0.0.1",
        "-p", str(cluster.port), "-U", url.username or "postgres", "-d", url.path[1:],
    ]  # fmt: skip
    env = {**os.environ, "PGPASSWORD": cluster.password, "PGCONNECT_TIMEOUT": "5"}
    try:
        completed = subprocess.run(  # noqa: S603
            argv, env=env, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise RehearsalError(f"pg_dump took longer than {format_duration(_TIMEOUT_S)}") from None
    if completed.returncode:
        raise RehearsalError(
            f"pg_dump ended with {completed.returncode}: {completed.stderr[-500:]}"
        )
