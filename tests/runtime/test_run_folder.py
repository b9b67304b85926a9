"""The folders of runs."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.journal.chain import Link, seal
from cockpit.runtime.run_folder import Beginning, RunFolder, create, default_root, find, runs
from tests.engine.kit import card
from tests.strategies import RUN

NOW = datetime(2026, 3, 1, 2, 0, 7, tzinfo=UTC)
ENDED = ev.RunEnded(word="GO", reasons=(), exit_status=0)


def write(run: RunFolder, *said: ev.Event, at: str = "2026-03-01T02:00:00.000+00:00") -> None:
    link = Link()
    with run.journal.open("wb") as file:
        for event in said:
            entry = ev.JournalEntry(0, at, 0.0, "alice", event)
            line, data = seal(ev.encode(entry), link)
            link = line.link
            file.write(data)


def made(root: Path, of: Path, *said: ev.Event, rehearsal: bool = False) -> RunFolder:
    run = create(root, card(), NOW, Beginning(str(of.resolve()), rehearsal=rehearsal))
    if said:
        write(run, *said)
    return run


def test_two_of_the_same_second_have_two_names(tmp_path: Path) -> None:
    names = [made(tmp_path / "runs", tmp_path / "c").id for _ in range(3)]
    assert names == ["0301-020007", "0301-020007-2", "0301-020007-3"]
    assert made(tmp_path / "runs", tmp_path / "c", rehearsal=True).id == "R0301-020007"
    assert (tmp_path / "runs").stat().st_mode & 0o777 == 0o700


def test_a_second_has_room_for_a_hundred(tmp_path: Path) -> None:
    for number in ("", *(f"-{n}" for n in range(2, 100))):
        (tmp_path / f"0301-020007{number}").mkdir()
    with pytest.raises(UsageError, match="a hundred runs of this second"):
        made(tmp_path, tmp_path / "c")


@pytest.mark.law(2)
def test_a_run_that_never_came_to_its_first_line_begins_as_it_was_meant(tmp_path: Path) -> None:
    """Law 2: an empty journal, and one with a torn first line, are a run that has not begun."""
    run = made(tmp_path, tmp_path / "c")
    assert run.beginning() == Beginning(str(tmp_path / "c"))
    run.journal.write_bytes(b"")
    assert run.beginning() is not None
    run.journal.write_bytes(b'{"at":"20')
    assert run.beginning() is not None
    write(run, RUN)
    assert run.beginning() is None
    assert run.state().run == RUN


def test_a_folder_that_says_nothing_of_itself_holds_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"its beginning\.json is missing or broken"):
        RunFolder(tmp_path).beginning()


def test_found_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name is one of the runs: no folder of that name that happens to be here."""
    run = made(tmp_path, tmp_path / "c", RUN)
    assert find(tmp_path, run.id).path == run.path
    assert find(tmp_path / "elsewhere", str(run.path)).path == run.path
    monkeypatch.chdir(run.path.parent)
    with pytest.raises(UsageError, match="there is no run"):
        find(tmp_path / "elsewhere", run.id)
    with pytest.raises(UsageError, match=rf"no run 'x' in .*newest are: {run.id}"):
        find(tmp_path, "x")
    with pytest.raises(UsageError, match="newest are: none"):
        find(tmp_path / "elsewhere", "x")


def test_newest_first(tmp_path: Path) -> None:
    """By when they began: a line that is written later moves none."""
    first, second = (made(tmp_path, tmp_path / "c", RUN) for _ in range(2))
    line = second.journal.read_bytes()
    write(second, RUN, at="2026-03-01T02:00:01.000+00:00")
    assert second.journal.read_bytes() != line
    with first.journal.open("ab") as file:
        file.write(b"{")
        os.fsync(file.fileno())
    assert [run.id for run in runs(tmp_path)] == [second.id, first.id]


def test_where_runs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert default_root() == Path("/somewhere/cockpit/runs")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert default_root() == Path.home() / ".local/state/cockpit/runs"
