"""The journal's writer: one thread, one `write` a line, synced to disk before it is reported."""

import asyncio
import contextlib
import errno
import fcntl
import os
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from msgspec import Struct, field

from cockpit.foundation.errors import ControlError
from cockpit.foundation.own_files import open_regular
from cockpit.journal.chain import JournalLine, Json, Link, seal
from cockpit.journal.journal_reader import scan

QUEUE_MAX: Final = 10_000
BATCH_MAX: Final = 256
CLOSE_TIMEOUT_S: Final = 5.0


_WRITING: Final = os.O_RDWR | os.O_APPEND


def _open(path: Path) -> tuple[int, bool]:
    """Open a journal; returns its descriptor, and whether it can only be read."""
    try:
        return open_regular(path, _WRITING | os.O_CREAT), False
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return open_regular(path, os.O_RDONLY), True


def sync(descriptor: int) -> None:
    """Make the content of a file durable."""
    getattr(os, "fdatasync", os.fsync)(descriptor)  # macOS has no fdatasync


class ChainedFile:
    """A journal's file, open at its end: appends whole lines, or removes the newest ones again.

    The file itself is locked, whatever becomes of its name and of the control lock: it has one
    writer. Blocking, for one thread. Raises BadLine if a line is not as it was written,
    ControlError if the file has a writer, StrangeFile if it is a link or a pipe, and OSError.

    On a read-only file system it opens as well, and each write tries anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor, self._is_read_only = _open(path)
        try:
            self._lock()
            self.link, self.size_bytes, self.cut_bytes = Link(), 0, 0
            self._find_end(path)
            self._torn = self.cut_bytes > 0
            if not self._is_read_only:
                self._mend()
                self._sync_name(path)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ControlError(
                f"another cockpit writes to {self._path}: leave that one first, or watch its run"
            ) from None

    def _make_writable(self) -> None:
        """Open the file for writing if it could only be read. Raises OSError while it cannot be."""
        if not self._is_read_only:
            return
        descriptor = open_regular(self._path, _WRITING)
        os.close(self._descriptor)
        self._descriptor, self._is_read_only = descriptor, False
        try:
            self._lock()
        except ControlError as error:
            self._is_read_only = True
            raise OSError(errno.EBUSY, str(error)) from None

    def _hold_to_name(self) -> None:
        """Raise OSError unless the name still leads to this file, which only we have written to.

        A line appended elsewhere is lost, and one behind a foreign line breaks the chain for ever.
        """
        ours = os.fstat(self._descriptor)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(ours, os.lstat(self._path)):
                if ours.st_size == self.size_bytes:
                    return
                reason = "was written to or cut by something else, and is left as it is"
                raise OSError(errno.ESTALE, f"{self._path} {reason}")
        reason = "is no longer the file that was opened: it was removed, moved or replaced"
        raise OSError(errno.ESTALE, f"{self._path} {reason}; put it back")

    def _find_end(self, path: Path) -> None:
        for line, length in scan(path):
            if line is None:
                self.cut_bytes = length
            else:
                self.link, self.size_bytes = line.link, self.size_bytes + length

    def _sync_name(self, path: Path) -> None:
        folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def write(self, fields: Mapping[str, Json]) -> JournalLine:
        """Append one line, not yet synced. Raises OSError, and what `seal` raises."""
        self._make_writable()
        self._mend()
        self._hold_to_name()
        line, data = seal(fields, self.link)
        try:
            self._torn = True
            written = os.write(self._descriptor, data)
            while written < len(data):  # the next write raises the reason, mostly a full disk
                written += os.write(self._descriptor, data[written:])
        except OSError:
            with contextlib.suppress(OSError):
                self._mend()
            raise
        self._torn = False
        self.link, self.size_bytes = line.link, self.size_bytes + len(data)
        return line

    def _mend(self) -> None:
        """Cut what is behind the last whole line; until that succeeds nothing is appended."""
        if self._torn:
            os.ftruncate(self._descriptor, self.size_bytes)
            sync(self._descriptor)
            self._torn = False

    def sync(self) -> None:
        """Make all lines durable. Raises OSError."""
        sync(self._descriptor)

    def take_back(self, link: Link, size_bytes: int) -> None:
        """Remove the lines after `link`, where the file had `size_bytes`."""
        self.link, self.size_bytes, self._torn = link, size_bytes, True
        with contextlib.suppress(OSError):
            self._mend()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class _Order(Struct, frozen=True, eq=False):
    fields: Mapping[str, Json]
    durable: bool
    line: Future[JournalLine] = field(default_factory=Future)


class JournalWriter:
    """Appends to a journal in order, in a thread of its own.

    The caller of `open` must hold the control lock. Appends that wait together are synced together.
    """

    def __init__(self, file: ChainedFile) -> None:
        self.cut_bytes = file.cut_bytes
        """Bytes of a torn last line that were cut when the journal was opened."""
        self._file = file
        self._orders: queue.Queue[_Order | None] = queue.Queue(QUEUE_MAX)
        self._closed = False
        # A daemon, so that a disk that hangs does not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the journal at `path` for appending, a new file (0600) or an existing one.

        Blocks while it reads the whole file. Raises BadLine, and OSError.
        """
        return cls(ChainedFile(path))

    async def append(self, fields: Mapping[str, Json], *, durable: bool = True) -> JournalLine:
        """Append one line; on return it is on the disk, or without `durable` with the system.

        Raises OSError if it could not be written: then it is not in the journal, and the next
        append may succeed. Raises ValueError or TypeError for `fields` that JSON cannot hold.
        It has no timeout, since only the disk knows the outcome: a caller that must not wait runs
        it in a task. A cancelled append is not written unless the thread has begun it.
        """
        if self._closed:
            raise OSError(errno.EBADF, "the journal is closed, nothing can be appended to it")
        order = _Order(dict(fields), durable)
        try:
            self._orders.put_nowait(order)
        except queue.Full:
            message = f"{QUEUE_MAX:,} lines wait for the journal's disk, no more are taken"
            raise OSError(errno.EAGAIN, message) from None
        return await asyncio.wrap_future(order.line)

    def close(self) -> None:
        """Write and sync what is queued, then close; waits at most `CLOSE_TIMEOUT_S`."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(queue.Full):
                self._orders.put(None, timeout=CLOSE_TIMEOUT_S)
            self._thread.join(CLOSE_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _work(self) -> None:
        open_ = True
        while open_:
            batch = [self._orders.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < BATCH_MAX:
                    batch.append(self._orders.get_nowait())
            open_ = None not in batch
            self._commit([order for order in batch if order is not None])
        with contextlib.suppress(OSError):
            self._file.sync()
        self._file.close()

    def _commit(self, batch: list[_Order]) -> None:
        link, size_bytes = self._file.link, self._file.size_bytes
        written = []
        for order in batch:
            if order.line.set_running_or_notify_cancel():
                try:
                    written.append((order, self._file.write(order.fields)))
                except Exception as error:  # the thread's boundary: the caller gets it
                    order.line.set_exception(error)
        try:
            if any(order.durable for order, _ in written):
                self._file.sync()
        except OSError as error:
            self._file.take_back(link, size_bytes)
            for order, _ in written:
                order.line.set_exception(error)
        else:
            for order, line in written:
                order.line.set_result(line)
