"""The sources of the check `backup`: files, a command's output, an HTTP response."""

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from msgspec import MsgspecError, Struct, json

from checks.core.errors import CheckError, HttpError, UnreadableError
from checks.core.text import one_line
from checks.web.http_client import BodyRules, HttpRequest, request_body
from checks.web.http_date import http_date

if TYPE_CHECKING:
    import httpx

_MOST_FILES = 100_000
_MOST_BYTES = 1024 * 1024
_NUMBER = re.compile(r"\d{1,15}(?:\.\d+)?")
_BYTES = re.compile(r"[0-9]{1,18}")


class Backup(Struct, frozen=True):
    """A backup: its name, its creation time (aware UTC), and its bytes where they are known."""

    name: str
    created: datetime
    size: int | None = None


class NoBackupError(CheckError):
    """There is no backup at all; the text is a sentence."""


def parse_instant(text: Any) -> datetime:
    """Parse an instant, ISO 8601 with an offset or Unix seconds; raises ValueError.

    >>> parse_instant("2026-03-01T02:00:00+01:00").isoformat(), parse_instant(0).isoformat()
    ('2026-03-01T01:00:00+00:00', '1970-01-01T00:00:00+00:00')
    """
    try:
        instant = _parse_instant(text)
        # Without an offset it is a different instant on each machine.
        utc = instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, TypeError, OverflowError, OSError):
        utc = None
    if utc is None:
        what = "2026-03-01T02:00:00Z, or seconds since 1970"
        raise ValueError(f"{one_line(str(text), 60)} is no instant as {what}")
    return utc


def _parse_instant(text: Any) -> datetime:
    if isinstance(text, str) and not _NUMBER.fullmatch(text.strip()):
        return datetime.fromisoformat(text.strip())
    if isinstance(text, bool):
        raise TypeError("a boolean is not an instant")
    return datetime.fromtimestamp(float(text), UTC)


def backups_from_files(root: Path, pattern: str) -> list[Backup]:
    """Return the regular files that match a pattern.

    Raises NoBackupError if there are none, UnreadableError if the folder cannot be read.
    """
    try:
        # The folder above the first wildcard must exist: an unmounted disk may hold backups.
        parts = Path(root, pattern).parts
        fixed = next((n for n, part in enumerate(parts) if set(part) & set("*?[")), len(parts) - 1)
        folder = Path(*parts[:fixed])
        # glob() silently skips a folder that it may not read.
        with os.scandir(folder):
            pass
        paths = list(islice(folder.glob("/".join(parts[fixed:])), _MOST_FILES + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise UnreadableError(f"its folder cannot be read: {reason}") from error
    if len(paths) > _MOST_FILES:
        raise UnreadableError(f"the pattern fits more than {_MOST_FILES:,} files")
    backups = list(_regular_files(paths))
    if not backups:
        raise NoBackupError("there is no backup: no file fits the pattern")
    return backups


def _regular_files(paths: Iterable[Path]) -> Iterable[Backup]:
    for path in paths:
        try:
            status = path.stat()
        except FileNotFoundError:
            continue  # thinned out meanwhile
        except OSError as error:
            raise UnreadableError(f"{path.name} cannot be read: {error.strerror}") from error
        if S_ISREG(status.st_mode):
            created = datetime.fromtimestamp(status.st_mtime, UTC)
            yield Backup(path.name, created, status.st_size)


def backups_from_lines(lines: Iterable[str]) -> list[Backup]:
    """Parse a command's lines: an instant each, and perhaps the bytes; raises UnreadableError."""
    backups = []
    for line in lines:
        fields = line.split()
        try:
            size = _parse_size(fields[1]) if len(fields) > 1 else None
            backups.append(Backup(fields[0], parse_instant(fields[0]), size))
        except ValueError as error:
            raise UnreadableError(f"it prints no instant: {one_line(line, 80)}") from error
    if not backups:
        raise UnreadableError("it prints nothing, where an instant is expected")
    return backups


def _parse_size(text: str) -> int:
    if not _BYTES.fullmatch(text):
        raise ValueError(f"{one_line(text, 40)} is no number of bytes")
    return int(text)


async def backup_from_response(
    client: "httpx.AsyncClient", url: str, key: str | None, timeout_s: float
) -> list[Backup]:
    """Return the backup dated by Last-Modified, or by the JSON at `key` (as `backup.ended`).

    Raises NoBackupError for a status of 404 or 410, UnreadableError for any other fault.
    """
    rules = BodyRules(
        statuses=(200,),
        most_bytes=0 if key is None else _MOST_BYTES,
        truncate=key is None,
        may_be_compressed=key is None,
    )
    try:
        response = await request_body(client, HttpRequest(url=url), timeout_s, rules)
    except HttpError as error:
        if error.status in (404, 410):
            raise NoBackupError(
                f"there is no backup: its address answered {error.status}"
            ) from error
        raise UnreadableError(f"its address {error}") from error
    return [
        _from_last_modified(response.headers) if key is None else _from_json(response.body, key)
    ]


def _from_last_modified(headers: "httpx.Headers") -> Backup:
    try:
        created = http_date(headers["last-modified"])
    except KeyError as error:
        raise UnreadableError("its address gives no Last-Modified: name a `key`") from error
    except ValueError as error:
        raise UnreadableError("its Last-Modified is no date") from error
    length = headers.get("content-length", "")
    return Backup("Last-Modified", created, int(length) if _BYTES.fullmatch(length) else None)


def _from_json(body: bytes, key: str) -> Backup:
    try:
        value = json.decode(body)
        for part in key.split("."):
            is_place = isinstance(value, list) and part.isdecimal()
            value = value[int(part) if is_place else part]
    except (KeyError, IndexError, TypeError) as error:
        raise UnreadableError(f"its answer has no {key}") from error
    except (MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableError("its answer is no JSON") from error
    try:
        return Backup(key, parse_instant(value))
    except ValueError as error:
        raise UnreadableError(f"its {key}: {error}") from error
