"""A run as it is put together: control, journal, engine, decision, report."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.control.observer import Observer
from cockpit.control.open_run import Opening, OpenRun, opened
from cockpit.engine import orders
from cockpit.engine.autopilot import Autopilot, GivenAnswer
from cockpit.foundation import second_place
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import ControlError, EditedCardError, JournalError, UsageError
from cockpit.foundation.own_files import write_regular
from cockpit.journal import events as ev
from cockpit.journal.file import JournalWriter
from cockpit.projections.decision import Word
from cockpit.runtime.run_folder import Beginning, RunFolder, create
from cockpit.state import StepStatus
from tests.clocks import ManualClock
from tests.engine.kit import ENV, READY, card, sh

FULL = OSError(28, "No space left on device")
GATE = {"check": "command", "run": "true", "id": "gate"}


def folder(tmp_path: Path, text: str, **beginning: Any) -> RunFolder:
    now = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    return create(tmp_path / "runs", text, now, Beginning("card.yaml", **beginning))


def opening(run: RunFolder, operator: str = "alice", **env: str) -> Opening:
    place = run.path.parent.parent / "place"
    place.mkdir(exist_ok=True)
    return Opening(run, operator, {**ENV, **env}, place, SystemClock())


async def fly(running: OpenRun, *names: str, last: str | None = None) -> tuple[str, ...]:
    given = {name: GivenAnswer("Ann") for name in names}
    return await asyncio.wait_for(Autopilot(running.engine, given.get, last).fly(), 20)


@pytest.mark.law(6)
async def test_all_the_way_to_go(tmp_path: Path) -> None:
    """Law 6: decision, report and end are in the journal, and the report is what it says."""
    done = {"technical": [{"confirm": "fine?", "id": "fine"}]}
    run = folder(tmp_path, card(sh("echo done", id="switch"), preflight=[GATE], done=done))
    async with opened(opening(run), run.beginning()) as running:
        assert await fly(running, "fine") == ()
        decision = await running.conclude()
        assert decision.word is Word.GO
        await running.conclude()
        assert running.session.state.ended is not None
        live = running.session.state
    state = run.state()
    assert state.open is False
    assert state.ended == live.ended
    assert state.decision is not None
    assert state.decision.word == "GO"
    assert state.report is not None
    report = (run.path / "report.md").read_bytes()
    assert state.report.path == str(run.path / "report.md")
    assert hashlib.sha256(report).hexdigest() == state.report.sha256
    assert b"## Decision: GO" in report
    kinds = [entry.event.kind for entry in run.entries()]
    assert kinds.count("run-ended") == 1
    assert kinds[:2] == ["run-started", "session-opened"]
    assert kinds[-1] == "session-closed"


async def test_a_second_cockpit_is_refused_and_leaves_the_journal_alone(tmp_path: Path) -> None:
    run = folder(tmp_path, card())
    async with opened(opening(run), run.beginning()):
        before = run.journal.read_bytes()
        with pytest.raises(ControlError, match=r"under the control of alice \(process \d+ on"):
            async with opened(opening(run, "bob"), None):
                pass
        assert run.journal.read_bytes() == before
    async with opened(opening(run, "bob"), None) as running:
        assert running.session.state.operator == "bob"
        assert running.session.state.resumes == 1


@pytest.mark.law(4)
@pytest.mark.parametrize("place", ["missing", "on-the-same-disk"])
async def test_it_is_said_before_the_preflight_where_there_is_no_second_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Law 4: a full disk stops no breaker, but where else its record is kept must be known."""
    (tmp_path / "on-the-same-disk").mkdir(mode=0o700)
    monkeypatch.setattr(second_place, "OTHERS", (tmp_path / place,))
    run = folder(tmp_path, card())
    async with opened(opening(run), run.beginning()):
        notes = [e.event.text for e in run.entries() if isinstance(e.event, ev.Noted)]
    assert [note.partition(":")[0] for note in notes] == [
        "there is no second place beside the disk of this run"
    ]


async def test_a_failed_step_stops_the_flight_and_leaves_the_run_open(tmp_path: Path) -> None:
    run = folder(tmp_path, card(sh("exit 1", id="switch"), preflight=[GATE]))
    async with opened(opening(run), run.beginning()) as running:
        assert await fly(running) == ()
        assert (await running.conclude()).word is Word.NO_GO
        assert running.session.state.ended is None
        assert await fly(running) == (), "and a second flight orders nothing"
        assert running.session.state.steps["switch"].attempt == 1


