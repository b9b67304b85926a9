"""`--json`: one document on stdout and nothing beside it, whatever the command and its end."""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cockpit.cli.commands import COMMANDS, CliCommand
from tests.cli.program import Cockpit
from tests.cli.shop import environment, furnish, open_shop

ALL = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from cockpit.cli import main
ends = []
for words in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = main(words)
    ends.append([status, out.getvalue(), err.getvalue()])
print(json.dumps(ends))
"""
RECORDED = {
    "run": ("run", "card.yaml", "--yes", "--answer", "load-test=alice"),
    "rollback": ("rollback", "card.yaml", "traffic"),
    "decide": ("decide", "last"),
    "decide of a card": ("decide", "card.yaml"),
    "done": ("done", "last"),
    "done of a card, now": ("done", "card.yaml", "--run"),
    "drumbeat": ("drumbeat", "last"),
    "success": ("success", "card.yaml"),
    "runs": ("runs",),
    "report": ("report", "last"),
    "replay": ("replay", "last"),
    "verify": ("verify", "last"),
    "verify a wrong head": ("verify", "last", "--head", "0" * 12),
    "check": ("check", "card.yaml"),
    "gate": ("gate", "card.yaml"),
    "validate": ("validate", "card.yaml"),
    "init": ("init", "new.yaml"),
    "schema": ("schema",),
    "run of what has ended": ("run", "--resume", "last"),
    "what a breaker would send": ("breaker", "card.yaml", "demote", "/x", "--dry-run"),
    "breaker": ("breaker", "card.yaml", "demote", "/x"),
    "what a rollback would send": ("rollback", "card.yaml", "traffic", "--dry-run"),
    "the scenarios": ("rehearse", "--scenario", "?"),
}


def parser_of(command: CliCommand) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    for add in command.arguments:
        add(parser)
    return parser


def placed(command: CliCommand) -> list[str]:
    """Return a word for each argument that must be there, all of which name nothing."""
    actions = parser_of(command)._get_positional_actions()
    return [next(iter(each.choices or ("missing.yaml",))) for each in actions if each.required]


def takes_json(command: CliCommand) -> bool:
    return any("--json" in each.option_strings for each in parser_of(command)._actions)


def ends(cockpit: Cockpit, lines: Sequence[Sequence[str]]) -> list[tuple[int, str, str]]:
    """Return status, stdout and stderr of each command line, run one after the other."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", ALL, json.dumps([list(line) for line in lines])],
        cwd=cockpit.folder,
        env=cockpit.whole_env(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return [(int(status), str(out), str(err)) for status, out, err in json.loads(done.stdout)]


def wrong(command: CliCommand) -> Mapping[str, list[str]]:
    """Return command lines that must end with an error, each by what is wrong with it."""
    name, words = command.name, placed(command)
    lines = {
        "an unknown option": [name, *words, "--nonsense", "--json"],
        "too much": [name, *words, *"abcdef", "--json"],
        "shortened": [name, *words, "--nonsense", "--js"],
    }
    if words:
        lines["too little"] = [name, "--json"]
    match name:
        case "rehearse":
            lines["no such scenario"] = [name, "--scenario", "storm", "--json"]
        case "init":
            lines["nothing to write in"] = [name, "nowhere/card.yaml", "--json"]
        case "schema" | "runs":  # nothing is asked of them that could be missing
            pass
        case _ if not words:
            lines["no such card"] = [name, "missing.yaml", "--json"]
        case _:
            lines["names nothing"] = [name, *words, "--json"]
    return lines


def test_every_command_without_a_screen_takes_it() -> None:
    without = {name for name, command in COMMANDS.items() if not takes_json(command)}
    assert without == {"open", "watch"}, "the README says which commands take `--json`"


def test_an_error_is_one_document_whatever_is_wrong_with_the_command_line(tmp_path: Path) -> None:
    lines = {
        f"{name}: {what}": line
        for name, command in COMMANDS.items()
        if takes_json(command)
        for what, line in wrong(command).items()
    }
    lines["a mistyped command"] = ["chekc", "--json"]
    said = dict(zip(lines, ends(Cockpit(tmp_path), list(lines.values())), strict=True))
    for what, (status, out, err) in said.items():
        document = json.loads(out) if out else {}
        assert status in (2, 3), what
        assert document.get("exit_status", status) == status, f"{what}: {out!r}"
        assert "error" in document or "problems" in document, f"{what} prints {out!r}"
        assert "cockpit: " in err, f"{what} tells a person nothing"


@pytest.mark.parametrize("document", [True, False])
def test_without_it_an_error_leaves_stdout_empty(document: bool, tmp_path: Path) -> None:
    words = ["check", "missing.yaml", *(["--json"] if document else [])]
    ((status, out, _),) = ends(Cockpit(tmp_path), [words])
    assert (status, bool(out)) == (2, document)


def test_a_result_is_one_document_and_a_replay_one_for_each_line(tmp_path: Path) -> None:
    missing = {name for name, command in COMMANDS.items() if takes_json(command)} - {
        line[0] for line in RECORDED.values()
    }
    assert missing == set(), "add a command line to this test"
    furnish(tmp_path)
    with open_shop() as shop:
        cockpit = Cockpit(tmp_path, environment(shop))
        said = ends(cockpit, [(*line, "--json") for line in RECORDED.values()])
    for what, (_, out, _) in zip(RECORDED, said, strict=True):
        documents = out.splitlines() if what == "replay" else [out]
        assert documents, what
        for text in documents:
            result = json.loads(text)
            assert isinstance(result, dict), f"{what} prints {text[:80]!r}"
            assert "error" not in result, f"{what}: {result}"
