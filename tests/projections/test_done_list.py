"""The Done list: what each line's state is, and when a result counts no longer."""

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.journal import events as ev
from cockpit.projections.decision import Word, decide
from cockpit.projections.done_list import DoneLine, LineStatus, done, exit_status, summary
from cockpit.projections.monitor_status import stale_age_s
from cockpit.state import State, StepState, StepStatus, apply
from tests.engine.kit import READY, card

DONE = {
    "technical": [
        {"check": "command", "id": "gate", "title": "gate", "run": "true", "fresh_for": "1h"},
        {"check": "command", "id": "routes", "title": "routes", "run": "true"},
    ],
    "security": [{"confirm": "logs were read", "id": "pii", "title": "no PII", "fresh_for": "10m"}],
}
PLAN = plan(loads(card(READY | {"id": "x"}, done=DONE)))
ENDED_S = 100.0
FIT = ENDED_S + 3600.0


def step(status: StepStatus, evidence: str = "as seen") -> StepState:
    return StepState(status, 1, 90.0, ended_s=ENDED_S, evidence=evidence)


def state(**steps: StepStatus) -> State:
    return State(now_s=FIT, steps={name: step(status) for name, status in steps.items()})


def whole(**others: StepStatus) -> State:
    passed = dict.fromkeys(("ready", "x", "gate", "routes", "pii"), StepStatus.PASSED)
    return state(**passed | others)


def lines(found: State, now_s: float = FIT) -> dict[str, DoneLine]:
    return {line.item.id: line for line in done(PLAN, found, now_s)}


@pytest.mark.parametrize(
    ("status", "stands"),
    [
        (StepStatus.PASSED, LineStatus.PASSED),
        (StepStatus.FAILED, LineStatus.FAILED),
        (StepStatus.UNKNOWN, LineStatus.UNKNOWN),
        (StepStatus.DOUBT, LineStatus.DOUBT),
        (StepStatus.SKIPPED, LineStatus.SKIPPED),
        (StepStatus.RUNNING, LineStatus.RUNNING),
        (StepStatus.WAIVED, LineStatus.WAIVED),
    ],
)
def test_a_line_stands_where_its_step_stands(status: StepStatus, stands: LineStatus) -> None:
    line = lines(state(routes=status))["routes"]
    assert (line.status, line.group, line.evidence) == (stands, "technical", "as seen")
    assert line.age_s == (None if status is StepStatus.RUNNING else 3600.0)


@pytest.mark.law(1)
def test_what_was_never_begun_is_to_do_and_a_person_s_word_is_vouched_for() -> None:
    """Law 1."""
    assert {line.status for line in lines(State()).values()} == {LineStatus.TODO}
    assert lines(State())["pii"].evidence == "asks for your word: logs were read"
    assert lines(state(pii=StepStatus.PASSED), ENDED_S)["pii"].status is LineStatus.VOUCHED


@pytest.mark.law(1)
def test_a_result_counts_up_to_its_last_second_and_no_longer() -> None:
    """Law 1: what was measured too long ago is not measured."""
    assert lines(whole(), FIT)["gate"].status is LineStatus.PASSED
    late = lines(whole(), FIT + 0.1)["gate"]
    assert (late.status, late.evidence) == (LineStatus.STALE, "counts for 1h only; was: as seen")
    assert lines(whole(), FIT + 1e9)["routes"].status is LineStatus.PASSED, "it says no fresh_for"


def test_a_waiver_does_not_age_and_a_failure_stays_one() -> None:
    old = whole(gate=StepStatus.FAILED, pii=StepStatus.WAIVED)
    assert lines(old, FIT * 9)["gate"].status is LineStatus.FAILED
    assert lines(old, FIT * 9)["pii"].status is LineStatus.WAIVED


def test_a_stale_line_takes_the_go_away_and_says_how_to_renew_it() -> None:
    assert decide(PLAN, whole(), ENDED_S).word is Word.GO
    decision = decide(PLAN, whole(), FIT + 60.0)
    assert decision.word is Word.HOLD
    gate, pii = decision.reasons
    assert (gate.subject, gate.short) == ("gate", "gate stale")
    assert gate.text.startswith("gate passed 1h01m ago and counts for 1h: run it again on the Done")
    assert "ask for the word again" in pii.text


def test_looked_at_again_it_counts_again() -> None:
    found = whole()
    began = ev.StepStarted(step="gate", attempt=2, action=False)
    ended = ev.StepEnded(step="gate", attempt=2, outcome=Outcome.PASSED, evidence="anew")
    for seq, said in enumerate((began, ended), 1):
        at = "2026-03-01T02:00:00.000+00:00"
        found = apply(found, ev.JournalEntry(seq, at, FIT + 100.0, "alice", said))
    assert lines(found, FIT + 200.0)["gate"].status is LineStatus.PASSED
    assert lines(found, FIT + 200.0)["gate"].age_s == 100.0


def test_a_run_that_has_ended_keeps_what_counted_at_its_end() -> None:
    over = ev.RunEnded(word="GO", reasons=(), exit_status=0)
    ended = replace(whole(), ended=over, ended_s=ENDED_S + 60.0)
    assert decide(PLAN, ended, FIT * 9).word is Word.GO
    assert lines(ended, FIT * 9)["gate"].status is LineStatus.PASSED
    late = replace(ended, ended_s=FIT + 60.0)
    assert stale_age_s(lines(late)["gate"].item, late, FIT * 9) == 3660.0


def test_only_the_done_list_ages() -> None:
    fresh = plan(loads(card(READY | {"id": "x"}, preflight=[READY | {"fresh_for": "1m"}])))
    assert (
        decide(fresh, state(ready=StepStatus.PASSED, x=StepStatus.PASSED), FIT * 9).word is Word.GO
    )


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (whole(), 0),
        (whole(routes=StepStatus.WAIVED), 0),
        (whole(routes=StepStatus.FAILED, gate=StepStatus.UNKNOWN), 1),
        (whole(routes=StepStatus.UNKNOWN), 3),
        (State(), 3),
    ],
)
def test_exit_status(found: State, status: int) -> None:
    assert exit_status(done(PLAN, found, ENDED_S)) == status


@pytest.mark.law(1)
def test_an_empty_list_proves_nothing() -> None:
    """Law 1."""
    assert exit_status(()) == 3


def test_summary() -> None:
    told = summary(done(PLAN, whole(routes=StepStatus.FAILED), FIT))
    assert told == "1 of 3 done: 1 passed, 1 failed, 1 stale"