@pytest.mark.law(1)
async def test_where_a_person_is_wanted_the_flight_stops_and_says_so(tmp_path: Path) -> None:
    """Law 1: nobody's word is nobody's yes."""
    run = folder(tmp_path, card({"confirm": "sure?", "id": "sure"}, preflight=[READY, GATE]))
    async with opened(opening(run), run.beginning()) as running:
        assert await fly(running) == ("ready",)
        assert running.session.state.status("gate") is StepStatus.PASSED
    async with opened(opening(run), None) as running:
        assert await fly(running, "ready") == ("sure",)
    async with opened(opening(run), None) as running:
        assert await fly(running, "sure") == ()
        assert (await running.conclude()).word is Word.GO


async def test_a_flight_may_end_after_a_phase(tmp_path: Path) -> None:
    run = folder(tmp_path, card(sh("true", id="switch"), preflight=[GATE]))
    async with opened(opening(run), run.beginning()) as running:
        await fly(running, last="preflight")
        assert running.session.state.status("switch") is None


@pytest.mark.law(7)
async def test_a_rollback_that_was_refused_leaves_the_run_open(tmp_path: Path) -> None:
    """Law 7: so that it can be ordered once more; one that went well ends it."""
    rollback = {
        "healthy": {"check": "command", "run": "false"},
        "database": [sh("true", id="undo")],
    }
    text = card(sh("true", id="x", changes="database"), READY | {"id": "w"}, preflight=[GATE])
    run = folder(tmp_path, text.replace("phases:", f"rollback: {rollback}\nphases:"))
    async with opened(opening(run), run.beginning()) as running:
        assert await fly(running) == ("w",)
        for outcome in (Outcome.FAILED, Outcome.PASSED):
            await running.engine.order(orders.RollBack("so"))
            await asyncio.wait_for(running.engine.idle(), 10)
            state = running.session.state
            assert state.rollback is not None
            assert state.rollback.outcome is outcome
            assert (await running.conclude()).word is Word.NO_GO
            assert (running.session.state.ended is None) is (outcome is Outcome.FAILED)


@pytest.mark.law(4)
async def test_a_full_disk_ends_a_headless_flight_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4: no step begins, and nothing is ordered in vain again and again."""
    run = folder(tmp_path, card(preflight=[GATE]))
    async with opened(opening(run), run.beginning()) as running:

        async def full(*_: Any, **__: Any) -> None:
            raise FULL

        with monkeypatch.context() as patched:
            patched.setattr(JournalWriter, "append", full)
            with pytest.raises(JournalError, match="No space left on device"):
                await fly(running)
    assert run.state().steps == {}


@pytest.mark.law(4)
async def test_a_run_is_taken_over_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4: its breakers are within reach; a new run cannot begin, and says why."""
    breaker = {"breaker": "freeze", "key": "f3", "run": "touch frozen", "within": "1s"}
    breaker["verify"] = {"check": "command", "run": "test -e frozen"}
    run = folder(tmp_path, card(preflight=[GATE], breakers=[breaker]))
    async with opened(opening(run), run.beginning()):
        pass

    async def full(*_: Any, **__: Any) -> None:
        raise FULL

    with monkeypatch.context() as patched:
        patched.setattr(JournalWriter, "append", full)
        async with opened(opening(run), None) as running:
            assert running.session.state.journal_fault
            await running.engine.order(orders.Arm("freeze"))
            await running.engine.order(orders.Fire("freeze"))
            done = running.session.until(lambda now: now.breakers["freeze"].status == "verified")
            await asyncio.wait_for(done, 10)
        other = folder(tmp_path, card())
        with pytest.raises(JournalError, match="No space left"):
            async with opened(opening(other), other.beginning()):
                pass


@pytest.mark.law(8)
async def test_no_secret_of_a_title_reaches_the_report(tmp_path: Path) -> None:
    """Law 8: nor anything else that is kept beside the card itself."""
    secret = "correct-horse-BATTERY"
    steps = {"check": "command", "run": f"sh -c 'echo {secret}; exit 1'", "title": f"with {secret}"}
    text = card(preflight=[steps | {"id": "gate"}], secrets=["KEY"])
    run = folder(tmp_path, text)
    async with opened(opening(run, KEY=secret), run.beginning()) as running:
        await fly(running)
        await running.engine.order(orders.Waive("gate", "Ann", f"it is {secret}"))
        running.engine.context.report()
    for path in run.path.rglob("*"):
        if path.is_file() and not path.name.startswith("card"):
            assert secret not in path.read_text(), path
    assert "with •••KEY•••" in (run.path / "report.md").read_text()


