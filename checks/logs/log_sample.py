"""The newest piece of a log: of files, of what a command writes, or of what an address answers."""

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from checks.core.base import Tools
from checks.core.files import UnreadableError
from checks.core.text import one_line
from checks.core.threads import Going
from checks.process.child import follow
from checks.web.request import checked_url

_MOST_FILES = 10_000
_MOST_COUNTED_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")


class LogSample(Struct, frozen=True):
    """A piece of a log, from the line of that number on."""

    name: str
    first_line: int
    raw: bytes

    def lines(self) -> Iterator[tuple[int, str]]:
        """Give each line with its number; what is no text becomes one."""
        # Without its zero bytes what is in UTF-16 is read all the same, also where a mark was cut.
        text = self.raw.replace(b"\0", b"").decode("utf-8", "replace")
        yield from enumerate(text.split("\n"), self.first_line)


class LogTail:
    """The last bytes of what is fed to it, and how many lines went by before them."""

    def __init__(self, most: int) -> None:
        self._most, self._kept, self._lines = most, bytearray(), 1

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, of any length."""
        self._kept += chunk
        # Twice the room: to move what is kept at each chunk would take the square of its length.
        if len(self._kept) > 2 * self._most:
            self._cut()

    def sample(self, name: str) -> LogSample:
        """Give what is kept."""
        self._cut()
        return LogSample(name, self._lines, bytes(self._kept))

    def _cut(self) -> None:
        over = max(0, len(self._kept) - self._most)
        self._lines += self._kept.count(b"\n", 0, over)
        del self._kept[:over]


async def of_command(argv: Sequence[str], tools: Tools, most: int) -> LogSample:
    """Give the end of what a command writes; raises UnreadableError when it does not succeed."""
    tail, name = LogTail(most), one_line(argv[0], 40)
    try:
        status = await follow(argv, tools.folder, tools.env, tail.feed)
    except (OSError, ValueError) as error:
        reason = isinstance(error, OSError) and error.strerror
        raise UnreadableError(f"{name} cannot be started: {reason or error}") from error
    if status != 0:
        raise UnreadableError(f"{name} ended with status {status}: what it wrote is no sample")
    return tail.sample(name)


class Request(Struct, frozen=True):
    """An address, how it is called in a result, the headers to send, and the time there is."""

    url: str
    shown: str
    headers: dict[str, str]
    timeout_s: float


async def of_address(request: Request, tools: Tools, most: int) -> LogSample:
    """Give the end of what an address answers, as far as it lets us choose; bounded in any case."""
    import httpx  # noqa: PLC0415

    asked = {"Accept-Encoding": "identity", "Range": f"bytes=-{most}", **request.headers}
    tail, size, shown = LogTail(most), 0, request.shown
    try:
        async with (
            tools.http(request.timeout_s) as client,
            client.stream(
                "GET", checked_url(request.url), headers=asked, follow_redirects=False
            ) as answer,
        ):
            if answer.status_code not in (200, 206):
                raise UnreadableError(f"{shown} answered {answer.status_code}, 200 expected")
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise UnreadableError(f"{shown} answered compressed, though that is not asked for")
            async for chunk in answer.aiter_raw():
                tail.feed(chunk[: most - size])
                size += len(chunk)
                if size >= most:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        # The client's texts quote addresses and headers, and with them perhaps a secret.
        timed_out = isinstance(error, httpx.TimeoutException)
        reason = "no whole answer in time" if timed_out else type(error).__name__
        raise UnreadableError(f"{shown} cannot be read: {reason}") from error
    # Of a piece, nobody knows how many lines there were before it.
    return tail.sample(f"the end of {shown}" if answer.status_code == 206 else shown)


def of_files(folder: Path, pattern: str, most: int, going: Going) -> list[LogSample]:
    """Give the ends of the newest files that fit `pattern`, until there is enough.

    Raises UnreadableError when none fits, or none can be read as text.
    """
    samples: list[LogSample] = []
    packed = 0
    for path in _newest(folder, pattern):
        going()
        sample = _end(path, most, going)
        if sample is None:
            packed += 1
            continue
        samples.append(sample)
        most -= len(sample.raw)
        if most <= 0:
            break
    if not samples:
        reason = "is compressed" if packed else "is there"
        raise UnreadableError(f"{pattern}: {'every file' if packed else 'no file'} {reason}")
    return samples


def _newest(folder: Path, pattern: str) -> list[Path]:
    found = []
    try:
        # Path.glob refuses a pattern that begins at the root.
        for name in glob.iglob(pattern, root_dir=folder, recursive=True):  # noqa: PTH207
            state = (folder / name).stat()
            # A pipe would wait for its writer, and a device may never end: only plain files.
            if stat.S_ISREG(state.st_mode):
                found.append((state.st_mtime_ns, folder / name))
            if len(found) > _MOST_FILES:
                raise UnreadableError(f"{pattern} fits more than {_MOST_FILES:,} files")
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{pattern} cannot be searched for: {_reason(error)}") from error
    return [path for _, path in sorted(found, reverse=True)]


def _end(path: Path, most: int, going: Going) -> LogSample | None:
    """Give the end of a file; None when it is compressed."""
    try:
        with path.open("rb") as file:
            if file.read(6).startswith(_PACKED):
                return None
            start = max(0, file.seek(0, os.SEEK_END) - most)
            file.seek(0)
            counted = start <= _MOST_COUNTED_BYTES
            first, name = 1, path.name if counted else f"the end of {path.name}"
            while counted and (left := start - file.tell()) > 0:
                going()
                piece = file.read(min(left, _PIECE_BYTES))
                if not piece:
                    break  # it was cut while it was read
                first += piece.count(b"\n")
            file.seek(start)
            return LogSample(name, first, file.read(most))
    except OSError as error:
        raise UnreadableError(f"{path.name} cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or "it is no path"
