"""Every kind of event has words, and comes back from a journal as it went in."""

import json

import pytest
from hypothesis import given
from msgspec import structs

from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Part
from cockpit.foundation.errors import JournalError
from cockpit.journal import events as ev
from cockpit.journal.chain import JournalLine
from cockpit.projections.narration import NewsTone, describe_event
from tests.engine.kit import READY, card
from tests.strategies import EVENTS, RUN

BREAKER = {"breaker": "demote", "key": "f2", "run": "true", "title": "Demote"}
PLAN = plan(loads(card(READY | {"id": "switch", "title": "Switch"}, breakers=[BREAKER])))
SILENT = (ev.MonitorsSampled, ev.TrafficObserved, ev.StepProgressed)


def examples() -> dict[str, ev.Event]:
    """Return one event of each kind, with the same words in each of its texts."""
    given = {
        "step": "switch",
        "section": "t-0",
        "breaker": "demote",
        "monitor": "p95",
        "outcome": "passed",
        "attempt": 2,
        "before": "ok",
        "after": "breaching",
        "parts": ("traffic",),
        "monitors": {},
        "figures": {"p95_s": 0.5},
        "watches": {"p95": 1.0},
    }
    found = {}
    for kind in ev.KINDS:
        name = kind.__struct_config__.tag
        fields = {}
        for field in structs.fields(kind):
            by_type = {"str": "so", "bool": False, "int": 2, "float": 0.5}
            made = by_type.get(getattr(field.type, "__name__", str(field.type)), ("so",))
            fields[field.name] = given.get(field.name, made)
        fields.pop("scenario", None)
        fields.pop("changes", None)
        entry = {"at": "", "mono_s": 0.0, "by": "", "event": {"kind": name, **fields}}
        found[name] = ev.decode(JournalLine(1, "", "", entry)).event
    return found


@pytest.mark.parametrize("event", examples().values(), ids=examples().keys())
def test_each_kind_has_words(event: ev.Event) -> None:
    told = describe_event(ev.JournalEntry(1, "", 0.0, "alice", event), PLAN)
    if isinstance(event, SILENT):
        assert told is None
    else:
        assert told is not None
        assert isinstance(told.tone, NewsTone)
        assert told.text.strip(" :") == told.text


def test_it_speaks_of_steps_and_breakers_by_their_titles() -> None:
    said = {
        name: told.text
        for name, event in examples().items()
        if (told := describe_event(ev.JournalEntry(1, "", 0.0, "alice", event), PLAN))
    }
    assert said["step-started"] == "Switch, try 2"
    assert said["step-ended"] == "Switch passed: so"
    assert said["waived"] == "Switch waived by so: so"
    assert said["section-ended"] == "switch ended"
    assert said["breaker-fired"] == "F2 Demote fired by alice: so"
    assert said["traffic-ordered"] == "traffic 50 % to the canary ordered"


def test_what_the_card_does_not_know_is_called_by_its_id() -> None:
    event = ev.StepDoubted(step="gone", attempt=1, evidence="so")
    told = describe_event(ev.JournalEntry(1, "", 0.0, "alice", event), PLAN)
    assert told is not None
    assert told.text == "gone in doubt: so"


@pytest.mark.law(6)
@given(event=EVENTS)
def test_what_goes_into_a_journal_comes_out_again(event: ev.Event) -> None:
    """Law 6: through JSON, every kind and every field."""
    entry = ev.JournalEntry(7, "2026-03-01T02:00:00.000+00:00", 12.5, "alice", event)
    fields = json.loads(json.dumps(ev.encode(entry)))
    assert ev.decode(JournalLine(7, "", "", fields)) == entry


def test_every_kind_comes_out_again() -> None:
    assert len(examples()) == len(ev.KINDS)
    for event in (*examples().values(), RUN):
        entry = ev.JournalEntry(1, "", 0.0, "alice", event)
        assert ev.decode(JournalLine(1, "", "", json.loads(json.dumps(ev.encode(entry))))) == entry


SEEN = {"kind": "traffic-seen", "canary": 1, "total": 2, "share": 0.5, "margin": 0.25}


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "unheard-of"},
        {},
        None,
        {"kind": "held", "reason": 1},
        {"kind": "traffic-seen", "canary": 1},
        SEEN | {"total": "2"},
        SEEN | {"share": True},
    ],
)
def test_a_line_that_says_nothing_known_is_an_error(event: object) -> None:
    with pytest.raises(JournalError, match="line 3 of the journal says nothing known"):
        ev.decode(JournalLine(3, "", "", {"at": "", "mono_s": 0.0, "by": "", "event": event}))


def test_a_key_that_this_program_does_not_know_is_passed_over() -> None:
    line = JournalLine(3, "", "", {"at": "", "mono_s": 0.0, "by": "", "event": SEEN | {"newer": 1}})
    assert ev.decode(line).event == ev.TrafficObserved(canary=1, total=2, share=0.5, margin=0.25)


def test_an_event_is_written_with_its_kind_and_in_plain_json() -> None:
    event = ev.StepStarted(step="switch", attempt=1, action=True, changes=Part.TRAFFIC)
    assert ev.encode(ev.JournalEntry(1, "at", 0.5, "alice", event)) == {
        "at": "at",
        "mono_s": 0.5,
        "by": "alice",
        "event": {
            "kind": "step-started",
            "step": "switch",
            "attempt": 1,
            "action": True,
            "command": "",
            "changes": "traffic",
            "folder": "",
            "watches": {},
        },
    }
