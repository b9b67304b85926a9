"""Where backups are and how old: the check `backup` asks one of these sources for a list."""

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
    """One backup: its name, when it was made (aware UTC), its bytes where they are known."""

    name: str
    made: datetime
    size: int | None = None


class NoBackupError(CheckError):
    """There is no backup at all; the text is a sentence."""


def instant(text: Any) -> datetime:
    """Read an instant: ISO 8601 with its offset, or seconds since 1970; raises ValueError.

    >>> instant("2026-03-01T02:00:00+01:00").isoformat(), instant(0).isoformat()
    ('2026-03-01T01:00:00+00:00', '1970-01-01T00:00:00+00:00')
    """
    try:
        read = _instant(text)
        # Without an offset it is a different instant on each machine.
        made = read.astimezone(UTC) if read.tzinfo else None
    except (ValueError, TypeError, OverflowError, OSError):
        made = None
    if made is None:
        what = "2026-03-01T02:00:00Z, or seconds since 1970"
        raise ValueError(f"{one_line(str(text), 60)} is no instant as {what}")
    return made


def _instant(text: Any) -> datetime:
    if isinstance(text, str) and not _NUMBER.fullmatch(text.strip()):
        return datetime.fromisoformat(text.strip())
    if isinstance(text, bool):
        raise TypeError("a truth is no number here")
    return datetime.fromtimestamp(float(text), UTC)


def of_files(root: Path, pattern: str) -> list[Backup]:
    """Return the regular files that match a pattern; raises NoBackupError if there are none."""
    try:
        # What the pattern fixes must be there: a disk that is not mounted is not a lack of backups.
        parts = Path(root, pattern).parts
        fixed = next((n for n, part in enumerate(parts) if set(part) & set("*?[")), len(parts) - 1)
        folder = Path(*parts[:fixed])
        # A pattern finds nothing in what may not be read, without a word.
        with os.scandir(folder):
            pass
        paths = list(islice(folder.glob("/".join(parts[fixed:])), _MOST_FILES + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise UnreadableError(f"its folder cannot be read: {reason}") from error
    if len(paths) > _MOST_FILES:
        raise UnreadableError(f"the pattern fits more than {_MOST_FILES:,} files")
    found = list(_plain(paths))
    if not found:
        raise NoBackupError("there is no backup: no file fits the pattern")
    return found


def _plain(paths: Iterable[Path]) -> Iterable[Backup]:
    for path in paths:
        try:
            seen = path.stat()
        except FileNotFoundError:
            continue  # thinned out meanwhile
        except OSError as error:
            raise UnreadableError(f"{path.name} cannot be read: {error.strerror}") from error
        if S_ISREG(seen.st_mode):
            made = datetime.fromtimestamp(seen.st_mtime, UTC)
            yield Backup(path.name, made, seen.st_size)


def of_lines(lines: Iterable[str]) -> list[Backup]:
    """Read what a command printed: in each line an instant, and perhaps the bytes."""
    found = []
    for line in lines:
        words = line.split()
        try:
            size = _size(words[1]) if len(words) > 1 else None
            found.append(Backup(words[0], instant(words[0]), size))
        except ValueError as error:
            raise UnreadableError(f"it prints no instant: {one_line(line, 80)}") from error
    if not found:
        raise UnreadableError("it prints nothing, where an instant is expected")
    return found


def _size(text: str) -> int:
    if not _BYTES.fullmatch(text):
        raise ValueError(f"{one_line(text, 40)} is no number of bytes")
    return int(text)


async def of_response(
    client: "httpx.AsyncClient", url: str, key: str | None, timeout_s: float
) -> list[Backup]:
    """Read an address's Last-Modified, or the instant at `key` of its JSON, as `backup.ended`.

    Raises NoBackupError if the address says that there is none, else UnreadableError.
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
    return [_modified(response.headers) if key is None else _of_json(response.body, key)]


def _modified(headers: "httpx.Headers") -> Backup:
    try:
        made = http_date(headers["last-modified"])
    except KeyError as error:
        raise UnreadableError("its address gives no Last-Modified: name a `key`") from error
    except ValueError as error:
        raise UnreadableError("its Last-Modified is no date") from error
    length = headers.get("content-length", "")
    return Backup("Last-Modified", made, int(length) if _BYTES.fullmatch(length) else None)


def _of_json(body: bytes, key: str) -> Backup:
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
        return Backup(key, instant(value))
    except ValueError as error:
        raise UnreadableError(f"its {key}: {error}") from error
