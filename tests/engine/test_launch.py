"""Where an urgent command finds room: never in a folder that someone else could have laid out."""

import os
from pathlib import Path

import pytest

from cockpit.engine import launch
from cockpit.foundation import second_place


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "other"
    place.mkdir()
    monkeypatch.setattr(second_place, "OTHERS", (place, tmp_path / "missing"))
    return place / f"cockpit-{os.getuid()}"


def found(tmp_path: Path) -> list[Path]:
    return launch.places(tmp_path / "run" / "steps" / "breaker.x.1", urgent=True)


def test_it_is_a_folder_of_this_user_alone(tmp_path: Path, other: Path) -> None:
    own, elsewhere = found(tmp_path)
    assert elsewhere.parents[2] == other
    assert other.stat().st_mode & 0o777 == 0o700
    assert found(tmp_path) == [own, elsewhere]


@pytest.mark.law(3)
def test_runs_of_one_name_do_not_meet_there(tmp_path: Path, other: Path) -> None:
    """Law 3: what another run has begun is not taken for this one's."""
    assert found(tmp_path / "a")[1] != found(tmp_path / "b")[1]


def assert_made_beside(tmp_path: Path, other: Path) -> None:
    """Check that the plain name is left alone, and that a private folder stands beside it."""
    _, elsewhere = found(tmp_path)
    root = elsewhere.parents[2]
    assert root.parent == other.parent
    assert root.name.startswith(f"{other.name}.")
    assert root.stat().st_mode & 0o777 == 0o700
    assert found(tmp_path)[1] == elsewhere, "it is found again"


@pytest.mark.law(4)
@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_others_can_reach_is_left_alone(
    tmp_path: Path, other: Path, mode: int
) -> None:
    """Law 4: and takes nothing away, there is another."""
    other.mkdir()
    other.chmod(mode)
    assert_made_beside(tmp_path, other)


@pytest.mark.law(4)
def test_a_link_is_left_alone(tmp_path: Path, other: Path) -> None:
    """Law 4."""
    (tmp_path / "theirs").mkdir(mode=0o700)
    other.symlink_to(tmp_path / "theirs")
    assert_made_beside(tmp_path, other)


@pytest.mark.law(4)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_left_alone(tmp_path: Path, other: Path) -> None:
    """Law 4: who lays out the name first takes no second place away."""
    other.mkdir(mode=0o700)
    os.chown(other, 65534, 65534)
    assert_made_beside(tmp_path, other)


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_place_where_others_can_rename_is_none(tmp_path: Path, other: Path, mode: int) -> None:
    other.parent.chmod(mode)
    assert len(found(tmp_path)) == 1
