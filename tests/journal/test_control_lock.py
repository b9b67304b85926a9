import os
import signal
import socket
from pathlib import Path

import pytest

from cockpit.journal.control_lock import NAME, UNNAMED, ControlLock, holder


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
