"""GO, NO-GO or HOLD, and why."""

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Part
from cockpit.journal.events import RunEnded
from cockpit.projections.decision import Word, caveats, decide
from cockpit.projections.monitor_status import status_at
from cockpit.state import (
    BreakerState,
    BreakerStatus,
    MonitorStatus,
    MonitorView,
    RollbackState,
    SectionState,
    State,
    StepState,
    StepStatus,
)
from tests.engine.kit import P95, READY, card

BREAKERS = [
    {"breaker": "freeze", "key": "f3", "run": "true", "title": "Freeze"},
    {"breaker": "back", "key": "f6", "rollback": "all"},
]
ROLLBACK = {"application": [READY | {"id": "back"}]}
PLAN = plan(loads(card(READY | {"id": "x"}, monitors=[P95], breakers=BREAKERS, rollback=ROLLBACK)))
NOW_S = 1000.0


def view(state: str, value: float | None = 0.3, seen_s: float = NOW_S) -> MonitorView:
    return MonitorView(MonitorStatus(state), value, 80, "", seen_s)


def step(status: StepStatus) -> StepState:
    return StepState(status, 1, 1.0, evidence="as seen")


PROVEN = {"preflight.trip-p95": step(StepStatus.PASSED)}
FINE = State(
    now_s=NOW_S,
    steps={"ready": step(StepStatus.PASSED), "x": step(StepStatus.WAIVED)} | PROVEN,
    monitors={"p95": view("ok", 0.1)},
)


def test_go_needs_everything_and_has_no_reason() -> None:
    decision = decide(PLAN, FINE)
    assert (decision.word, decision.reasons) == (Word.GO, ())


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("status", "word", "short"),
    [
        (StepStatus.PASSED, Word.GO, None),
        (StepStatus.WAIVED, Word.GO, None),
        (StepStatus.FAILED, Word.NO_GO, "all is ready failed"),
        (StepStatus.UNKNOWN, Word.HOLD, "all is ready unknown"),
        (StepStatus.SKIPPED, Word.HOLD, "all is ready skipped"),
        (StepStatus.DOUBT, Word.HOLD, "all is ready in doubt"),
        (StepStatus.RUNNING, Word.HOLD, "all is ready runs"),
        (None, Word.HOLD, "all is ready to do"),
    ],
)
def test_a_step(status: StepStatus | None, word: Word, short: str | None) -> None:
    """Law 1: what is unknown, skipped, in doubt or not even begun is no GO."""
    steps = {"x": step(StepStatus.PASSED)} | ({"ready": step(status)} if status else {}) | PROVEN
    decision = decide(PLAN, replace(FINE, steps=steps))
    assert decision.word is word
    assert [reason.short for reason in decision.reasons] == ([short] if short else [])


@pytest.mark.law(1)
@pytest.mark.parametrize(("ended_s", "word"), [(None, Word.HOLD), (9.0, Word.GO)])
def test_a_monitor_without_a_test_trip(ended_s: float | None, word: Word) -> None:
    """Law 1: it holds, but for a run whose preflight ended when there were no test trips yet."""
    steps = {name: one for name, one in FINE.steps.items() if name not in PROVEN}
    sections = {"preflight": SectionState(1.0, ended_s)}
    decision = decide(PLAN, replace(FINE, steps=steps, sections=sections))
    assert decision.word is word
    assert [reason.short for reason in decision.reasons] == ["p95 test trip to do"] * (not ended_s)


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("seen", "word", "text"),
    [
        (view("ok"), Word.GO, None),
        (view("breaching"), Word.HOLD, "p95 is breaching: 300 ms over 250 ms"),
        (view("tripped"), Word.NO_GO, "p95 tripped: 300 ms over 250 ms for 5m (80 samples)"),
        (
            view("tripped", None),
            Word.NO_GO,
            "p95 tripped: no data now, it clears after 1m within its limit",
        ),
        (view("blind", None), Word.HOLD, "p95 is blind: no data"),
        (view("splendid"), Word.HOLD, "p95 is blind: no data"),
        (
            view("ok", seen_s=NOW_S - 16),
            Word.HOLD,
            "p95 is blind: not measured for 16 s (last: 300 ms)",
        ),
        (
            view("breaching", seen_s=NOW_S - 16),
            Word.HOLD,
            "p95 is blind: not measured for 16 s (last: 300 ms)",
        ),
        (view("tripped", seen_s=NOW_S - 999), Word.NO_GO, None),
        (None, Word.HOLD, "p95 was never measured"),
    ],
)
def test_a_monitor(seen: MonitorView | None, word: Word, text: str | None) -> None:
    """Law 1: blind, unheard-of, not looked at for a while, never measured: none is green."""
    decision = decide(PLAN, replace(FINE, monitors={"p95": seen} if seen else {}))
    assert decision.word is word
    if text:
        assert [reason.text for reason in decision.reasons] == [text]


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("after_s", "since"), [(16, "13:45:02Z"), (86_400, "2026-03-01 13:45:02Z")]
)
def test_one_that_is_blind_by_its_age_says_since_when_not_that_all_was_well(
    after_s: float, since: str
) -> None:
    """Law 1: the last good note is not the reason."""
    good = replace(view("ok"), note="8 operations refuse 1 of 1 kind of wrong token")
    state = replace(FINE, monitors={"p95": good}, last_at="2026-03-01T13:45:02+00:00")
    (reason,) = decide(PLAN, state, NOW_S + after_s).reasons
    assert reason.text == f"p95 is blind: not measured since {since} (last: {good.note})"


