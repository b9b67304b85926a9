"""The screen is a fold of the journal."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.foundation.redaction import Redactor
from cockpit.journal import events as ev
from cockpit.journal.chain import Link, seal
from cockpit.journal.journal_reader import read
from cockpit.runtime.session import Session
from cockpit.state import State, StepStatus, apply, fold
from tests.clocks import ManualClock
from tests.engine.kit import Memory
from tests.strategies import RUN, Said, histories


async def live(said: list[Said]) -> tuple[list[State], Memory]:
    """Record all of it in a session; return the live state after each line, and the journal."""
    clock, journal = ManualClock(), Memory()
    session, states = Session(journal, clock, Redactor({}), "alice"), [State()]
    for one in said:
        await clock.advance(one.passes_s)
        clock.step(one.steps_s)
        await session.record(one.event)
        states.append(session.state)
    return states, journal


@pytest.mark.law(6)
@settings(max_examples=60)
@given(said=histories())
def test_any_legal_history_replays_to_the_live_state(said: list[Said]) -> None:
    """Law 6: exactly, every field of it, at every line."""
    states, journal = asyncio.run(live(said))
    state = State()
    for entry, then in zip(journal.entries(), states[1:], strict=True):
        state = apply(state, entry)
        assert state == then
    assert fold(journal.entries()) == states[-1]


@pytest.mark.law(6)
@settings(max_examples=40)
@given(said=histories(most=15), data=st.data())
def test_cut_anywhere_it_is_the_state_of_that_point(said: list[Said], data: st.DataObject) -> None:
    """Law 6: a crash may leave any part of the last line; what is whole is what was."""
    states, journal = asyncio.run(live(said))
    whole, ends, link = b"", [0], Link()
    for fields in journal.lines:
        line, written = seal(fields, link)
        whole, link = whole + written, line.link
        ends.append(len(whole))
    cut = data.draw(st.integers(0, len(whole)), label="cut after byte")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        path.write_bytes(whole[:cut])
        state = fold(ev.decode(line) for line in read(path))
    assert state == states[max(n for n, end in enumerate(ends) if end <= cut)]


@pytest.mark.law(13)
@settings(max_examples=40)
@given(said=histories())
def test_run_seconds_never_go_back(said: list[Said]) -> None:
    """Law 13: however the wall clock steps, within a boot and over a new one."""
    states, _ = asyncio.run(live(said))
    seconds = [state.now_s for state in states[1:]]
    assert seconds == sorted(seconds)
    assert seconds[0] == 0


def entry(
    event: ev.Event, at: str = "02:00:00", mono_s: float = 0.0, seq: int = 1
) -> ev.JournalEntry:
    return ev.JournalEntry(seq, f"2026-03-01T{at}.000+00:00", mono_s, "alice", event)


def opened(boot: str, *, resumed: bool = True) -> ev.SessionOpened:
    return ev.SessionOpened(operator="alice", host="here", boot=boot, resumed=resumed)


@pytest.mark.law(13)
@pytest.mark.parametrize(
    ("boot", "mono_s", "at", "now_s"),
    [
        ("one", 5060.0, "02:01:00", 60.0),
        ("one", 5060.0, "01:00:00", 60.0),
        ("two", 7.0, "02:01:00", 61.0),
        ("two", 7.0, "01:00:00", 1.0),
    ],
    ids=["the same boot", "the clock set back", "another boot", "another boot, the clock set back"],
)
def test_run_seconds_of_a_session_that_comes_back(
    boot: str, mono_s: float, at: str, now_s: float
) -> None:
    """Law 13: the wall clock bridges a reboot alone, and never backwards."""
    before = [
        entry(RUN, mono_s=5000.0),
        entry(opened("one", resumed=False), mono_s=5000.5),
        entry(ev.Noted(text=""), at="02:00:00", mono_s=5001.0),
    ]
    assert fold([*before, entry(opened(boot), at=at, mono_s=mono_s)]).now_s == pytest.approx(now_s)


@pytest.mark.law(1)
def test_a_session_that_comes_back_is_blind_and_keeps_trips() -> None:
    """Law 1: what was ok before nobody knows now; a trip is not forgotten."""
    samples = {
        "p95": ev.MonitorSample(state=ev.MonitorStatus.OK, value=0.1, samples=90, trips_at_s=9.0),
        "errors": ev.MonitorSample(state=ev.MonitorStatus.TRIPPED, value=0.5, samples=90),
    }
    state = fold(
        [
            entry(RUN),
            entry(opened("one", resumed=False)),
            entry(ev.MonitorsSampled(monitors=samples), mono_s=1.0),
            entry(opened("one"), mono_s=2.0),
        ]
    )
    assert {name: view.state for name, view in state.monitors.items()} == {
        "p95": "blind",
        "errors": "tripped",
    }
    assert state.monitors["p95"].trips_at_s is None
    assert state.monitors["errors"].value == 0.5


def test_a_trip_keeps_its_value_while_nothing_is_seen() -> None:
    seen = ev.MonitorSample(state=ev.MonitorStatus.TRIPPED, value=0.5, samples=90)
    unseen = ev.MonitorSample(state=ev.MonitorStatus.TRIPPED, value=None, samples=0)
    said = [entry(RUN)]
    said += [entry(ev.MonitorsSampled(monitors={"p95": one})) for one in (seen, unseen)]
    assert fold(said).monitors["p95"].value == 0.5


@pytest.mark.law(9)
def test_memory_is_bounded() -> None:
    """Law 9: a day of samples and notes keeps the newest of both."""
    state, sample = (
        fold([entry(RUN)]),
        ev.MonitorSample(state=ev.MonitorStatus.OK, value=0.1, samples=1),
    )
    for number in range(3000):
        state = apply(
            state, entry(ev.MonitorsSampled(monitors={"p95": sample}), mono_s=float(number))
        )
        state = apply(state, entry(ev.Noted(text=str(number))))
    assert len(state.monitors["p95"].series) == 1800
    assert len(state.feed) == 400
    assert state.feed[-1].event == ev.Noted(text="2999")


def test_the_steps_of_a_status() -> None:
    started = (ev.StepStarted(step=name, attempt=1, action=False) for name in ("b", "a"))
    state = fold([entry(RUN), *map(entry, started)])
    assert state.of(StepStatus.RUNNING) == ("b", "a")
    assert not state.settled("a")
    assert state.status("c") is None
