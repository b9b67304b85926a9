"""The last lines of a growing file of foreign text, in bounded memory and time."""

import os
from collections import deque
from pathlib import Path
from typing import Final

from checks.core.text import count_of
from cockpit.foundation.redaction import Redactor, sanitize

CUT: Final = "…"
_NO_SECRETS: Final = Redactor({})


class FileTail:
    """The last `lines` lines of the file at `path`, redacted, clean, of at most `width` characters.

    `poll` reads the new part of the file, up to `window_bytes`: of a file that grows faster, the
    rest is skipped, and a line in its place says how much. Bytes that are not UTF-8 become U+FFFD.
    A new tail on an old file shows the same last lines. Polling a flood of output takes tens of
    milliseconds: do it in a thread, one at a time.
    """

    def __init__(
        self,
        path: Path,
        *,
        redactor: Redactor = _NO_SECRETS,
        lines: int = 1000,
        width: int = 4000,
        window_bytes: int = 1 << 20,
    ) -> None:
        self.lines: deque[str] = deque(maxlen=lines)
        self.skipped_bytes = 0
        self._path = path
        self._redactor = redactor
        self._width = width
        self._window_bytes = window_bytes
        self._position = 0
        self._part = b""  # of the last line; one byte more than `_keep_bytes` if it was cut
        self._keep_bytes = 4 * (width + redactor.longest)
        self._skipping = False  # until the next line feed, after a jump

    @property
    def partial(self) -> str:
        """The last, incomplete line, such as a prompt; empty after a line feed."""
        return self._shown(self._part)

    def poll(self) -> int:
        """Read what is new; return its number of bytes, skipped ones included, 0 without a file."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        try:
            skipped_bytes = self._move(os.fstat(descriptor).st_size)
            data = os.pread(descriptor, self._window_bytes, self._position)
        finally:
            os.close(descriptor)
        self._position += len(data)
        self._take(data)
        return skipped_bytes + len(data)

    def _move(self, size: int) -> int:
        """Skip what does not fit into the window; start again if the file shrank."""
        if size < self._position:
            self._position, self._part = 0, b""
        missing = max(0, size - self._position - self._window_bytes)
        if missing:
            # The rest of the line is skipped too: it may begin with the end of a secret.
            self._position += missing
            self._part, self._skipping = b"", True
            self.skipped_bytes += missing
            left_out = count_of(missing, "byte is", "bytes are")
            self.lines.append(f"{CUT} {left_out} not shown, the whole output is on disk")
        return missing

    def _take(self, data: bytes) -> None:
        if self._skipping:
            _, newline, data = data.partition(b"\n")
            self._skipping = not newline
        first, newline, rest = data.partition(b"\n")
        self._part = (self._part + first[: self._keep_bytes + 1])[: self._keep_bytes + 1]
        if not newline:
            return
        most = self.lines.maxlen or 1
        *more, last = rest.rsplit(b"\n", most)
        if len(more) == most:  # the first piece holds all earlier lines: they would fall out anyway
            more[0] = more[0].rpartition(b"\n")[2]
        self.lines.extend(self._shown(line) for line in (self._part, *more))
        self._part = last[: self._keep_bytes + 1]

    def _shown(self, line: bytes) -> str:
        text = line[: self._keep_bytes].decode("utf-8", "replace").removesuffix("\r")
        if len(line) <= self._keep_bytes:
            return sanitize(text, self._redactor, limit=self._width)
        # A secret may begin right before the cut: drop what may be its first part.
        shown = sanitize(text, self._redactor, limit=self._keep_bytes)
        shown = shown[: len(shown) - self._redactor.longest][: self._width - 1]
        return shown + CUT
