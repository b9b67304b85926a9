"""Files in a run's folder: regular ones of its own; no link is followed, no pipe waited for."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cockpit.foundation.errors import JournalError, UsageError

_NEVER_FOLLOW: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS: Final = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFDIR: "a folder",
}


class StrangeFile(JournalError):  # noqa: N818  (it names what it is)
    """A name in a run's folder that leads to something other than a file of its own."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(
            f"{path} is {kind}: a run's folder holds only files of its own, and nothing else is"
            " opened there; find out who put it there, and remove it"
        )


def open_regular(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a regular file; return its descriptor. Raises StrangeFile for others, and OSError."""
    try:
        descriptor = os.open(path, flags | _NEVER_FOLLOW, mode)
    except OSError:
        refuse_strange(path)
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        refuse_strange(path)
        raise StrangeFile(path, "no regular file")
    return descriptor


def read_regular(path: Path) -> str:
    """Return the text of a regular file. Raises StrangeFile, OSError, UnicodeDecodeError."""
    with os.fdopen(open_regular(path, os.O_RDONLY), encoding="utf-8") as file:
        return file.read()


def write_regular(path: Path, text: str) -> None:
    """Write a regular file (0600), in place of what it held. Raises StrangeFile and OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(open_regular(path, flags), "w", encoding="utf-8") as file:
        file.write(text)


def refuse_strange(path: Path, *, folders: bool = False) -> None:
    """Raise StrangeFile unless `path` is a regular file or missing, or a folder with `folders`."""
    try:
        kind = stat.S_IFMT(path.lstat().st_mode)
    except OSError:
        return
    if kind != stat.S_IFREG and not (folders and kind == stat.S_IFDIR):
        raise StrangeFile(path, _KINDS.get(kind, "no regular file"))


def refuse_strange_inside(folder: Path, without: str) -> None:
    """Raise StrangeFile for the first link, pipe or device in `folder`, but for what is `without`.

    Raises OSError where a folder cannot be read.
    """
    for path in _inside(folder, without):
        refuse_strange(path, folders=True)


def _inside(folder: Path, without: str) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.name != without and stat.S_ISDIR(path.lstat().st_mode):
            yield from _inside(path, "")


def refuse_foreign_folder(folder: Path) -> None:
    """Raise UsageError unless `folder` is this user's, and nobody else may write to it.

    One that does not exist yet is nobody's. Others could put there what a run would execute.
    """
    try:
        status = folder.stat()
    except FileNotFoundError:
        return
    if status.st_uid != os.geteuid():
        raise UsageError(
            f"{folder} belongs to the user with the number {status.st_uid}, and this cockpit runs"
            f" as {os.geteuid()}: whoever owns it could change what a run executes; use a folder"
            " of your own"
        )
    if status.st_mode & stat.S_IWOTH:
        raise UsageError(
            f"{folder} can be written by every user of this machine, who could change what a run"
            f" executes; use a folder of your own, or: chmod o-w {folder}"
        )
