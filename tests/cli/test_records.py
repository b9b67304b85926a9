"""decide, runs, report, replay and verify: what is in a journal, without control."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.program import Cockpit
from tests.cli.shop import environment, furnish, open_shop

ANSWER = ("--answer", "load-test=alice")


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Cockpit:
    """A folder with one run, which has ended with GO; nothing but `copied` changes anything."""
    folder = tmp_path_factory.mktemp("flown")
    furnish(folder)
    with open_shop() as shop:
        cockpit = Cockpit(folder, environment(shop))
        assert cockpit.run("run", "card.yaml", "--yes", *ANSWER).status == 0
    return cockpit


@pytest.fixture
def run(flown: Cockpit) -> Path:
    return only_run(flown)


@pytest.fixture
def copied(flown: Cockpit, tmp_path: Path) -> Cockpit:
    """The same in a folder of its own, to be spoiled."""
    shutil.copytree(flown.folder / "state", tmp_path / "state")
    shutil.copy(flown.folder / "card.yaml", tmp_path)
    return Cockpit(tmp_path, flown.env)


def only_run(cockpit: Cockpit) -> Path:
    (folder,) = (cockpit.folder / "state/cockpit/runs").iterdir()
    return folder


def test_each_looks_at_a_run_by_name_by_folder_and_as_the_last(flown: Cockpit, run: Path) -> None:
    for name in (run.name, str(run), "last"):
        said = flown.run("decide", name)
        assert (said.status, said.out) == (0, "GO\n")
    assert flown.run("decide", "card.yaml").status == 0


def test_decide_as_json(flown: Cockpit, run: Path) -> None:
    said = flown.run("decide", run.name, "--json").document
    assert (said["decision"], said["exit_status"], said["run"]) == ("GO", 0, run.name)


@pytest.mark.law(1)
def test_a_card_without_a_run_is_a_hold(cockpit: Cockpit) -> None:
    """Law 1."""
    said = cockpit.run("decide", "card.yaml", "--json")
    assert said.status == 3
    assert "nothing is known yet" in said.document["error"]


def test_a_moved_folder_is_named_as_such(copied: Cockpit, flown: Cockpit) -> None:
    (row,) = copied.run("runs", "--json").document["runs"]
    assert row["moved"] == f"moved from {only_run(flown)}"
    assert "moved from" in copied.run("runs").out
    assert "moved" not in flown.run("runs").out


def test_runs_lists_them(flown: Cockpit, run: Path) -> None:
    assert run.name in flown.run("runs").out
    (row,) = flown.run("runs", "--json").document["runs"]
    assert (row["state"], row["decision"], row["control"]) == ("ended", "GO", None)


def test_no_runs_is_said_beside_the_output(cockpit: Cockpit) -> None:
    said = cockpit.run("runs")
    assert (said.status, said.out) == (0, "")
    assert "no runs in" in said.err
    assert cockpit.run("runs", "--json").document == {"runs": []}


def test_the_report_is_markdown_and_as_json_a_document(flown: Cockpit, run: Path) -> None:
    said = flown.run("report", run.name)
    assert said.status == 0
    assert said.out.startswith("# Cutover of shop 1.0.0 → 1.1.0")
    document = flown.run("report", run.name, "--json").document
    assert (document["decision"], document["markdown"]) == ("GO", said.out)


def test_replay_tells_what_happened(flown: Cockpit, run: Path) -> None:
    said = flown.run("replay", run.name)
    assert said.status == 0
    assert "the run ended GO" in said.out
    rows = [json.loads(row) for row in flown.run("replay", run.name, "--json").out.splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))


def test_verify_says_that_the_chain_holds(flown: Cockpit, run: Path) -> None:
    lines = len((run / "journal.jsonl").read_bytes().splitlines())
    said = flown.run("verify", run.name)
    assert said.status == 0
    assert f"{lines} lines, the hash chain holds" in said.out
    document = flown.run("verify", run.name, "--json").document
    assert (document["valid"], document["lines"]) == (True, lines)


@pytest.mark.parametrize("number", [1, 5, -1])
def test_verify_names_the_first_bad_line(copied: Cockpit, number: int) -> None:
    run = only_run(copied)
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    place = number - 1 if number > 0 else len(lines) - 1
    middle = len(lines[place]) // 2
    lines[place] = (
        lines[place][:middle] + bytes([lines[place][middle] ^ 1]) + lines[place][middle + 1 :]
    )
    (run / "journal.jsonl").write_bytes(b"".join(lines))
    said = copied.run("verify", run.name)
    assert (said.status, said.out) == (1, "")
    assert f"line {place + 1} of the journal is not as it was written" in said.err
    document = copied.run("verify", run.name, "--json").document
    assert (document["valid"], document["line"]) == (False, place + 1)


@pytest.mark.law(2)
def test_a_cut_tail_is_found_by_what_was_noted_elsewhere(copied: Cockpit) -> None:
    """Law 2: whole lines cut off leave a chain that holds."""
    run = only_run(copied)
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    head = json.loads(lines[-1])["hash"]
    assert copied.run("verify", run.name, "--head", head).status == 0
    assert copied.run("verify", run.name, "--head", head[:16]).status == 0
    assert copied.run("verify", run.name, "--head", "xyz").status == 2
    (run / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    assert copied.run("verify", run.name).status == 0, "after the report nothing else notes it"
    said = copied.run("verify", run.name, "--head", head)
    assert said.status == 1
    assert f"no line with the head {head}: lines were cut off at its end" in said.err
    ends = [n for n, line in enumerate(lines) if b'"kind":"step-ended"' in line]
    (run / "journal.jsonl").write_bytes(b"".join(lines[: ends[-1]]))
    said = copied.run("verify", run.name)
    assert said.status == 1
    assert "report.md noted line" in said.err
    (run / "report.md").unlink()
    migrated = next(n for n in ends if b'"step":"migrate"' in lines[n])
    (run / "journal.jsonl").write_bytes(b"".join(lines[:migrated]))
    document = copied.run("verify", run.name, "--json").document
    assert document["valid"] is False
    assert "steps/migrate.1-" in document["what"]
    for noted in run.glob("steps/*/journal-head"):
        noted.unlink()
    began = next(n for n, line in enumerate(lines) if b'"step":"migrate"' in line)
    (run / "journal.jsonl").write_bytes(b"".join(lines[:began]))
    said = copied.run("verify", run.name)
    assert said.status == 1
    assert "is of an attempt that the journal does not have" in said.err


@pytest.mark.law(1)
def test_a_broken_journal_is_not_decided_from(copied: Cockpit) -> None:
    """Law 1: what cannot be read is unknown, and says which line it is."""
    run = only_run(copied)
    data = (run / "journal.jsonl").read_bytes()
    (run / "journal.jsonl").write_bytes(data.replace(b'"GO"', b'"OG"', 1))
    for words in (["decide", run.name], ["report", run.name], ["replay", run.name]):
        said = copied.run(*words)
        assert said.status == 3
        assert "of the journal is not as it was written" in said.err
    (row,) = copied.run("runs", "--json").document["runs"]
    assert "of the journal is not as it was written" in row["problem"]


def test_a_broken_journal_of_another_card_is_in_nobodys_way(cockpit: Cockpit) -> None:
    assert cockpit.run("run", "card.yaml", "--yes").status == 3
    shutil.copy(cockpit.folder / "card.yaml", cockpit.folder / "other.yaml")
    with (only_run(cockpit) / "journal.jsonl").open("ab") as journal:
        journal.write(b"not a line\n")
    assert cockpit.run("run", "other.yaml", "--yes", *ANSWER).status == 0
    assert cockpit.run("decide", "other.yaml").status == 0
    assert cockpit.run("decide", "card.yaml").status == 3


@pytest.mark.parametrize("words", [["decide"], ["report"], ["replay"], ["verify"]])
def test_an_unknown_run_is_a_usage_error_that_names_the_newest(
    flown: Cockpit, run: Path, words: list[str]
) -> None:
    said = flown.run(*words, "nope")
    assert said.status == 2
    assert f"the newest are: {run.name}" in said.err


def test_a_run_that_never_began_says_so(copied: Cockpit) -> None:
    run = only_run(copied)
    (run / "journal.jsonl").unlink()
    for words in (["decide"], ["report"], ["replay"], ["verify"]):
        said = copied.run(*words, run.name)
        assert said.status == 3
        assert "never began" in said.err


@pytest.mark.parametrize(
    "line",
    [
        "cockpit replay last | head -1",
        "cockpit replay last --json | head -1",
        "cockpit report last | head -1",
        "cockpit --help | head -1",
        "cockpit replay last | true",
        "cockpit runs >&-",
    ],
)
def test_a_closed_output_is_no_traceback(flown: Cockpit, line: str) -> None:
    assert flown.shell(line).err == ""


def test_a_terminal_that_knows_only_ascii_still_shows_it(flown: Cockpit) -> None:
    plain = Cockpit(flown.folder, {**flown.env, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    said = plain.run("replay", "last")
    assert said.status == 0
    assert "\\u2713" in said.out
    assert plain.run("decide", "last", "--json").document["decision"] == "GO"
