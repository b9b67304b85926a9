"""Where an urgent command finds room: never in a folder that someone else could have laid out."""

import os
from pathlib import Path

import pytest

from cockpit.engine import launch


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "other"
    place.mkdir()
    monkeypatch.setattr(launch, "OTHERS", (place, tmp_path / "missing"))
    return place / f"cockpit-{os.getuid()}"


def found(tmp_path: Path) -> list[Path]:
    return launch.places(tmp_path / "run" / "steps" / "breaker.x.1", urgent=True)


def test_it_is_a_folder_of_this_user_alone(tmp_path: Path, other: Path) -> None:
    own, elsewhere = found(tmp_path)
    assert elsewhere.parent == other
    assert other.stat().st_mode & 0o777 == 0o700
    assert found(tmp_path) == [own, elsewhere]


@pytest.mark.law(3)
def test_runs_of_one_name_do_not_meet_there(tmp_path: Path, other: Path) -> None:
    """Law 3: what another run has begun is not taken for this one's."""
    assert found(tmp_path / "a")[1] != found(tmp_path / "b")[1]


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_others_can_reach_is_left_alone(
    tmp_path: Path, other: Path, mode: int
) -> None:
    other.mkdir()
    other.chmod(mode)
    assert len(found(tmp_path)) == 1


def test_a_link_is_left_alone(tmp_path: Path, other: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    other.symlink_to(tmp_path / "theirs")
    assert len(found(tmp_path)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_left_alone(tmp_path: Path, other: Path) -> None:
    other.mkdir(mode=0o700)
    os.chown(other, 65534, 65534)
    assert len(found(tmp_path)) == 1
