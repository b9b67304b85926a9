"""The record that lets a world resume: its ports, secrets and the path of its database."""

import json
import os
import random
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import jwt

from cockpit.rehearsal.host import embedded_postgres
from cockpit.rehearsal.protocol.rates import FULL_RATE_PER_S
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError

PORT_NAMES = ("public", "admin", "preview", "stable", "canary", "postgres", "observatory")
_PORT_RANGE = range(20_011, 31_999)
_TOKEN_LASTS_S = 7 * 86_400
_STALE_AFTER_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Record:
    """One world: its ports by name, its throwaway secrets, the root folder of its database."""

    scenario: str
    rate_per_s: float
    """The background traffic, in requests a second."""
    ports: Mapping[str, int]
    jwt_secret: str
    smoke_jwt: str
    observatory_key: str
    observatory_token: str
    postgres_password: str
    postgres_root: str
    pids: Mapping[str, int] = field(default_factory=dict)
    expected_per_s: float = FULL_RATE_PER_S
    """The rate that a load is a multiple of, in requests a second."""

    @property
    def has_run(self) -> bool:
        """Whether all of its processes were running once."""
        return bool(self.pids)


def file(folder: Path) -> Path:
    """Return the path of a world's record."""
    return folder / "world.json"


def free_ports(count: int) -> list[int]:
    """Return `count` different loopback ports that are free now.

    They are below the kernel's range for outgoing connections, so that they are still free when the
    world resumes. Raises RehearsalError if there are not enough.
    """
    ports: list[int] = []
    for port in random.sample(_PORT_RANGE, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise RehearsalError("there are not enough free ports on 127.0.0.1 for a rehearsal")


def with_new_ports(record: Record) -> Record:
    """Return the record with ports that are free now."""
    return replace(record, ports=dict(zip(PORT_NAMES, free_ports(len(PORT_NAMES)), strict=True)))


def fresh(scenario: str, rate_per_s: float) -> Record:
    """Build the record of a new world, with new secrets and without ports."""
    secret, now_s = secrets.token_urlsafe(32), int(time.time())
    claims = {"sub": "smoke", "iat": now_s, "exp": now_s + _TOKEN_LASTS_S}
    return Record(
        scenario=scenario,
        rate_per_s=rate_per_s,
        ports={},
        jwt_secret=secret,
        smoke_jwt=jwt.encode(claims, secret, "HS256"),
        observatory_key=secrets.token_hex(16),
        observatory_token=secrets.token_hex(32),
        postgres_password=secrets.token_urlsafe(18),
        postgres_root=_new_root(),
    )


def _new_root() -> str:
    return str(embedded_postgres.fresh_root())


def load(folder: Path) -> Record | None:
    """Read the record of the world in `folder`; None if there is none.

    A world that was ended while it first started may have no database yet: it gets one.

    Raises RehearsalError if the record is invalid or its database is gone.
    """
    path = file(folder)
    try:
        fields: dict[str, Any] = json.loads(path.read_text())
        record = Record(**fields)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise RehearsalError(f"{path} does not hold a world's record: {error}") from None
    if set(record.ports) != set(PORT_NAMES):
        raise RehearsalError(
            f"{path} is the record of another version's world: start a new rehearsal"
        )
    if not record.has_run:
        root_exists = Path(record.postgres_root).exists()
        return record if root_exists else replace(record, postgres_root=_new_root())
    if not Path(record.postgres_root, "data", "PG_VERSION").exists():
        raise RehearsalError(
            f"the database of this rehearsal, {record.postgres_root}, is gone (the machine's "
            "temporary folder was emptied?): start a new rehearsal"
        )
    return record


def save(folder: Path, record: Record) -> None:
    """Write the record, readable only by its owner, since it contains secrets."""
    handle, name = tempfile.mkstemp(prefix=".world.", dir=folder)
    with os.fdopen(handle, "w") as fresh_file:
        json.dump(asdict(record), fresh_file, indent=1)
    Path(name).replace(file(folder))
    Path(record.postgres_root, "owner").write_text(str(folder.resolve()))


def forget(folder: Path) -> None:
    """Remove the database of the world in `folder`, which must not be running; keep the rest."""
    try:
        root = Path(json.loads(file(folder).read_text())["postgres_root"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    embedded_postgres.remove(root)


def sweep() -> None:
    """Remove abandoned databases: no server runs, and the world is gone or over a week old."""
    for base in {Path(tempfile.gettempdir()), Path("/tmp")}:  # noqa: S108
        for root in base.glob(f"{embedded_postgres.PREFIX}*"):
            if _is_stale(root):
                shutil.rmtree(root, ignore_errors=True)


def _is_stale(root: Path) -> bool:
    try:
        info = root.lstat()
        is_old = time.time() - info.st_mtime > _STALE_AFTER_S
        if info.st_uid != os.geteuid() or root.is_symlink():
            return False
        if embedded_postgres.is_running(root / "data"):
            return False
        owner = root / "owner"
        return is_old or (owner.exists() and not file(Path(owner.read_text())).exists())
    except OSError:
        return False
