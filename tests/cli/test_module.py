"""`python -m cockpit` behaves as the script, and runs nobody else's packages."""

import sys
from pathlib import Path

import pytest

from tests.cli.program import Cockpit

SAFE = (sys.executable, "-P", "-m", "cockpit")
UNSAFE = (sys.executable, "-m", "cockpit")
FORMS = pytest.mark.parametrize("form", [SAFE, UNSAFE], ids=["-P -m", "-m"])
LINES = (["--help"], ["--version"], ["init"], ["validate"], ["frobnicate"], ["verify", "nothing"])


def foreign(folder: Path, name: str) -> None:
    """Put a package of somebody else into `folder`; it leaves a mark when it is imported."""
    (folder / name).mkdir()
    mark = f"open({str(folder / 'imported')!r}, 'w').close()\n"
    (folder / name / "__init__.py").write_text(mark, encoding="utf-8")


@FORMS
def test_it_prints_and_exits_as_the_script_does(form: tuple[str, ...], tmp_path: Path) -> None:
    (one := tmp_path / "one").mkdir()
    (two := tmp_path / "two").mkdir()
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}
    script, module = Cockpit(one, env), Cockpit(two, env, form)
    results = [(script.run(*line), module.run(*line)) for line in LINES]
    assert all(by_script == by_module for by_script, by_module in results)
    assert [by_module.status for _, by_module in results] == [0, 0, 0, 0, 2, 2]


@FORMS
def test_a_bad_card_ends_it_with_status_2(form: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text("cockpit: 2\n", encoding="utf-8")
    said = Cockpit(tmp_path, command=form).run("validate", "card.yaml", "--json")
    assert said.status == 2
    assert said.document["valid"] is False


@pytest.mark.parametrize("name", ["checks", "widgets"])
@pytest.mark.parametrize("line", [["--help"], ["init"], ["check"]], ids=lambda line: line[0])
def test_it_refuses_a_folder_with_packages_of_the_same_name(
    name: str, line: list[str], tmp_path: Path
) -> None:
    foreign(tmp_path, name)
    said = Cockpit(tmp_path, command=UNSAFE).run(*line)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"cockpit: Python takes the package {name!r} from {tmp_path}")
    assert "start cockpit as `cockpit` or `python -P -m cockpit`" in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_it_is_not_disturbed_by_them_with_a_safe_path(tmp_path: Path) -> None:
    foreign(tmp_path, "checks")
    foreign(tmp_path, "widgets")
    cockpit = Cockpit(tmp_path, command=SAFE)
    assert [cockpit.run(*line).status for line in (["init"], ["validate"])] == [0, 0]
    assert not (tmp_path / "imported").exists()
