"""Each kind of event has its place in the rules, in the news and in the report."""

from collections.abc import Mapping
from typing import get_args

import pytest
from msgspec.structs import replace

from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Part
from cockpit.journal import events as ev
from cockpit.projections.narration import describe_event
from cockpit.report.markdown import _text as escaped
from cockpit.report.markdown import render
from cockpit.state import State, fold
from cockpit.state.transitions import reason_illegal
from tests.engine.kit import P95, READY, card
from tests.projections.test_narration import examples
from tests.strategies import RUN

CARD = loads(
    card(
        READY | {"id": "switch", "title": "Switch"},
        breakers=[{"breaker": "demote", "key": "f2", "run": "true", "title": "Demote"}],
        monitors=[P95],
        rollback={"application": [READY | {"id": "back"}]},
    )
)
EXAMPLES = examples()

BOOKKEEPING = "the cockpit's own bookkeeping"
A_FACT = "what was ordered, measured or came of a breaker is a fact, whatever the state"
NEVER_REFUSED: Mapping[type[ev.Event], str] = {
    ev.SessionOpened: BOOKKEEPING,
    ev.SessionClosed: BOOKKEEPING,
    ev.SectionEnded: BOOKKEEPING,
    ev.TrafficOrdered: A_FACT,
    ev.TrafficObserved: A_FACT,
    ev.MonitorsSampled: A_FACT,
    ev.MonitorChanged: A_FACT,
    ev.BreakerActed: A_FACT,
    ev.BreakerEnded: A_FACT,
    ev.Decided: "a decision may be recorded as often as it is taken",
    ev.ReportWritten: "a report may be written as often as anybody likes",
    ev.Noted: "no state depends on it",
}
SILENT: Mapping[type[ev.Event], str] = {
    ev.MonitorsSampled: "comes every second; what is news of it is a MonitorChanged",
    ev.TrafficObserved: "comes every second; what is news of it is in the end of its step",
    ev.StepProgressed: "comes every second, and is old a second later",
}
ELSEWHERE_IN_THE_REPORT: Mapping[type[ev.Event], str] = {
    ev.MonitorsSampled: "| p95 | ok | 148 ms | 250 ms for 5m | 40 |",
    ev.TrafficObserved: "Canary traffic: ordered 50 %, seen 50 % (2 of 2 requests).",
    ev.StepProgressed: "| Switch | running, try 2 | so |",
}
"""What the report says of an event that is silent in the news."""


def entries(*events: ev.Event) -> list[ev.JournalEntry]:
    return [
        ev.JournalEntry(seq, f"2026-03-01T02:00:{seq:02d}.000+00:00", float(seq), "alice", event)
        for seq, event in enumerate((RUN, *events), start=1)
    ]


FIRED = ev.BreakerFired(breaker="demote", attempt=1, command="true")
ROLLBACK = ev.RollbackStarted(parts=(Part.TRAFFIC,), steps=(), reason="so", automatic=False)
STATES = (
    State(),
    fold(entries(ev.SectionStarted(section="t-0"), ev.Held(), FIRED, ROLLBACK)),
    fold(entries(ev.RunEnded(word="GO", reasons=(), exit_status=0))),
)
"""Nothing has begun; everything has; all is over. What is refused is refused in one of these."""


@pytest.mark.parametrize("kind", ev.KINDS)
def test_each_event_is_refused_somewhere_or_never_on_purpose(kind: type[ev.Event]) -> None:
    event = EXAMPLES[kind.__struct_config__.tag]
    refusals = [reason for state in STATES if (reason := reason_illegal(state, event))]
    if kind in NEVER_REFUSED:
        assert refusals == []
    else:
        assert refusals, "no rule refuses it in any state: is that right?"


@pytest.mark.parametrize("kind", ev.KINDS)
def test_each_event_is_news_or_silent_on_purpose(kind: type[ev.Event]) -> None:
    event = EXAMPLES[kind.__struct_config__.tag]
    line = describe_event(ev.JournalEntry(1, "", 0.0, "alice", event), plan(CARD))
    assert (line is None) is (kind in SILENT)


def test_what_is_silent_is_what_comes_every_second() -> None:
    assert set(SILENT) == set(get_args(ev.Frequent))


P95_SAMPLE = ev.MonitorSample(state=ev.MonitorStatus.OK, value=0.148, samples=40)


@pytest.mark.parametrize("kind", [kind for kind in ev.KINDS if kind is not ev.RunStarted])
def test_each_event_is_in_the_report(kind: type[ev.Event]) -> None:
    event = EXAMPLES[kind.__struct_config__.tag]
    if isinstance(event, ev.MonitorsSampled):
        event = replace(event, monitors={"p95": P95_SAMPLE})
    before = (
        ev.StepStarted(step="switch", attempt=2, action=True),
        ROLLBACK,
        ev.TrafficOrdered(share=0.5, step="switch"),
    )
    happened = entries(*before, event)
    report = render(CARD, happened, "f" * 64)
    if kind in ELSEWHERE_IN_THE_REPORT:
        assert ELSEWHERE_IN_THE_REPORT[kind] in report
    else:
        line = describe_event(happened[-1], plan(CARD))
        assert line is not None, "silent, and nowhere else in the report"
        assert f"- 02:00:05Z {escaped(line.text)}" in report


def test_the_report_is_headed_by_its_run() -> None:
    report = render(CARD, entries(), "f" * 64)
    assert report.startswith("# Cutover of shop 1.0.0 → 1.1.0\n")
    assert "- 02:00:01Z run run: shop 1.0.0 to 1.1.0" in report


def test_the_tables_name_kinds_of_events_only() -> None:
    named = {*NEVER_REFUSED, *SILENT, *ELSEWHERE_IN_THE_REPORT}
    assert named <= set(ev.KINDS)