@pytest.mark.law(10)
async def test_a_rehearsal_is_one_and_keeps_its_pace(tmp_path: Path) -> None:
    """Law 10: the run says so itself, and it is so after a restart too."""
    run = folder(tmp_path, card({"hold": "10m", "id": "hold"}), rehearsal=True, speed=60.0)
    assert run.id.startswith("R")
    for beginning in (run.beginning(), None):
        async with opened(opening(run), beginning) as running:
            began = running.session.state.run
            assert began is not None
            assert (began.rehearsal, began.environment) == (True, "rehearsal")
            assert running.engine.context.plan.find("hold").step.hold == 10.0
            async with running.engine.context.tools.http(1.0) as client:
                with pytest.raises(Exception, match="a rehearsal reaches loopback only"):
                    await client.get("http://192.0.2.1/")


@pytest.mark.law(6)
async def test_the_decision_is_written_when_its_word_changes(tmp_path: Path) -> None:
    """Law 6: and not at each of its reasons."""
    run = folder(tmp_path, card(sh("exit 1", id="switch"), preflight=[GATE]))
    async with opened(opening(run), run.beginning()) as running:
        await fly(running)
        await running.session.until(lambda now: now.decision and now.decision.word == "NO-GO")
    decided = [entry.event for entry in run.entries() if isinstance(entry.event, ev.Decided)]
    assert [event.word for event in decided] == ["HOLD", "NO-GO"]
    assert decided[1].reasons[0] == "exit 1 failed: exit 1: "


@pytest.mark.law(2)
async def test_killed_between_its_end_and_its_report(tmp_path: Path) -> None:
    """Law 2: the next opening writes it, once."""
    run = folder(tmp_path, card(READY | {"id": "x"}, preflight=[GATE]))
    async with opened(opening(run), run.beginning()) as running:
        await fly(running, "x")
        end = ev.RunEnded(word="GO", reasons=(), exit_status=0)
        await running.session.record(end)
    assert not (run.path / "report.md").exists()
    for _ in range(2):
        async with opened(opening(run), None) as running:
            assert running.session.state.end_reported
    assert "## Decision: GO" in (run.path / "report.md").read_text()
    kinds = [entry.event.kind for entry in run.entries()]
    assert kinds.count("report-written") == 1


@pytest.mark.law(1)
async def test_the_decision_of_the_record_is_that_of_the_screen(tmp_path: Path) -> None:
    """Law 1: data ages without an entry, and the record says so at that instant too."""
    clock = ManualClock()
    done = {"technical": [READY | {"id": "fine", "fresh_for": "5m"}]}
    run = folder(tmp_path, card(READY | {"id": "x"}, preflight=[READY], done=done))
    async with opened(replace(opening(run), clock=clock), run.beginning()) as running:
        await fly(running, "ready", "x", "fine")
        await running.session.until(lambda now: now.decision and now.decision.word == "GO")
        await clock.advance(302)
        assert running.decision().word is Word.HOLD
        waits = running.session.until(lambda now: now.decision and now.decision.word == "HOLD")
        await asyncio.wait_for(waits, 10)
    decided = [one for one in run.entries() if isinstance(one.event, ev.Decided)]
    assert [one.event.word for one in decided] == ["HOLD", "GO", "HOLD"]
    assert {one.by for one in decided} == {"the cockpit"}


@pytest.mark.law(2)
@pytest.mark.parametrize("removed", [["control.lock"], ["control.lock", "journal.jsonl"]])
async def test_removing_files_brings_nobody_else_to_control(
    tmp_path: Path, removed: list[str]
) -> None:
    """Law 2: two in control would break the journal for ever."""
    run = folder(tmp_path, card(preflight=[GATE]))
    async with opened(opening(run), run.beginning()) as running:
        kept = run.journal.read_bytes()
        for name in removed:
            (run.path / name).unlink()
        with pytest.raises(ControlError, match="under the control of another cockpit"):
            async with opened(opening(run, "bob"), None):
                pass
        if run.journal.exists():
            await fly(running, last="preflight")
        else:
            with pytest.raises(JournalError, match="removed, moved or replaced"):
                await fly(running)
            assert running.session.state.steps == {}, "no step begins without its intent"
            assert not run.journal.exists()
    if run.journal.exists():
        assert run.journal.read_bytes().startswith(kept)
        assert run.state().status("gate") is StepStatus.PASSED


