"""Legal, appended, applied, published: in this order, for everything that is said."""

import asyncio
import errno
from pathlib import Path

import pytest

from checks.core.base import Outcome
from cockpit.foundation.errors import JournalError, UsageError
from cockpit.foundation.redaction import Redactor
from cockpit.journal import events as ev
from cockpit.journal.file import JournalWriter
from cockpit.journal.journal_reader import read
from cockpit.runtime.session import LINES_MOST_CHARACTERS, Session
from cockpit.state import fold
from tests.clocks import ManualClock
from tests.engine.kit import Memory
from tests.strategies import RUN

SECRET = "correct-horse"
FULL = OSError(errno.ENOSPC, "No space left on device")


async def begun(journal: Memory, redactor: Redactor | None = None) -> Session:
    session = Session(journal, ManualClock(), redactor or Redactor({}), "alice")
    await session.record(RUN)
    return session


async def test_what_is_not_legal_is_refused_and_leaves_no_trace() -> None:
    session = await begun(journal := Memory())
    with pytest.raises(UsageError, match="the run has begun already; run-started was not recorded"):
        await session.record(RUN)
    assert len(journal.lines) == 1


@pytest.mark.law(2)
@pytest.mark.law(4)
async def test_an_intent_that_the_disk_refuses_does_not_hold() -> None:
    """Law 2 and law 4: nothing may begin; what happens all the same holds, and is kept."""
    session = await begun(journal := Memory())
    journal.error = FULL
    with pytest.raises(JournalError, match="cannot be written: No space left on device"):
        await session.intend(ev.SectionStarted(section="t-0"))
    await session.record(ev.Noted(text="one"))
    await session.record(ev.Noted(text="two"))
    assert session.state.sections == {}
    assert len(session.state.feed) == 3
    journal.error = None
    await session.intend(ev.SectionStarted(section="t-0"))
    assert journal.kinds() == ["run-started", "noted", "noted", "section-started"]
    assert session.state.journal_fault == ""
    assert fold(journal.entries()) == session.state


@pytest.mark.law(6)
async def test_an_intent_that_comes_too_late_holds_and_begins_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Law 6: it may reach the disk after all, so the state must know it."""
    monkeypatch.setattr("cockpit.journal.write_buffer.APPEND_TIMEOUT_S", 0.02)
    session = await begun(journal := Memory())
    journal.answers.clear()
    with pytest.raises(JournalError, match="does not answer"):
        await session.intend(ev.SectionStarted(section="preflight"))
    await session.record(ev.Noted(text="meanwhile"))
    with pytest.raises(JournalError):
        await session.intend(ev.SectionStarted(section="t-0"))
    journal.answers.set()
    await asyncio.wait_for(session.until(lambda now: not now.journal_fault), 5)
    assert journal.kinds() == ["run-started", "section-started", "noted"]
    assert fold(journal.entries()) == session.state


@pytest.mark.law(9)
async def test_lines_that_wait_are_bounded_and_samples_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Law 9: a disk that is full for hours fills no memory; events outlive samples."""
    monkeypatch.setattr("cockpit.journal.write_buffer.UNWRITTEN_MOST", 20)
    session = await begun(journal := Memory())
    journal.error = FULL
    for number in range(15):
        await session.record(ev.Noted(text=str(number)))
        await session.record(ev.MonitorsSampled(monitors={}))
    journal.error = None
    await session.record(ev.Noted(text="at last"))
    notes = [line["event"]["text"] for line in journal.lines if line["event"]["kind"] == "noted"]
    assert notes == [*map(str, range(15)), "at last"]
    assert len(journal.lines) == 21


@pytest.mark.law(6)
async def test_a_cancelled_caller_tears_nothing() -> None:
    """Law 6: line and state stay together, whoever is cancelled."""
    session = await begun(journal := Memory())
    journal.answers.clear()
    saying = asyncio.create_task(session.record(ev.Noted(text="said")))
    turn = asyncio.Event()
    asyncio.get_running_loop().call_soon(turn.set)
    await turn.wait()
    saying.cancel()
    journal.answers.set()
    await session.settled()
    assert fold(journal.entries()) == session.state
    assert journal.kinds() == ["run-started", "noted"]


