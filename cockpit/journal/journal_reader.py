"""Reads a journal without a lock: as a whole, verified, or as it grows."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from cockpit.foundation.errors import JournalError
from cockpit.foundation.own_files import open_regular
from cockpit.journal.chain import LINE_MAX_BYTES, BadLine, JournalLine, Link, parse

WINDOW_BYTES: Final = 8 * LINE_MAX_BYTES


class Verified(Struct, frozen=True):
    """A journal whose every line is as it was written.

    With `torn` the file ends in a line that was never finished. `head` is the hash of the last
    line: recorded elsewhere, it shows later whether lines were cut off.
    """

    lines: int
    torn: bool
    head: str


class Rewound(JournalError):  # noqa: N818  (it names what it is)
    """A line that was read was removed again, since its writer could not sync it to disk."""

    def __init__(self) -> None:
        super().__init__("the journal took back a line it could not keep: read it from its start")


def scan(path: Path) -> Iterator[tuple[JournalLine | None, int]]:
    """Yield each line and its bytes on disk; at the end None and the bytes of a torn line, if any.

    Raises BadLine, StrangeFile for a link or a pipe, and OSError.
    """
    link = Link()
    with os.fdopen(open_regular(path, os.O_RDONLY), "rb") as file:
        while data := file.readline(LINE_MAX_BYTES):
            if data.endswith(b"\n"):
                line = parse(data, link)
                link = line.link
                yield line, len(data)
            elif len(data) < LINE_MAX_BYTES:
                yield None, len(data)
            else:
                raise BadLine(link.seq + 1, f"it has no end within {LINE_MAX_BYTES:,} bytes")


def read(path: Path) -> Iterator[JournalLine]:
    """Yield the whole lines of the journal at `path`; a torn last line is left out.

    Raises BadLine at the first line that is not as it was written, and OSError.
    """
    for line, _ in scan(path):
        if line is not None:
            yield line


def verify(path: Path) -> Verified:
    """Check every line of the journal at `path`. Raises BadLine for the first bad one, OSError."""
    link, torn = Link(), False
    for line, _ in scan(path):
        link, torn = (line.link, torn) if line is not None else (link, True)
    return Verified(link.seq, torn, link.hash)


class JournalTail:
    """Follows a journal that another process writes, in steps of bounded size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._restart()

    def _restart(self) -> None:
        self._link = Link()
        self._position = 0
        self._last = b""  # the line before the position, to check that it is still there

    def poll(self) -> list[JournalLine]:
        """Return the next whole lines; none if there are no new ones, or no file yet.

        Raises BadLine, OSError, and Rewound if lines that were returned are gone: the caller must
        forget all lines, and the next poll starts again with the first one.
        """
        *whole, rest = self._new_data().split(b"\n")
        lines = []
        for data in whole:
            line, self._last = parse(data + b"\n", self._link), data + b"\n"
            self._link, self._position = line.link, self._position + len(self._last)
            lines.append(line)
        if len(rest) >= LINE_MAX_BYTES:
            raise BadLine(self._link.seq + 1, f"it has no end within {LINE_MAX_BYTES:,} bytes")
        return lines

    def _new_data(self) -> bytes:
        try:
            descriptor = open_regular(self._path, os.O_RDONLY)
        except FileNotFoundError:
            if self._position:
                raise
            return b""
        try:
            known = len(self._last)
            data = os.pread(descriptor, known + WINDOW_BYTES, self._position - known)
        finally:
            os.close(descriptor)
        if not data.startswith(self._last):
            self._restart()
            raise Rewound
        return data[known:]
