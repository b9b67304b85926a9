"""The command line itself: its help, its slips, and what it does not import."""

import ast
import json
import re
import subprocess
import sys
from argparse import Namespace
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

import cockpit.cli
from cockpit.cli.commands import COMMANDS, OPEN, CliCommand, Group
from cockpit.cli.parser import overview, parse
from cockpit.foundation.errors import UsageError
from tests.cli.program import Cockpit

CLI = Path(cockpit.cli.__file__).parent
COMMAND_ARGUMENTS = "options: argparse.Namespace"
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


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_every_command_is_whole(command: CliCommand) -> None:
    assert (command.group is Group.ALONE) == (command.name == OPEN)
    assert (CLI / f"{command.module}.py").is_file(), f"{command.name} has no file"
    function = getattr(import_module(f"cockpit.cli.{command.module}"), command.function, None)
    assert function, f"cockpit/cli/{command.module}.py has no function {command.function}"
    hints = get_type_hints(function)
    assert hints.pop("return") is int
    assert list(hints.values()) == [Namespace]
    assert function.__doc__


def test_every_function_that_runs_a_command_is_in_the_table() -> None:
    """A file that is written and has no record would be found here."""
    listed = {(command.module, command.function) for command in COMMANDS.values()}
    named = {
        (path.stem, node.name)
        for path in CLI.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.args) == COMMAND_ARGUMENTS
        if ast.unparse(node.returns or node) == "int" and not node.name.startswith("_")
    }
    assert named - listed == {
        ("rehearsal_run", "rehearse_headless"),
        ("rehearsal_screen", "rehearse_on_screen"),
    }


def test_the_overview_has_30_lines_of_90_columns_at_most() -> None:
    lines = overview().splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 90
    assert all(
        any(line.startswith(f"  {name}") for line in lines) for name in COMMANDS if name != OPEN
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
        (["frobnicate"], "`cockpit --help` lists the commands"),
        (["run", "--phaze", "T-0"], "unrecognized arguments: --phaze"),
        (["rollback", "card.yaml", "everything"], "invalid choice"),
        (["rehearse", "--speed", "fast"], "invalid float value"),
    ],
)
def test_a_slip_ends_with_status_2(words: list[str], hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(hint)) as ended:
        parse(words)
    assert ended.value.exit_status == 2


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
    assert "Python takes the package 'widgets' from" in said.err