@pytest.mark.law(8)
@pytest.mark.parametrize(
    "event",
    [
        ev.StepStarted(step="x", attempt=1, action=True, command=f"curl -H {SECRET}"),
        ev.Noted(text=f"postgres://app:{SECRET}@db/app"),
        ev.Held(reason=SECRET),
        ev.BreakerArmed(breaker="b", argument=f"/{SECRET}", command=SECRET, lasts_s=1),
        ev.Decided(word="HOLD", reasons=(f"x {SECRET}", "y")),
        ev.MonitorsSampled(
            monitors={
                "p95": ev.MonitorSample(state=ev.MonitorStatus.OK, value=1, samples=1, note=SECRET)
            }
        ),
        ev.ReportWritten(path=f"/{SECRET}", sha256=""),
        ev.RollbackStarted(parts=(), steps=(), reason=SECRET, automatic=False),
        ev.SessionOpened(operator=SECRET, host=SECRET, boot=""),
    ],
    ids=lambda event: event.kind,
)
async def test_no_secret_comes_in(event: ev.Event) -> None:
    """Law 8: redacted once, here, before it is in the state or in the journal; the name of who says
    it, too."""
    session = await begun(journal := Memory(), Redactor({"KEY": SECRET}))
    await session.record(event, by=f"alice {SECRET}")
    said = f"{session.state} {journal.lines}"
    assert SECRET not in said
    assert "•••" in said


@pytest.mark.law(8)
async def test_evidence_waivers_and_details_are_redacted_too() -> None:
    """Law 8."""
    session = await begun(journal := Memory(), Redactor({"KEY": SECRET}))
    await session.record(ev.StepStarted(step="x", attempt=1, action=False))
    ended = ev.StepEnded(
        step="x", attempt=1, outcome=Outcome.FAILED, evidence=SECRET, details=("a", SECRET)
    )
    await session.record(ended)
    await session.record(ev.Waived(step="x", name="Ann", reason=f"it is {SECRET}"))
    assert SECRET not in f"{session.state} {journal.lines}"


async def test_a_secret_that_is_also_a_name_of_the_card_changes_no_name() -> None:
    """Names of steps tell things apart: a weak password must not break a cutover."""
    session = await begun(Memory(), Redactor({"PASSWORD": "switch"}))
    await session.record(ev.StepStarted(step="t-0.switch", attempt=1, action=False))
    assert "t-0.switch" in session.state.steps
    monitors = {"switch": ev.MonitorSample(state=ev.MonitorStatus.OK, value=1.0, samples=1)}
    await session.record(ev.MonitorsSampled(monitors=monitors))
    assert "switch" in session.state.monitors


@pytest.mark.law(9)
async def test_hostile_text_is_plain_and_short(tmp_path: Path) -> None:
    """Law 9: and a line of the journal can be read again, whatever a check says."""
    hostile = "\x1b]0;owned\x07\x1b[31mred\x00\u202e\ud800" + "x" * 1_000_000
    with JournalWriter.open(tmp_path / "journal") as writer:
        session = Session(writer, ManualClock(), Redactor({}), "alice")
        await session.record(RUN)
        await session.record(ev.StepStarted(step="x", attempt=1, action=False))
        details = (hostile[:5000],) * 3000
        ended = ev.StepEnded(
            step="x", attempt=1, outcome=Outcome.FAILED, evidence=hostile, details=details
        )
        await session.record(ended)
    state = fold(ev.decode(line) for line in read(tmp_path / "journal"))
    assert state == session.state
    step = state.steps["x"]
    assert step.evidence.startswith("red␀��")
    assert len(step.evidence) == 4000
    assert sum(map(len, step.details)) < LINES_MOST_CHARACTERS + 100
    assert step.details[-1].endswith("more lines")


@pytest.mark.law(1)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
async def test_no_number_is_no_data(value: float) -> None:
    """Law 1: NaN that says ok is blind, and the journal has no NaN in it."""
    session = await begun(journal := Memory())
    sample = ev.MonitorSample(state=ev.MonitorStatus.OK, value=value, samples=9)
    await session.record(ev.MonitorsSampled(monitors={"p95": sample}))
    assert session.state.monitors["p95"].state == "blind"
    assert session.state.monitors["p95"].value is None
    assert fold(journal.entries()) == session.state


async def test_who_waits_is_told_of_each_change() -> None:
    session = await begun(Memory())
    before = session.state
    waiting = [asyncio.create_task(session.changed(before)) for _ in range(3)]
    told: list[str] = []
    session.subscribe(lambda _, entry: told.append(entry.event.kind))
    await session.record(ev.Noted(text=""))
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert told == ["noted"]