@pytest.mark.law(1)
def test_a_monitor_ages_by_the_clock_that_is_given() -> None:
    """Law 1: between two entries too."""
    assert decide(PLAN, FINE, NOW_S + 14).word is Word.GO
    assert decide(PLAN, FINE, NOW_S + 16).word is Word.HOLD


def test_one_that_is_measured_seldom_is_fresh_for_two_of_its_periods() -> None:
    seldom = plan(loads(card(monitors=[P95 | {"every": "30s"}]))).monitors[0]
    assert status_at(seldom, view("ok"), NOW_S + 59) == "ok"
    assert status_at(seldom, view("ok"), NOW_S + 61) == "blind"


@pytest.mark.law(5)
@pytest.mark.parametrize(
    ("status", "word"),
    [
        (BreakerStatus.READY, Word.GO),
        (BreakerStatus.ARMED, Word.GO),
        (BreakerStatus.FIRING, Word.HOLD),
        (BreakerStatus.FIRED, Word.HOLD),
        (BreakerStatus.VERIFIED, Word.GO),
        (BreakerStatus.FAILED, Word.NO_GO),
    ],
)
def test_a_breaker(status: BreakerStatus, word: Word) -> None:
    """Law 5: fired is not verified."""
    breakers = {"freeze": BreakerState(status, 1.0, evidence="as seen")}
    assert decide(PLAN, replace(FINE, breakers=breakers)).word is word


@pytest.mark.parametrize(
    ("outcome", "short"),
    [
        (None, "rolling back"),
        (Outcome.PASSED, "rolled back"),
        (Outcome.FAILED, "rollback failed"),
        (Outcome.UNKNOWN, "rollback failed"),
        (Outcome.SKIPPED, "rollback failed"),
    ],
)
def test_a_rollback_is_no_go_however_it_ends(outcome: Outcome | None, short: str) -> None:
    rollback = RollbackState((Part.TRAFFIC,), (), "p95 tripped", True, 1.0, outcome=outcome)
    decision = decide(PLAN, replace(FINE, rollback=rollback))
    assert decision.word is Word.NO_GO
    assert decision.reasons[0].short == short


@pytest.mark.law(4)
def test_the_operators_hold_and_a_failing_journal_hold() -> None:
    """Law 4: a journal that cannot be written is no GO."""
    assert decide(PLAN, replace(FINE, held="held by alice")).word is Word.HOLD
    decision = decide(PLAN, replace(FINE, journal_fault="the journal cannot be written: full"))
    assert decision.word is Word.HOLD
    assert decision.reasons[0].short == "journal fails"


def test_the_gravest_reason_comes_first() -> None:
    steps = {"ready": step(StepStatus.UNKNOWN), "x": step(StepStatus.FAILED)} | PROVEN
    decision = decide(PLAN, replace(FINE, steps=steps, held="so"))
    assert [reason.word for reason in decision.reasons] == [Word.NO_GO, Word.HOLD, Word.HOLD]
    assert [word.exit_status for word in (Word.GO, Word.NO_GO, Word.HOLD)] == [0, 1, 3]


def test_a_rollback_is_said_first_and_a_monitor_that_is_not_clear_yet_after_it() -> None:
    why = "p95 tripped: 489 ms over 250 ms"
    back = RollbackState((Part.TRAFFIC,), ("shift",), why, True, 900.0, 950.0, Outcome.PASSED)
    state = replace(FINE, rollback=back, monitors={"p95": view("tripped", 0.1)})
    first, second = decide(PLAN, state).reasons[:2]
    assert first.text.startswith("rolled back traffic")
    assert second.text == "p95 tripped: 100 ms now, it clears after 1m within its limit"


MORE = plan(
    loads(
        card(
            READY | {"id": "x"},
            monitors=[P95],
            breakers=[{"breaker": "first", "key": "f2", "run": "true"}, *BREAKERS],
            rollback=ROLLBACK,
        )
    )
)


@pytest.mark.law(1)
def test_a_failed_breaker_behind_one_that_was_never_fired_is_no_go() -> None:
    """Law 1: the one before it says nothing about it."""
    breakers = {"freeze": BreakerState(BreakerStatus.FAILED, 1.0, evidence="as seen")}
    assert decide(MORE, replace(FINE, breakers=breakers)).word is Word.NO_GO
    verified = {"freeze": BreakerState(BreakerStatus.VERIFIED, 1.0)}
    assert caveats(MORE, replace(FINE, breakers=verified))[1:] == ("F3 Freeze is in effect",)


def test_a_rollback_breaker_that_had_nothing_to_undo_is_no_reason_for_ever() -> None:
    breakers = {"back": BreakerState(BreakerStatus.FAILED, 1.0, evidence="nothing to undo")}
    assert decide(PLAN, replace(FINE, breakers=breakers)).word is Word.GO


@pytest.mark.law(6)
def test_an_ended_run_decides_the_same_an_hour_later() -> None:
    """Law 6: its monitors are not measured any more, and what they showed at the end stays."""
    ended = RunEnded(word="GO", reasons=(), exit_status=0)
    over = replace(FINE, ended=ended, ended_s=NOW_S)
    assert decide(PLAN, over, NOW_S + 3600) == decide(PLAN, over, NOW_S)
    assert decide(PLAN, over, NOW_S + 3600).word is Word.GO
    assert decide(PLAN, FINE, NOW_S + 3600).word is Word.HOLD


@pytest.mark.parametrize("status", list(BreakerStatus))
def test_only_a_verified_breaker_qualifies_a_go(status: BreakerStatus) -> None:
    state = replace(FINE, breakers={"freeze": BreakerState(status, 1.0, argument="/api")})
    verified = status is BreakerStatus.VERIFIED
    said = ("F3 Freeze /api is in effect",) if verified else ()
    assert caveats(PLAN, state)[1:] == said
