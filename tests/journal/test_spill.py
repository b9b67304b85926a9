"""Lines that a journal could not take: kept where the next cockpit finds them, in order, once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cockpit.foundation import second_place
from cockpit.journal.file import ChainedFile
from cockpit.journal.spill import NAME, Spill


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    places = [tmp_path / "memory", tmp_path / "disk"]
    for place in places:
        place.mkdir()
    monkeypatch.setattr(second_place, "OTHERS", tuple(places))
    return places


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (run := tmp_path / "run").mkdir()
    (run / "journal.jsonl").touch()
    return run


def line(text: str) -> Mapping[str, Any]:
    return {"by": "alice", "event": {"kind": "noted", "text": text}}


def read(run: Path) -> list[Mapping[str, Any]] | None:
    return Spill(run).read(run / "journal.jsonl")


@pytest.mark.law(4)
def test_what_is_kept_is_found_by_the_next_cockpit_until_it_is_cleared(
    run: Path, places: list[Path]
) -> None:
    """Law 4."""
    spill = Spill(run)
    assert read(run) is None
    spill.keep([(1, line("a")), (2, line("b"))])
    spill.keep([(3, line("c"))])
    assert read(run) == [line("a"), line("b"), line("c")]
    spill.clear()
    assert read(run) is None


def test_lines_in_several_places_come_in_their_order(run: Path, places: list[Path]) -> None:
    first = Spill(run)
    kept = first.keep([(1, line("a"))])
    kept.parent.parent.chmod(0o750)  # no longer of this user alone
    Spill(run).keep([(2, line("b"))])
    kept.parent.parent.chmod(0o700)
    first.keep([(3, line("c"))])
    assert read(run) == [line("a"), line("b"), line("c")]


@pytest.mark.law(3)
def test_what_the_journal_has_already_is_not_taken_in_twice(run: Path, places: list[Path]) -> None:
    """Law 3: the cockpit was killed between the journal's line and the clearing."""
    Spill(run).keep([(1, line("a")), (2, line("b"))])
    journal = ChainedFile(run / "journal.jsonl")
    journal.write(line("a"))
    journal.close()
    assert read(run) == [line("b")]


def test_a_line_that_was_never_finished_is_left_out(run: Path, places: list[Path]) -> None:
    kept = Spill(run).keep([(1, line("a")), (2, line("b"))])
    kept.write_bytes(kept.read_bytes()[:-9])
    assert read(run) == [line("a")]


@pytest.mark.law(4)
def test_a_link_in_its_place_is_not_followed(run: Path, places: list[Path], tmp_path: Path) -> None:
    """Law 4: the next place is taken, and nothing foreign is written to."""
    kept = Spill(run).keep([(1, line("a"))])
    kept.unlink()
    (tmp_path / "foreign").touch()
    kept.symlink_to(tmp_path / "foreign")
    assert Spill(run).keep([(1, line("a"))]).is_relative_to(places[1])
    assert (tmp_path / "foreign").read_bytes() == b""


def test_without_any_place_it_is_an_error(run: Path, places: list[Path]) -> None:
    for place in places:
        place.chmod(0o777)
    with pytest.raises(OSError, match="no second place"):
        Spill(run).keep([(1, line("a"))])


def test_the_same_run_by_another_path_is_the_same(
    run: Path, places: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    Spill(tmp_path / "link" / "run").keep([(1, line("a"))])
    assert read(run) == [line("a")]
    assert list(places[0].glob(f"cockpit-{os.getuid()}/*/{NAME}"))
