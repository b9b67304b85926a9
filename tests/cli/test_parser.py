"""The command line itself: its help, its slips, and what it does not import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.cli.parser import COMMANDS, GROUPS, OPEN, TARGETS, overview, parse
from tests.cli.program import Cockpit

HEAVY = ("textual", "asyncpg", "httpx", "aiohttp", "locust", "gevent")
LOADED = """
import json, sys
sys.argv[1:] = json.loads(sys.argv[1])
from cockpit.cli import main
try:
    main()
except SystemExit:
    pass
names = {name.partition(".")[0] for name, module in sys.modules.items() if module}
print(json.dumps(sorted(names)), file=sys.stderr)
"""


def test_every_command_stands_in_one_group_and_has_a_target() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted([*grouped, OPEN]) == sorted(COMMANDS) == sorted(TARGETS)


def test_the_overview_fits_a_terminal_of_24_lines_and_90_columns() -> None:
    lines = overview().splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 90
    assert all(
        any(line.startswith(f"  {name}") for line in lines) for name in TARGETS if name != OPEN
    )


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != OPEN])
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([name, "--help"])
    assert ended.value.code == 0
    assert "exit status: 0 GO or passed" in capsys.readouterr().out


def test_without_a_command_it_opens_the_card() -> None:
    assert parse([]).card == "golive.yaml"
    assert parse(["mine.yaml", "--as", "alice"]).operator == "alice"
    assert parse(["--runs", "there"]).runs == "there"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["rehersal"], "did you mean `cockpit rehearse`?"),
        (["frobnicate"], "`cockpit --help` lists them all"),
        (["run", "--phaze", "T-0"], "unrecognized arguments: --phaze"),
        (["rollback", "card.yaml", "everything"], "invalid choice"),
        (["rehearse", "--speed", "fast"], "invalid float value"),
    ],
)
def test_a_slip_ends_with_status_2(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert hint in capsys.readouterr().err


def test_the_version(tmp_path: Path) -> None:
    said = Cockpit(tmp_path).run("--version")
    assert (said.status, said.out[:8]) == (0, "cockpit ")


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["validate", "golive.yaml"], ["schema"]]
)
def test_what_is_quick_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    cockpit = Cockpit(tmp_path)
    assert cockpit.run("init").status == 0
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOADED, json.dumps(words)],
        cwd=tmp_path,
        env=cockpit.whole_env(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    loaded = json.loads(done.stderr.decode().splitlines()[-1])
    assert "cockpit" in loaded
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize(
    "words", [["runs"], ["check", "golive.yaml", "--only", "preflight.secrets"]]
)
def test_what_needs_no_screen_imports_none(words: list[str], tmp_path: Path) -> None:
    cockpit = Cockpit(tmp_path)
    assert cockpit.run("init").status == 0
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOADED, json.dumps(words)],
        cwd=tmp_path,
        env=cockpit.whole_env(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert not {"textual", "locust", "gevent"} & set(
        json.loads(done.stderr.decode().splitlines()[-1])
    )


def test_it_refuses_to_run_beside_other_peoples_widgets(tmp_path: Path) -> None:
    (tmp_path / "widgets").mkdir()
    (tmp_path / "widgets" / "__init__.py").touch()
    said = Cockpit(tmp_path, {"PYTHONPATH": str(tmp_path)}).run("--version")
    assert said.status == 2
    assert "the package 'widgets' is taken from" in said.err
