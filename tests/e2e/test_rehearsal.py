"""The whole card in an embedded world: GO when nothing is wrong, and each fault by its name."""

import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.card.model.plan import plan
from cockpit.card.packaged import card
from cockpit.rehearsal.scenarios import scenario
from tests.e2e.rehearsals import ALL_EFFECTS, Rehearsal, left_alive

DONE = {item.id for group in plan(card()).done for item in group.items}

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rehearsal")]


def test_a_calm_rehearsal_is_go_and_leaves_no_process(rehearsal: Rehearsal) -> None:
    rehearsal = replace(rehearsal, speed=60)
    program = rehearsal.start()
    program.until("cutover t-30")
    pids = rehearsal.pids()
    said = program.ended()
    assert said.status == 0, said.err
    assert (said.document["decision"], said.document["exit_status"]) == ("GO", 0)
    assert said.out.count("\n") == 1
    assert said.document["traffic"] == {"ordered": 1.0, "seen": 1.0}
    done = {name: step for name, step in said.document["steps"].items() if name in DONE}
    assert len(done) == 16
    assert {step["status"] for step in done.values()} == {"passed"}
    assert rehearsal.effects() == ALL_EFFECTS
    assert len(pids) == 7
    assert left_alive(pids) == []
    assert (rehearsal.run / "report.md").is_file()
    again = rehearsal.resume().ended()
    assert (again.status, again.document["decision"]) == (0, "GO")
    forget_the_report(rehearsal.run)
    late = rehearsal.resume().ended()
    assert (late.status, late.document["decision"]) == (0, "GO")
    assert (rehearsal.run / "report.md").is_file()


def forget_the_report(run: Path) -> None:
    """Leave the run as a cockpit does that is killed right after its end."""
    (run / "report.md").unlink()
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    end = next(n for n, line in enumerate(lines) if b'"kind":"run-ended"' in line)
    (run / "journal.jsonl").write_bytes(b"".join(lines[: end + 1]))


@pytest.mark.law(5)
def test_latency_at_the_canary_is_rolled_back_and_says_what_tripped(rehearsal: Rehearsal) -> None:
    """Law 5: the traffic was seen at 0 %, not only ordered there."""
    said = replace(rehearsal, speed=60).play("--scenario", "latency-at-canary")
    expected = scenario("latency-at-canary").expected
    assert (said.status, said.document["decision"]) == (1, expected), said.err
    assert said.document["traffic"]["ordered"] == 0
    assert said.document["traffic"]["seen"] < 0.02
    first = said.document["reasons"][0]
    assert first.startswith("rolled back traffic, canary traffic observed at 0 %: p95 tripped: ")
    assert re.search(r" ms (\(.*\) )?over 250 ms for 5 s \(\d+ samples\)", first), first
    assert rehearsal.effects()[-2:] == ["traffic --canary 5", "traffic --canary 0"]


def test_errors_at_the_canary_are_rolled_back(rehearsal: Rehearsal) -> None:
    said = rehearsal.play("--scenario", "errors-at-canary")
    expected = scenario("errors-at-canary").expected
    assert (said.status, said.document["decision"]) == (1, expected), said.err
    assert "5xx tripped: " in said.document["reasons"][0]
    assert " over 0.50 % for 2 s (" in said.document["reasons"][0]
    assert said.document["traffic"]["seen"] < 0.02
    report = (rehearsal.run / "report.md").read_text()
    assert "## Faults injected in this rehearsal" in report
    assert "fault errors-at-canary injected by " in report


@pytest.mark.law(1)
@pytest.mark.parametrize("name", ["metrics-gone", "hung-target"])
def test_what_cannot_be_measured_is_no_go_ahead(rehearsal: Rehearsal, name: str) -> None:
    """Law 1: no data is never green."""
    said = replace(rehearsal, speed=60).play("--scenario", name)
    assert (said.status, said.document["decision"]) == (3, scenario(name).expected), said.err
    assert any("blind" in reason or "unknown" in reason for reason in said.document["reasons"])
    assert "traffic --canary 100" not in rehearsal.effects()


def test_a_failing_step_stops_the_cutover(rehearsal: Rehearsal) -> None:
    said = rehearsal.play("--scenario", "failing-step")
    expected = scenario("failing-step").expected
    assert (said.status, said.document["decision"]) == (1, expected), said.err
    assert any("cutover t-10 failed: exit 1" in reason for reason in said.document["reasons"])
    assert rehearsal.effects() == ["cutover t-30", "cutover t-10"]
    assert "cockpit rehearse --resume" in "".join(said.document["next"])


def test_two_at_once_do_not_meet_and_the_killed_one_leaves_no_process(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    """Also: an interrupted rehearsal ends only its own world, and control is not taken over."""
    (tmp_path / "beside").mkdir()
    one, two = rehearsal, Rehearsal.in_folder(tmp_path / "beside")
    first, second = one.start("--as", "alice"), two.start()
    first.until("cutover t-30 passed")
    second.until("cutover t-30 passed")
    beside = one.resume().ended()
    assert (beside.status, beside.document["exit_status"]) == (4, 4)
    assert "under the control of alice" in beside.err
    pids = one.pids()
    first.kill()
    assert left_alive(pids) == []
    pids = two.pids()
    second.signal(signal.SIGTERM)
    said = second.ended()
    assert said.status == 130
    assert f"cockpit rehearse --headless --resume {two.run.name}" in said.err
    assert "Traceback" not in said.err
    assert left_alive(pids) == []


def test_one_in_control_is_met_while_its_world_starts(rehearsal: Rehearsal) -> None:
    """A second rehearsal does not remove the world that the first one is starting."""
    first = rehearsal.start()
    first.until("run R")
    beside = rehearsal.resume().ended()
    assert beside.status == 4
    first.until("preflight begun")
    first.signal(signal.SIGINT)
    assert first.ended().status == 130
