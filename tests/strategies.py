"""Histories that may happen: every event as `objection` accepts it, on a card of a few names."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from checks.core.base import Outcome
from cockpit.card.model.plan import HEALTHY_STEP
from cockpit.card.model.steps import Part
from cockpit.journal import events as ev
from cockpit.state import State, apply
from cockpit.state.transitions import reason_illegal

SECTIONS = st.sampled_from(["preflight", "t-0", "done.technical"])
STEPS = st.sampled_from(["gate", "switch", "rollback.undo", HEALTHY_STEP])
BREAKERS = st.sampled_from(["demote", "freeze"])
OUTCOMES = st.sampled_from([Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.SKIPPED])
PARTS = st.sampled_from(list(Part))
ATTEMPTS = st.integers(1, 4)
RATIOS = st.floats(0, 1)
WORDS = st.text(max_size=12)
STATUSES = st.sampled_from(ev.MonitorStatus) | WORDS.map(ev.MonitorStatus)
FINITE = st.floats(-1e9, 1e9)

RUN = ev.RunStarted(
    run="run",
    card="card.yaml",
    card_sha256="0" * 64,
    service="shop",
    environment="staging",
    stable="1.0.0",
    canary="1.1.0",
    opens="2026-03-01T02:00:00+00:00",
    closes="2026-03-01T03:00:00+00:00",
)
SAMPLES = st.builds(
    ev.MonitorSample,
    state=STATUSES,
    value=st.none() | FINITE,
    samples=st.integers(0, 1000),
    note=WORDS,
    since_s=st.none() | FINITE,
    trips_at_s=st.none() | FINITE,
    learning=st.booleans(),
)
EVENTS: st.SearchStrategy[ev.Event] = st.one_of(
    st.builds(
        ev.SessionOpened,
        operator=WORDS,
        host=st.just("here"),
        boot=st.sampled_from(["boot-1", "boot-2"]),
        resumed=st.booleans(),
    ),
    st.builds(ev.SessionClosed, reason=WORDS),
    st.builds(ev.SectionStarted, section=SECTIONS),
    st.builds(ev.SectionEnded, section=SECTIONS),
    st.builds(
        ev.StepStarted,
        step=STEPS,
        attempt=ATTEMPTS,
        action=st.booleans(),
        command=WORDS,
        changes=st.none() | PARTS,
        watches=st.dictionaries(st.sampled_from(["p95", "errors"]), st.floats(0.1, 60)),
    ),
    st.builds(
        ev.StepEnded,
        step=STEPS,
        attempt=ATTEMPTS,
        outcome=OUTCOMES,
        evidence=WORDS,
        details=st.lists(WORDS, max_size=3).map(tuple),
        figures=st.dictionaries(st.sampled_from(["restore_s", "bytes"]), st.floats(0, 1e6)),
    ),
    st.builds(ev.StepDoubted, step=STEPS, attempt=ATTEMPTS, evidence=WORDS),
    st.builds(ev.Waived, step=STEPS, name=WORDS, reason=WORDS),
    st.builds(ev.MarkedDone, step=STEPS, name=WORDS, reason=WORDS),
    st.builds(ev.Held, reason=WORDS),
    st.builds(ev.Released),
    st.builds(ev.TrafficOrdered, share=RATIOS, step=STEPS),
    st.builds(ev.StepProgressed, step=STEPS, attempt=ATTEMPTS, text=WORDS),
    st.builds(
        ev.TrafficObserved,
        canary=st.integers(0, 100),
        total=st.integers(0, 100),
        share=RATIOS,
        margin=RATIOS,
    ),
    st.builds(
        ev.MonitorsSampled, monitors=st.dictionaries(st.sampled_from(["p95", "errors"]), SAMPLES)
    ),
    st.builds(
        ev.MonitorChanged, monitor=st.just("p95"), before=STATUSES, after=STATUSES, text=WORDS
    ),
    st.builds(ev.BreakerArmed, breaker=BREAKERS, command=WORDS, lasts_s=st.floats(0, 10)),
    st.builds(ev.BreakerDisarmed, breaker=BREAKERS, reason=WORDS),
    st.builds(ev.BreakerFired, breaker=BREAKERS, attempt=ATTEMPTS, command=WORDS),
    st.builds(ev.BreakerActed, breaker=BREAKERS, attempt=ATTEMPTS, evidence=WORDS),
    st.builds(
        ev.BreakerEnded, breaker=BREAKERS, attempt=ATTEMPTS, outcome=OUTCOMES, evidence=WORDS
    ),
    st.builds(
        ev.RollbackStarted,
        parts=st.lists(PARTS, unique=True).map(tuple),
        steps=st.just(("rollback.undo",)),
        reason=WORDS,
        automatic=st.booleans(),
    ),
    st.builds(ev.RollbackEnded, outcome=OUTCOMES, evidence=WORDS),
    st.builds(
        ev.CardAccepted, name=WORDS, card_sha256=WORDS, edits=st.lists(WORDS, max_size=2).map(tuple)
    ),
    st.builds(ev.FaultInjected, fault=WORDS, on=st.booleans()),
    st.builds(ev.WindowWaived, name=WORDS, reason=WORDS, closed=st.booleans()),
    st.builds(ev.Decided, word=WORDS, reasons=st.lists(WORDS, max_size=2).map(tuple)),
    st.builds(ev.ReportWritten, path=WORDS, sha256=WORDS),
    st.builds(ev.Noted, text=WORDS),
    st.builds(
        ev.RunEnded,
        word=WORDS,
        reasons=st.lists(WORDS, max_size=2).map(tuple),
        exit_status=st.integers(0, 3),
    ),
)


@dataclass(frozen=True)
class Said:
    """An event, and what the clocks do before it: seconds that pass, a step of the wall clock."""

    event: ev.Event
    passes_s: float
    steps_s: float


SAID = st.builds(
    Said,
    event=EVENTS,
    passes_s=st.floats(0, 500),
    steps_s=st.just(0.0) | st.floats(-5000, 5000),
)


@st.composite
def histories(draw: Callable[..., object], most: int = 40) -> list[Said]:
    """Return the events of a run, in a legal order."""
    state = apply(
        State(), ev.JournalEntry(1, "2026-03-01T02:00:00.000+00:00", 1000.0, "alice", RUN)
    )
    said = [Said(RUN, 0.0, 0.0)]
    for one in draw(st.lists(SAID, max_size=most)):  # type: ignore[attr-defined]
        if reason_illegal(state, one.event) is None:
            said.append(one)
            entry = ev.JournalEntry(len(said), state.last_at, 1000.0, "alice", one.event)
            state = apply(state, entry)
    return said