@pytest.mark.parametrize("kind", ["a symbolic link", "a pipe"])
@pytest.mark.parametrize(
    "name", ["control.lock", "journal.jsonl", "card.yaml", "beginning.json", "report.md", "steps"]
)
async def test_a_link_or_a_pipe_in_the_folder_is_refused(
    tmp_path: Path, name: str, kind: str
) -> None:
    """It is never followed: what it leads to belongs to somebody else."""
    run = folder(tmp_path, card(preflight=[GATE]))
    async with opened(opening(run), run.beginning()):
        pass
    target = tmp_path / "precious"
    if (run.path / name).exists():
        (run.path / name).rename(target)
    else:
        target.mkdir()
    before = sorted(target.iterdir()) if target.is_dir() else target.read_bytes()
    if kind == "a pipe":
        os.mkfifo(run.path / name)
    else:
        (run.path / name).symlink_to(target)
    with pytest.raises(JournalError, match=f"{name} is {kind}: a run's folder holds only"):
        async with opened(opening(run), None):
            pass
    assert before == (sorted(target.iterdir()) if target.is_dir() else target.read_bytes())


async def test_somebody_elses_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever owns it could put there what the run would execute."""
    run = folder(tmp_path, card(preflight=[GATE]))
    async with opened(opening(run), run.beginning()):
        pass
    run.path.chmod(0o777)
    with pytest.raises(UsageError, match="can be written by every user of this machine"):
        async with opened(opening(run), None):
            pass
    run.path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(UsageError, match="belongs to the user with the number"):
        async with opened(opening(run), None):
            pass
    with pytest.raises(UsageError, match="use a folder of your own"):
        folder(tmp_path, card())


BREAKER = {"breaker": "freeze", "key": "f3", "run": "touch frozen", "within": "1s"} | {
    "verify": {"check": "command", "run": "test -e frozen"}
}


async def edited(tmp_path: Path) -> tuple[RunFolder, Path]:
    """Return a run that passed its preflight and whose next step and breaker were edited then."""
    steps = (sh("echo yes > begun", id="switch"),)
    run = folder(tmp_path, card(*steps, preflight=[GATE], breakers=[BREAKER]))
    async with opened(opening(run), run.beginning()) as running:
        await fly(running, last="preflight")
    text = run.card_text().replace("> begun", "> edited").replace("touch frozen", "touch melted")
    write_regular(run.card, text)
    return run, opening(run).workplace


@pytest.mark.law(2)
async def test_an_edited_card_runs_only_in_a_persons_name(tmp_path: Path) -> None:
    """Law 2: and the record says who accepted it, and what differs."""
    run, place = await edited(tmp_path)
    before = run.journal.read_bytes()
    with pytest.raises(
        EditedCardError, match=r"changed: step switch, breaker freeze\n.*line \d+ was"
    ):
        async with opened(opening(run), None):
            pass
    assert run.journal.read_bytes() == before
    async with opened(replace(opening(run), accepts="Ann"), None) as running:
        await fly(running)
    assert (place / "edited").exists()
    assert not (place / "begun").exists()
    accepted = [one.event for one in run.entries() if isinstance(one.event, ev.CardAccepted)]
    assert [event.name for event in accepted] == ["Ann"]
    assert any("> begun" in line for line in accepted[0].edits)
    assert any("> edited" in line for line in accepted[0].edits)
    async with opened(opening(run), None) as running:
        assert running.session.state.resumes == 2, "what was accepted is not asked for again"


@pytest.mark.law(4)
async def test_a_breaker_of_an_edited_card_is_the_one_that_was_begun(tmp_path: Path) -> None:
    """Law 4: it waits for nobody's word, and nobody has changed it in between."""
    run, place = await edited(tmp_path)
    async with opened(replace(opening(run), goes_on=orders.GoesOn.NOTHING), None) as running:
        await running.engine.order(orders.Arm("freeze"))
        await running.engine.order(orders.Fire("freeze"))
        done = running.session.until(lambda now: now.breakers["freeze"].status == "verified")
        await asyncio.wait_for(done, 10)
    assert (place / "frozen").exists()
    assert not (place / "melted").exists()
    assert "was edited and is not used" in run.journal.read_text()


@pytest.mark.law(1)
async def test_the_decision_is_on_the_card_that_is_run(tmp_path: Path) -> None:
    """Law 1: a step that was deleted from the run's card is still asked for."""
    run, _ = await edited(tmp_path)
    write_regular(run.card, card(preflight=[GATE]))
    assert "> begun" in run.card_as_run(run.state())
    seen = Observer(run, SystemClock())
    await seen.catch_up()
    assert seen.plan.find("switch")
    for kept in run.path.glob("card-*.yaml"):
        kept.unlink()
    with pytest.raises(JournalError, match="put back the one whose SHA-256 is"):
        run.card_as_run(run.state())
