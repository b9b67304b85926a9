"""The lines that a journal could not take, kept in a second place until it takes them.

The place is a folder of this user alone on another disk or in memory. A kept line has no hash yet:
it gets its place in the chain when the journal takes it.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from cockpit.foundation.own_files import StrangeFile, open_regular
from cockpit.foundation.second_place import existing_places, second_places
from cockpit.journal.journal_reader import read

NAME: Final = "unwritten.jsonl"

NumberedLine = tuple[int, Mapping[str, Any]]
"""A line's fields, and the number of its entry, which orders lines kept in several places."""


class Spill:
    """What is kept of one run. All of it blocks: call it in a thread, one call at a time."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._folder: Path | None = None

    def keep(self, lines: Sequence[NumberedLine]) -> Path:
        """Keep lines durably, and return the file; raises OSError if no place takes them."""
        rows = (json.dumps({"seq": number, "line": line}) + "\n" for number, line in lines)
        data = "".join(rows).encode()
        first = [] if self._folder is None else [self._folder]
        for folder in first + second_places(self._run):
            try:
                _append(folder / NAME, data)
            except (OSError, StrangeFile):
                continue
            self._folder = folder
            return folder / NAME
        raise OSError("no second place takes a line")

    def read(self, journal: Path) -> list[Mapping[str, Any]] | None:
        """Return what is kept and is not in the journal, in order; None if nothing was kept.

        A line that was never finished is left out. Raises BadLine for the journal, and OSError.
        """
        kept = sorted(self._kept(), key=lambda numbered: numbered[0])
        if not kept:
            return None
        written = {_canonical(line.fields) for line in read(journal)}
        return [line for _, line in kept if _canonical(line) not in written]

    def _kept(self) -> Iterator[NumberedLine]:
        for folder in existing_places(self._run):
            with suppress(FileNotFoundError, StrangeFile):
                descriptor = open_regular(folder / NAME, os.O_RDONLY)
                yield from _rows(descriptor)

    def clear(self) -> None:
        """Remove what is kept, since the journal has it. Raises OSError."""
        for folder in existing_places(self._run):
            (folder / NAME).unlink(missing_ok=True)


def _rows(descriptor: int) -> Iterator[NumberedLine]:
    with os.fdopen(descriptor, "rb") as file:
        for row in file:
            if (numbered := _parsed(row)) is not None:
                yield numbered


def _append(path: Path, data: bytes) -> None:
    """Append all of `data` or nothing, durably."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    size_bytes = os.fstat(descriptor).st_size
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size_bytes)
        raise
    finally:
        os.close(descriptor)


def _parsed(row: bytes) -> NumberedLine | None:
    try:
        record = json.loads(row)
        return int(record["seq"]), dict(record["line"])
    except (ValueError, KeyError, TypeError):
        return None


def _canonical(line: Mapping[str, Any]) -> str:
    return json.dumps(line, sort_keys=True)
