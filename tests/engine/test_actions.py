"""Commands: the intent first, at most once, done when it was seen."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from cockpit.engine import orders
from cockpit.state import StepStatus
from tests.engine.kit import (
    Flight,
    Memory,
    attempt_folder,
    card,
    end_processes,
    flying,
    kill_supervisor,
    sh,
)

RUNS = "echo once >> ran"


async def crash_in(flight: Flight, step: str) -> None:
    """Kill what watches over a step; its own process lives on."""
    await flight.until_status(step, StepStatus.RUNNING)
    await asyncio.to_thread(kill_supervisor, flight.folder, step)


@pytest.mark.law(2)
async def test_the_intent_is_on_the_disk_before_the_command_runs(tmp_path: Path) -> None:
    """Law 2: the command itself finds its own intent in the journal."""
    journal = tmp_path / "run" / "journal.jsonl"
    text = card(sh(f'grep -c \'step-started.*"step":"switch"\' {journal}', id="switch"))
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.evidence("switch") == "1"
        assert flight.state.status("switch") is StepStatus.PASSED
        assert flight.replayed() == flight.state


@pytest.mark.law(2)
async def test_what_was_intended_and_never_began_is_begun_after_a_crash(tmp_path: Path) -> None:
    """Law 2: nothing was executed, so to begin it is the first time."""
    text = card(sh(RUNS, id="switch"))
    journal = Memory()
    journal_with_intent = Memory()
    async with flying(tmp_path, text, journal=journal) as flight:
        await flight.begin()
        await flight.idle()
    intent = next(
        n
        for n, line in enumerate(journal.lines)
        if "step-started" in str(line) and "switch" in str(line)
    )
    (tmp_path / "place" / "ran").unlink()
    (tmp_path / "run" / "steps").rename(tmp_path / "run" / "steps-of-another-life")
    journal_with_intent.lines = journal.lines[: intent + 1]
    async with flying(tmp_path, text, journal=journal_with_intent) as flight:
        assert flight.state.status("switch") is StepStatus.RUNNING
        await flight.until_status("switch", StepStatus.PASSED)
        assert flight.workplace("ran") == "once\n"
        assert flight.state.steps["switch"].attempt == 1


@pytest.mark.law(2)
async def test_a_step_without_an_outcome_is_in_doubt(tmp_path: Path) -> None:
    """Law 2: its verify check looks, and the operator decides; nothing is run again by itself."""
    verify = {"check": "command", "run": "test -e ran"}
    text = card(sh(f"{RUNS}; exec sleep 60", id="switch", verify=verify))
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("switch", StepStatus.RUNNING)
        await flight.until_text("ran")
        await crash_in(flight, "switch")
        await flight.until(lambda now: "verify passed" in now.steps["switch"].evidence)
        assert flight.state.status("switch") is StepStatus.DOUBT
        await flight.idle()
        assert "in doubt" in await flight.refused(orders.Next())
    async with flying(tmp_path, text) as flight:  # and not by a cockpit that comes back
        await flight.idle()
        assert flight.state.status("switch") is StepStatus.DOUBT
        assert flight.workplace("ran") == "once\n"
        assert "end that first" in await flight.refused(orders.RunAgain("switch"))
        await flight.order(orders.Verify("switch"), orders.Verify("switch"))
        await flight.order(orders.MarkDone("switch", "Bob", "saw it in the log"))
        assert flight.evidence("switch") == "marked as done by Bob: saw it in the log"
        assert flight.state.sections["t-0"].ended_s is not None


@pytest.mark.law(3)
async def test_in_doubt_it_is_run_again_by_an_explicit_order_alone(tmp_path: Path) -> None:
    """Law 3: the second run is the operator's own order, and the second try."""
    text = card(sh(f"{RUNS}; test -e again || exec sleep 60", id="switch"))
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("switch", StepStatus.RUNNING)
        await flight.until_text("ran")
        await crash_in(flight, "switch")
        await flight.until_status("switch", StepStatus.DOUBT)
        await flight.idle()
        await asyncio.to_thread(end_processes, tmp_path)
        (tmp_path / "place" / "again").touch()
        await flight.order(orders.RunAgain("switch"), orders.RunAgain("switch"))
        await flight.until_status("switch", StepStatus.PASSED)
        assert flight.workplace("ran") == "once\nonce\n"
        assert flight.state.steps["switch"].attempt == 2


@pytest.mark.law(3)
async def test_a_cockpit_that_comes_back_finds_the_same_process(tmp_path: Path) -> None:
    """Law 3: what runs is waited for, not begun anew."""
    text = card(sh(f"{RUNS}; until test -e go; do sleep 0.02; done; echo went", id="switch"))
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("switch", StepStatus.RUNNING)
        await flight.until_text("ran")
    (tmp_path / "place" / "go").touch()
    async with flying(tmp_path, text) as flight:
        await flight.until_status("switch", StepStatus.PASSED)
        assert flight.evidence("switch") == "went"
        assert flight.workplace("ran") == "once\n"
        assert flight.replayed() == flight.state


@pytest.mark.law(5)
@pytest.mark.parametrize(
    ("verify", "status", "evidence"),
    [
        ("test -e effect", StepStatus.FAILED, "ran, but its effect is not seen: exit status 1"),
        ("./no-such-program", StepStatus.UNKNOWN, "ran, but its effect is not seen: cannot start"),
        ("echo seen", StepStatus.PASSED, "done; seen: seen"),
    ],
)
async def test_done_means_observed(
    tmp_path: Path, verify: str, status: StepStatus, evidence: str
) -> None:
    """Law 5: exit 0 is not done; the verify check has to see the effect."""
    look = {"check": "command", "run": verify}
    text = card(sh("echo done", id="switch", verify=look, within="0.1s"))
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.state.status("switch") is status
        assert flight.evidence("switch").startswith(evidence)


