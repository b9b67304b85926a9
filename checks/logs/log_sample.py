"""Samples of the newest part of a log: from files, a command's output, or a URL."""

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from checks.core.base import Tools
from checks.core.errors import HttpError, UnreadableError
from checks.core.text import one_line
from checks.core.threads import Going
from checks.process.child import follow
from checks.web.http_client import BodyRules, HttpRequest, request_body

_MOST_FILES = 10_000
_MOST_COUNTED_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
# Magic numbers: gzip, bzip2, xz, zstd, zip.
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")


class LogSample(Struct, frozen=True):
    """A piece of a log; `first_line` is the 1-based number of its first line in the whole log."""

    name: str
    first_line: int
    raw: bytes

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield each line with its number; bytes that are not UTF-8 are replaced."""
        # Without zero bytes, ASCII in UTF-16 is readable even if its byte order mark was cut off.
        text = self.raw.replace(b"\0", b"").decode("utf-8", "replace")
        yield from enumerate(text.split("\n"), self.first_line)


class LogTail:
    """Keeps the last `most_bytes` of what is fed to it, and counts the lines before them."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._buffer, self._first_line = most_bytes, bytearray(), 1

    def feed(self, chunk: bytes) -> None:
        """Append bytes, of any length."""
        self._buffer += chunk
        # Cutting at twice the size keeps the cost linear: each cut moves the rest of the buffer.
        if len(self._buffer) > 2 * self._most_bytes:
            self._cut()

    def sample(self, name: str) -> LogSample:
        """Return the end of the log under the given name."""
        self._cut()
        return LogSample(name, self._first_line, bytes(self._buffer))

    def _cut(self) -> None:
        excess = max(0, len(self._buffer) - self._most_bytes)
        self._first_line += self._buffer.count(b"\n", 0, excess)
        del self._buffer[:excess]


async def sample_command(argv: Sequence[str], tools: Tools, most_bytes: int) -> LogSample:
    """Run a command and return the end of its output.

    Raises UnreadableError if it cannot be started or its exit status is not 0.
    """
    tail, name = LogTail(most_bytes), one_line(argv[0], 40)
    try:
        status = await follow(argv, tools.folder, tools.env, tail.feed)
    except (OSError, ValueError) as error:
        reason = isinstance(error, OSError) and error.strerror
        raise UnreadableError(f"{name} cannot be started: {reason or error}") from error
    if status != 0:
        raise UnreadableError(
            f"{name} ended with status {status}: its output is not used as a sample"
        )
    return tail.sample(name)


class LogRequest(Struct, frozen=True):
    """A URL to request, its name in results, the headers to send, and a timeout in seconds."""

    url: str
    name: str
    headers: dict[str, str]
    timeout_s: float


async def sample_url(request: LogRequest, tools: Tools, most_bytes: int) -> LogSample:
    """Request a URL and return at most `most_bytes` of its body.

    These are the last bytes if the server supports range requests, else the first. Raises
    UnreadableError if there is no complete response, or its status is neither 200 nor 206.
    """
    headers = {"Range": f"bytes=-{most_bytes}", **request.headers}
    wanted = HttpRequest(url=request.url, headers=headers)
    rules = BodyRules(statuses=(200, 206), most_bytes=most_bytes, truncate=True)
    try:
        async with tools.http(request.timeout_s) as client:
            response = await request_body(client, wanted, request.timeout_s, rules)
    except HttpError as error:
        raise UnreadableError(f"{request.name} {error}") from error
    # The line numbers of a partial response are relative to its beginning, so its name says so.
    name = f"the end of {request.name}" if response.status == 206 else request.name
    return LogSample(name, 1, response.body)


def sample_files(folder: Path, pattern: str, most_bytes: int, going: Going) -> list[LogSample]:
    """Return the ends of the newest files that match `pattern`, `most_bytes` in all.

    Raises UnreadableError if no file matches, one cannot be read, or all are compressed.
    """
    samples: list[LogSample] = []
    compressed = 0
    left_bytes = most_bytes
    for path in _newest_files(folder, pattern):
        going()
        sample = _end_of_file(path, left_bytes, going)
        if sample is None:
            compressed += 1
            continue
        samples.append(sample)
        left_bytes -= len(sample.raw)
        if left_bytes <= 0:
            break
    if not samples:
        reason = "every file is compressed" if compressed else "there is no such file"
        raise UnreadableError(f"{pattern}: {reason}")
    return samples


def _newest_files(folder: Path, pattern: str) -> list[Path]:
    """Return the matching files, the most recently modified first."""
    files = []
    try:
        # Path.glob raises NotImplementedError for an absolute pattern.
        for name in glob.iglob(pattern, root_dir=folder, recursive=True):  # noqa: PTH207
            state = (folder / name).stat()
            # Reading a pipe would wait for its writer, and a device may never end.
            if stat.S_ISREG(state.st_mode):
                files.append((state.st_mtime_ns, folder / name))
            if len(files) > _MOST_FILES:
                raise UnreadableError(f"{pattern} matches more than {_MOST_FILES:,} files")
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{pattern} cannot be searched for: {_reason(error)}") from error
    return [path for _, path in sorted(files, reverse=True)]


def _end_of_file(path: Path, most_bytes: int, going: Going) -> LogSample | None:
    """Return the end of a file; None if it is compressed.

    Lines are numbered from the beginning of the file, unless it is too large to count them.
    """
    try:
        with path.open("rb") as file:
            if file.read(6).startswith(_COMPRESSED):
                return None
            start = max(0, file.seek(0, os.SEEK_END) - most_bytes)
            file.seek(0)
            is_counted = start <= _MOST_COUNTED_BYTES
            first_line, name = 1, path.name if is_counted else f"the end of {path.name}"
            while is_counted and (left := start - file.tell()) > 0:
                going()
                piece = file.read(min(left, _PIECE_BYTES))
                if not piece:
                    break  # the file was truncated while it was read
                first_line += piece.count(b"\n")
            file.seek(start)
            return LogSample(name, first_line, file.read(most_bytes))
    except OSError as error:
        raise UnreadableError(f"{path.name} cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or "it is not a path"
