"""Folders of this user alone, outside a run's own folder: mostly on another disk, or in memory.

What must not wait for the run's disk finds room there: an urgent command, and the journal's lines
that could not be written. Such a folder holds commands and outcomes, so it is used only if nobody
else can have prepared it.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

OTHERS: Final = tuple(
    Path(place)
    for place in (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", tempfile.gettempdir())  # noqa: S108
    if place
)
"""Where to look for room: the user's runtime folder, memory, then the disk of temporary files."""

ROOM_BYTES: Final = 1 << 20
"""What must be free in a place for it to count as a second one."""


def second_places(run: Path) -> list[Path]:
    """Return the folders of a run in other places, the best first; their parents are made."""
    roots = (_private_folder(place) for place in OTHERS)
    return [root / _key(run) for root in roots if root is not None]


def existing_places(run: Path) -> list[Path]:
    """Return those folders of a run in other places that exist already; makes nothing."""
    roots = (root for place in OTHERS for root in _own_folders(place))
    return [folder for root in roots if (folder := root / _key(run)).is_dir()]


def has_second_place(run: Path) -> bool:
    """Whether another disk than the run's own has a private folder with room in it."""
    try:
        device = run.stat().st_dev
    except OSError:
        return False
    return any(_has_room(folder.parent, device) for folder in second_places(run))


def _has_room(root: Path, device: int) -> bool:
    try:
        disk = os.statvfs(root)
        other = root.stat().st_dev != device
    except OSError:
        return False
    writable = not disk.f_flag & os.ST_RDONLY
    return other and writable and disk.f_bavail * disk.f_frsize >= ROOM_BYTES


def _key(run: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(run))).hexdigest()[:16]


def _private_folder(place: Path) -> Path | None:
    """Return this user's private folder below `place`, made if needed; None if there can be none.

    The plain name may be taken by another user, so the name ends at random where it is.
    """
    if (own := next(_own_folders(place), None)) is not None:
        return own
    if not _keeps_what_is_made(place):
        return None
    try:
        with suppress(FileExistsError):
            (plain := place / _name()).mkdir(mode=0o700)
            return plain
        return Path(tempfile.mkdtemp(prefix=f"{_name()}.", dir=place))
    except OSError:
        return None


def _own_folders(place: Path) -> Iterator[Path]:
    """Yield the folders of this user alone below `place`."""
    if not _keeps_what_is_made(place):
        return
    try:
        names = sorted(name for name in os.listdir(place) if name.startswith(f"{_name()}"))  # noqa: PTH208
    except OSError:
        return
    for name in names:
        if name.partition(".")[0] == _name() and _is_private(place / name):
            yield place / name


def _name() -> str:
    return f"cockpit-{os.getuid()}"


def _keeps_what_is_made(place: Path) -> bool:
    """Whether nobody else can rename or remove what this user makes in `place`."""
    try:
        metadata = place.stat()
    except OSError:
        return False
    others_write = metadata.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    safe_owner = metadata.st_uid in (0, os.getuid())
    return safe_owner and (not others_write or bool(metadata.st_mode & stat.S_ISVTX))


def _is_private(root: Path) -> bool:
    try:
        metadata = root.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(metadata.st_mode) and not metadata.st_mode & 0o077
    return private and metadata.st_uid == os.getuid()
