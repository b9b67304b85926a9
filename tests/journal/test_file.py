import asyncio
import errno
import os
import resource
import signal
import stat
import threading
from pathlib import Path

import pytest

from cockpit.foundation.errors import ControlError
from cockpit.foundation.own_files import StrangeFile
from cockpit.journal import file as journal_file
from cockpit.journal.chain import LINE_MAX_BYTES, BadLine, JournalLine
from cockpit.journal.file import ChainedFile, JournalWriter
from cockpit.journal.journal_reader import JournalTail, Rewound, read, verify


def fields_of(path: Path) -> list[object]:
    return [dict(line.fields) for line in read(path)]


async def turn_of_the_loop() -> None:
    turned = asyncio.Event()
    asyncio.get_running_loop().call_soon(turned.set)
    await turned.wait()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def moved(path: Path, target: Path) -> Path:
    return path.rename(target)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


async def test_lines_in_order_and_chained(path: Path) -> None:
    with JournalWriter.open(path) as writer:
        lines = await asyncio.gather(
            *(writer.append({"n": n}, durable=n % 2 == 0) for n in range(500))
        )
    assert [line.seq for line in lines] == list(range(1, 501))
    assert [line.fields["n"] for line in lines] == list(range(500))
    assert list(read(path)) == lines
    assert verify(path).head == lines[-1].hash
    assert mode_of(path) == 0o600


async def test_opened_again_it_continues(path: Path) -> None:
    for n in (1, 2):
        with JournalWriter.open(path) as writer:
            assert (await writer.append({})).seq == n
            assert writer.cut_bytes == 0
    with path.open("ab") as file:
        file.write(b'{"half":')
    with JournalWriter.open(path) as writer:
        assert writer.cut_bytes == 8
        assert (await writer.append({"n": 3})).seq == 3
    assert verify(path).lines == 3


async def test_closed_it_takes_nothing(path: Path) -> None:
    writer = JournalWriter.open(path)
    writer.close()
    writer.close()
    with pytest.raises(OSError, match="closed"):
        await writer.append({})


async def test_what_is_no_json_is_refused_alone(path: Path) -> None:
    with JournalWriter.open(path) as writer:
        results = await asyncio.gather(
            writer.append({"n": 1}),
            writer.append({"n": float("nan")}),
            writer.append({"n": object()}),
            writer.append({"n": 2}),
            return_exceptions=True,
        )
    assert [type(result) for result in results] == [JournalLine, ValueError, TypeError, JournalLine]
    assert fields_of(path) == [{"n": 1}, {"n": 2}]