@pytest.mark.parametrize(
    ("step", "status", "evidence"),
    [
        (sh("echo bad; exit 3"), StepStatus.FAILED, "exit 3: bad"),
        (
            sh("printf 'Error: no table\\n    at file.js:1:7\\n\\nNode.js v20.20.2\\n'; exit 1"),
            StepStatus.FAILED,
            "exit 1: Error: no table",
        ),
        (
            sh("printf 'was thrown\\n\\nNode.js v22.1.0-rc.1\\n'; exit 1"),
            StepStatus.FAILED,
            "exit 1: was thrown",
        ),
        (
            sh("echo 7 of 9", expect="9 of 9"),
            StepStatus.FAILED,
            "exit 0, but “9 of 9” is not in its",
        ),
        (sh("echo 9 of 9; echo bye", expect="9 of 9"), StepStatus.PASSED, "9 of 9"),
        (
            sh("echo hi; sleep 60", timeout="0.2s", grace="0.1s"),
            StepStatus.FAILED,
            "timed out after",
        ),
        ({"run": "./no-such-program"}, StepStatus.FAILED, "could not be run: the command"),
        (
            {"run": "echo ${NOT_THERE}"},
            StepStatus.UNKNOWN,
            "NOT_THERE is not set in the environment",
        ),
        ({"run": "echo 'a  b' ${GIVEN}"}, StepStatus.PASSED, "a  b x; y"),
    ],
)
async def test_how_a_command_ends(
    tmp_path: Path, step: dict[str, object], status: StepStatus, evidence: str
) -> None:
    async with flying(tmp_path, card(step | {"id": "switch"}), env={"GIVEN": "x; y"}) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.state.status("switch") is status
        assert flight.evidence("switch").startswith(evidence)


@pytest.mark.law(8)
async def test_a_secret_is_no_argument(tmp_path: Path) -> None:
    """Law 8: arguments are for all to see, in `ps` and in the step's folder: it is not begun."""
    step = {"run": "touch ran-${DEPLOY_KEY}", "id": "switch"}
    env = {"DEPLOY_KEY": "correct-horse"}
    async with flying(tmp_path, card(step, secrets=["DEPLOY_KEY"]), env=env) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.state.status("switch") is StepStatus.UNKNOWN
        assert flight.evidence("switch").startswith("was not begun: DEPLOY_KEY is a secret")
    assert _holding(tmp_path, "correct-horse") == []


@pytest.mark.law(8)
async def test_a_secret_reaches_a_command_by_its_environment(tmp_path: Path) -> None:
    """Law 8: and what the command says of it is redacted in all that is kept but its own output."""
    step = sh('echo "key=$DEPLOY_KEY"; test ${#DEPLOY_KEY} -eq 13', id="switch")
    env = {"DEPLOY_KEY": "correct-horse"}
    async with flying(tmp_path, card(step, secrets=["DEPLOY_KEY"]), env=env) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.evidence("switch") == "key=•••DEPLOY_KEY•••"
        assert "correct-horse" not in str(flight.state)
        flight.engine.context.report()
    assert _holding(tmp_path, "correct-horse") == ["out"]


def _holding(folder: Path, text: str) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if text.encode() in path.read_bytes()]


@pytest.mark.law(9)
async def test_hostile_output_is_only_text(tmp_path: Path) -> None:
    """Law 9: escapes, NUL, invalid UTF-8 and a line of a megabyte become one short, plain line."""
    hostile = (
        r"printf '\033]0;owned\007\033[31mred\033[0m\000\377\n';"
        "head -c 1000000 /dev/zero | tr '\\0' x; "
        r"printf '\033[2J\342\200\256evil\n'; exit 1"
    )
    async with flying(tmp_path, card(sh(hostile, id="switch"))) as flight:
        await flight.begin()
        await flight.idle()
        evidence = flight.evidence("switch")
        assert len(evidence) < 4001
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", evidence)
        assert flight.state.status("switch") is StepStatus.FAILED
        size = max(len(line) for line in flight.folder.journal.read_bytes().splitlines())
        assert size < 20_000
        out = attempt_folder(flight.folder, "switch") / "out"
        assert out.stat().st_size > 1_000_000, "the whole output is on the disk"


@pytest.mark.law(1)
async def test_a_full_disk_says_that_exit_0_proves_nothing(tmp_path: Path) -> None:
    """Law 1: an output that is incomplete has not shown what was expected of it."""
    text = card(sh("echo 9 of 9", id="switch", expect="9 of 9"))
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.idle()
    record = attempt_folder(flight.folder, "switch") / "exit"
    record.write_text(json.dumps(json.loads(record.read_bytes()) | {"disk_was_full": True}))
    journal = flight.folder.journal
    lines = journal.read_bytes().splitlines(keepends=True)
    begun = next(
        n for n, line in enumerate(lines) if b"step-started" in line and b'"switch"' in line
    )
    journal.write_bytes(b"".join(lines[: begun + 1]))
    async with flying(tmp_path, text) as flight:
        await flight.until_status("switch", StepStatus.UNKNOWN)
        assert "the disk was full" in flight.evidence("switch")
