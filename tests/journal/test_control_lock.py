import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.foundation.own_files import StrangeFile
from cockpit.journal import control_lock
from cockpit.journal.control_lock import NAME, UNNAMED, ControlLock, holder

Put = Callable[[Path, Path], None]


def _pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def test_one_holds_it_and_others_see_who(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    control = ControlLock.take(tmp_path, "alice")
    assert control is not None
    held = holder(tmp_path)
    assert held is not None
    assert (held.name, held.pid, held.host) == ("alice", os.getpid(), socket.gethostname())
    assert ControlLock.take(tmp_path, "bob") is None
    assert holder(tmp_path) == held
    control.release()
    control.release()
    assert holder(tmp_path) is None
    again = ControlLock.take(tmp_path, "bob")
    assert again is not None
    again.release()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_kernel_takes_it_from_the_dead(tmp_path: Path) -> None:
    """No PID is the truth: a killed holder's record stays, its lock does not."""
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        held = ControlLock.take(tmp_path, "alice")
        os.write(writer, b"1" if held else b"0")
        signal.pause()
    assert os.read(reader, 1) == b"1"
    seen = holder(tmp_path)
    assert seen is not None
    assert seen.pid == pid
    assert ControlLock.take(tmp_path, "bob") is None
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(reader)
    os.close(writer)
    assert (tmp_path / NAME).read_bytes()
    assert holder(tmp_path) is None
    control = ControlLock.take(tmp_path, "bob")
    assert control is not None
    control.release()


@pytest.mark.parametrize("record", [b"", b"nonsense", b"[]", b'{"name": 1}', b"\xff"])
def test_a_holder_without_a_readable_name(tmp_path: Path, record: bytes) -> None:
    control = ControlLock.take(tmp_path, "alice")
    assert control is not None
    (tmp_path / NAME).write_bytes(record)
    assert holder(tmp_path) == UNNAMED
    control.release()


@pytest.mark.law(4)
def test_a_full_disk_does_not_refuse_control(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4: with a full disk too."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    control = ControlLock.take(tmp_path, "alice")
    assert control is not None
    assert holder(tmp_path) == UNNAMED
    control.release()


@pytest.mark.law(2)
def test_a_lock_that_was_removed_is_still_held(tmp_path: Path) -> None:
    """Law 2: nobody else comes to control by removing a file, or by replacing it."""
    control = ControlLock.take(tmp_path, "alice")
    assert control is not None
    (tmp_path / NAME).unlink()
    assert ControlLock.take(tmp_path, "bob") is None
    assert holder(tmp_path) == UNNAMED
    (tmp_path / NAME).unlink(missing_ok=True)
    assert holder(tmp_path) == UNNAMED
    control.release()
    assert holder(tmp_path) is None


@pytest.mark.parametrize("put", [lambda path, target: path.symlink_to(target), _pipe])
def test_a_link_or_a_pipe_in_its_place_is_refused(tmp_path: Path, put: Put) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "run").mkdir()
    put(tmp_path / "run" / NAME, target)
    for ask in (
        lambda: ControlLock.take(tmp_path / "run", "alice"),
        lambda: holder(tmp_path / "run"),
    ):
        with pytest.raises(StrangeFile, match=r"control.lock is a (symbolic link|pipe): a run's"):
            ask()
    assert target.read_text() == "precious"


def test_another_name_of_the_same_file_keeps_its_content(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / NAME).hardlink_to(target)
    control = ControlLock.take(tmp_path / "run", "alice")
    assert control is not None
    control.release()
    assert target.read_text() == "precious"


@pytest.mark.law(4)
def test_a_disk_that_takes_no_file_does_not_refuse_control(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4: on a read-only disk too, and nobody else has it at the same time."""

    def read_only(*_: object) -> int:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(control_lock, "open_regular", read_only)
        control = ControlLock.take(tmp_path, "alice")
        assert control is not None
        assert ControlLock.take(tmp_path, "bob") is None
    assert holder(tmp_path) == UNNAMED
    control.release()