@pytest.mark.law(12)
async def test_a_disk_that_hangs_does_not_stop_the_loop(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 12: the disk is waited for elsewhere. Cancelled before its turn, a line is left out."""
    entered, released = asyncio.Event(), threading.Event()
    loop, real = asyncio.get_running_loop(), journal_file.sync

    def hang(descriptor: int) -> None:
        loop.call_soon_threadsafe(entered.set)
        assert released.wait(10)
        real(descriptor)

    with JournalWriter.open(path) as writer:
        monkeypatch.setattr(journal_file, "sync", hang)
        first = asyncio.create_task(writer.append({"n": 1}))
        await asyncio.wait_for(entered.wait(), 10)
        second = asyncio.create_task(writer.append({"n": 2}))
        third = asyncio.create_task(writer.append({"n": 3}))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(second, 0.01)
        assert not first.done()
        released.set()
        assert [(await first).seq, (await third).seq] == [1, 2]
    assert fields_of(path) == [{"n": 1}, {"n": 3}]


async def test_lines_that_wait_together_share_a_sync(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, released, syncs = threading.Event(), threading.Event(), []
    real = journal_file.sync

    def counted(descriptor: int) -> None:
        syncs.append(descriptor)
        entered.set()
        assert released.wait(10)
        real(descriptor)

    with JournalWriter.open(path) as writer:
        monkeypatch.setattr(journal_file, "sync", counted)
        first = asyncio.create_task(writer.append({}))
        await asyncio.to_thread(entered.wait, 10)
        others = [asyncio.create_task(writer.append({})) for _ in range(100)]
        await turn_of_the_loop()
        released.set()
        await asyncio.gather(first, *others)
        assert len(syncs) == 2


@pytest.mark.law(4)
async def test_a_full_disk_is_told_and_leaves_no_torn_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4: the error reaches the caller; with space again the chain goes on."""
    real = os.write
    room = 10

    def short(descriptor: int, data: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken, room = real(descriptor, data[:room]), max(0, room - len(data))
        return taken

    with JournalWriter.open(path) as writer:
        await writer.append({"n": 1})
        whole = bytes_of(path)
        monkeypatch.setattr(os, "write", short)
        for _ in range(3):
            with pytest.raises(OSError, match="No space left") as error:
                await writer.append({"n": "lost"})
            assert error.value.errno == errno.ENOSPC
            assert bytes_of(path) == whole
        monkeypatch.setattr(os, "write", real)
        assert (await writer.append({"n": 2})).seq == 2
    assert fields_of(path) == [{"n": 1}, {"n": 2}]


@pytest.mark.law(4)
async def test_a_real_limit_on_the_file(path: Path) -> None:
    """Law 4: as on a full disk, with the kernel's own short write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with JournalWriter.open(path) as writer:
        await writer.append({"n": 1})
        size = len(bytes_of(path))
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, before[1]))
            with pytest.raises(OSError, match="File too large"):
                await writer.append({"n": "lost"})
            assert len(bytes_of(path)) == size
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, old)
        assert (await writer.append({"n": 2})).seq == 2
    assert fields_of(path) == [{"n": 1}, {"n": 2}]


async def test_a_torn_line_that_cannot_be_cut_yet(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write, real_truncate = os.write, os.ftruncate

    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    def torn(descriptor: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", broken)
        return real_write(descriptor, data[:5])

    with JournalWriter.open(path) as writer:
        await writer.append({"n": 1})
        monkeypatch.setattr(os, "write", torn)
        monkeypatch.setattr(os, "ftruncate", broken)
        for _ in range(2):
            with pytest.raises(OSError, match="Input/output"):
                await writer.append({"n": "lost"})
        assert verify(path).torn
        monkeypatch.setattr(os, "write", real_write)
        with pytest.raises(OSError, match="Input/output"):
            await writer.append({"n": "lost"})
        monkeypatch.setattr(os, "ftruncate", real_truncate)
        assert (await writer.append({"n": 2})).seq == 2
    assert fields_of(path) == [{"n": 1}, {"n": 2}]


@pytest.mark.law(2)
async def test_a_line_that_cannot_be_synced_is_taken_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 2: what is not durable was not said; an observer that has read it starts again."""
    real = journal_file.sync
    tail, seen = JournalTail(path), []

    def broken(_: int) -> None:
        seen.extend(tail.poll())
        monkeypatch.setattr(journal_file, "sync", real)
        raise OSError(errno.EIO, "Input/output error")

    with JournalWriter.open(path) as writer:
        await writer.append({"n": 1}, durable=False)
        monkeypatch.setattr(journal_file, "sync", broken)
        with pytest.raises(OSError, match="Input/output"):
            await writer.append({"n": "lost"})
        assert [line.fields["n"] for line in seen] == [1, "lost"]
        assert (await writer.append({"n": 2})).seq == 2
    with pytest.raises(Rewound):
        tail.poll()
    assert [line.fields["n"] for line in tail.poll()] == [1, 2]
    assert verify(path).lines == 2


async def test_a_full_queue_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No unbounded buffer: a disk that hangs for hours fills no memory."""
    monkeypatch.setattr(journal_file, "QUEUE_MAX", 1)
    entered, released, real = threading.Event(), threading.Event(), journal_file.sync

    def hang(descriptor: int) -> None:
        entered.set()
        assert released.wait(10)
        real(descriptor)

    with JournalWriter.open(path) as writer:
        monkeypatch.setattr(journal_file, "sync", hang)
        first = asyncio.create_task(writer.append({}))
        await asyncio.to_thread(entered.wait, 10)
        others = [asyncio.create_task(writer.append({})) for _ in range(3)]
        await turn_of_the_loop()
        released.set()
        await first
        results = await asyncio.gather(*others, return_exceptions=True)
        assert [type(result) for result in results] == [
            JournalLine,
            BlockingIOError,
            BlockingIOError,
        ]
        assert "wait for the journal's disk" in str(results[1])


@pytest.mark.law(2)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_at_any_moment_it_loses_nothing_told(path: Path) -> None:
    """Law 2: the journal knows first. SIGKILL after the n-th line that was told."""
    for told_most in range(1, 12):
        reader, writer = os.pipe()
        if not (pid := os.fork()):
            file = ChainedFile(path)
            while True:
                line = file.write({"text": "x" * 3000})
                file.sync()
                os.write(writer, b"%8d" % line.seq)
        os.close(writer)
        told = [int(os.read(reader, 8)) for _ in range(told_most)][-1]
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
        assert verify(path).lines >= told


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        JournalWriter.open(tmp_path / "no" / "journal")


def test_a_tail_follows(path: Path) -> None:
    tail = JournalTail(path)
    assert tail.poll() == []
    file = ChainedFile(path)
    first = file.write({"n": 1})
    assert tail.poll() == [first]
    assert tail.poll() == []
    lines = [file.write({"n": n}) for n in range(2, 50)]
    with path.open("ab") as torn:
        torn.write(b'{"half')
    assert tail.poll() == lines
    assert tail.poll() == []
    with path.open("ab") as torn:
        torn.write(b"\n")
    with pytest.raises(BadLine, match="line 50"):
        tail.poll()
    file.close()


@pytest.mark.law(2)
async def test_one_writer_whatever_the_name(path: Path, tmp_path: Path) -> None:
    """Law 2: the file itself is locked, so that two never write to it, by another name either."""
    (tmp_path / "copy").mkdir()
    other = tmp_path / "copy" / path.name
    with JournalWriter.open(path) as writer:
        await writer.append({"n": 1})
        other.hardlink_to(path)
        for name in (path, other):
            with pytest.raises(ControlError, match="another cockpit writes to"):
                ChainedFile(name)
        await writer.append({"n": 2})
    assert verify(path).lines == 2


async def test_a_name_that_leads_elsewhere_takes_no_line(path: Path, tmp_path: Path) -> None:
    """What is appended to a file that was removed is lost: it is refused, until that is mended."""
    with JournalWriter.open(path) as writer:
        await writer.append({"n": 1})
        aside = moved(path, tmp_path / "aside")
        with pytest.raises(OSError, match="removed, moved or replaced"):
            await writer.append({"n": 2})
        write(path, bytes_of(aside))
        with pytest.raises(OSError, match="removed, moved or replaced"):
            await writer.append({"n": 3})
        aside.rename(path)
        assert (await writer.append({"n": 4})).seq == 2
    assert fields_of(path) == [{"n": 1}, {"n": 4}]


@pytest.mark.parametrize("change", [b"", b"foreign\n"])
async def test_what_something_else_wrote_or_cut_is_left_as_it_is(path: Path, change: bytes) -> None:
    """A line behind a foreign one, or behind a cut tail, would break the chain for ever."""
    with JournalWriter.open(path) as writer:
        await writer.append({"n": 1})
        whole = bytes_of(path)
        write(path, change and whole + change)
        with pytest.raises(OSError, match="written to or cut by something else"):
            await writer.append({"n": 2})
        assert bytes_of(path) == (change and whole + change)
        write(path, whole)
        await writer.append({"n": 3})
    assert fields_of(path) == [{"n": 1}, {"n": 3}]


@pytest.mark.law(12)
@pytest.mark.parametrize("kind", ["a symbolic link", "a pipe"])
def test_no_link_is_followed_and_no_pipe_waited_for(path: Path, tmp_path: Path, kind: str) -> None:
    """Law 12: a pipe that nobody writes to would be waited for without end."""
    target = tmp_path / "precious"
    target.write_text("precious")
    if kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(target)
    for ask in (ChainedFile, verify, lambda path: JournalTail(path).poll()):
        with pytest.raises(StrangeFile, match=kind):
            ask(path)
    assert target.read_text() == "precious"


@pytest.mark.law(1)
async def test_a_vanished_journal_is_an_error_for_a_watcher(path: Path) -> None:
    """Law 1: what was seen and is gone is not silence; a journal still to come is."""
    tail = JournalTail(path)
    assert tail.poll() == []
    with JournalWriter.open(path) as writer:
        await writer.append({})
    assert len(tail.poll()) == 1
    moved(path, path.with_name("aside"))
    with pytest.raises(FileNotFoundError):
        tail.poll()


@pytest.mark.law(9)
def test_a_line_without_end_is_an_error_for_a_watcher(path: Path) -> None:
    """Law 9: it is refused at its limit, where a reader of the whole file refuses it too."""
    tail = JournalTail(path)
    write(path, b"x" * (LINE_MAX_BYTES - 1))
    assert tail.poll() == []
    write(path, b"x" * LINE_MAX_BYTES)
    for ask in (tail.poll, lambda: verify(path)):
        with pytest.raises(BadLine, match=r"line 1 .* it has no end within 1,048,576 bytes"):
            ask()
