"""The drumbeat: due times counted from the end, on the borders of its beats."""

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Part
from cockpit.journal import events as ev
from cockpit.projections.drumbeat import (
    DAY_S,
    Beat,
    Due,
    beats,
    exit_status,
    groups,
    next_due,
    rhythm,
)
from cockpit.state import RollbackState, State, StepState, StepStatus
from tests.engine.kit import READY, card

ITEM = {"check": "command", "run": "true"}
GROUPS = {"hour-1": "pool", "daily": "backup", "weekly": "smoke", "someday": "tidy"}
PLAN = plan(
    loads(
        card(
            READY | {"id": "x"},
            drumbeat={name: [ITEM | {"id": it, "title": it}] for name, it in GROUPS.items()},
        )
    )
)
END_S, HOUR_S = 5000.0, 3600.0
ENDED = State(ended=ev.RunEnded(word="GO", reasons=(), exit_status=0), ended_s=END_S)


def at(since_s: float, item: str, *passed_s: float, status: StepStatus = StepStatus.PASSED) -> Beat:
    """Return an item `since_s` after the end, done at those seconds after it."""
    state = ENDED
    if passed_s or status is not StepStatus.PASSED:
        passes = tuple(END_S + one for one in passed_s)
        step = StepState(status, 1, 0.0, ended_s=END_S, by="ann", evidence="seen", passed_s=passes)
        state = replace(ENDED, steps={item: step})
    return next(beat for beat in beats(PLAN, state, END_S + since_s) if beat.item.id == item)


def told(beat: Beat) -> tuple[Due, float | None, int]:
    return beat.status, None if beat.due_s is None else beat.due_s - END_S, beat.missed


@pytest.mark.parametrize(
    ("since_s", "passed_s", "expected"),
    [
        (0, (), (Due.DUE, HOUR_S, 0)),
        (HOUR_S, (), (Due.DUE, HOUR_S, 0)),
        (HOUR_S + 0.1, (), (Due.OVERDUE, HOUR_S, 0)),
        (HOUR_S, (HOUR_S,), (Due.DONE, None, 0)),
        (9 * DAY_S, (2 * HOUR_S,), (Due.DONE, None, 0)),
    ],
)
def test_the_first_hour(
    since_s: float, passed_s: tuple[float, ...], expected: tuple[Due, float | None, int]
) -> None:
    assert told(at(since_s, "pool", *passed_s)) == expected


@pytest.mark.parametrize(
    ("since_s", "passed_s", "expected"),
    [
        (0, (), (Due.DUE, DAY_S, 0)),
        (DAY_S, (), (Due.DUE, DAY_S, 0)),
        (DAY_S + 1, (), (Due.OVERDUE, DAY_S, 1)),
        (DAY_S, (0.0,), (Due.DONE, 2 * DAY_S, 0)),
        (DAY_S + 1, (DAY_S,), (Due.DUE, 2 * DAY_S, 0)),
        (DAY_S + 1, (DAY_S + 1,), (Due.DONE, 3 * DAY_S, 1)),
        (3 * DAY_S + 1, (1.0,), (Due.OVERDUE, 3 * DAY_S, 2)),
        (7 * DAY_S, (6.5 * DAY_S,), (Due.DONE, None, 6)),
        (30 * DAY_S, (6.5 * DAY_S,), (Due.DONE, None, 6)),
        (30 * DAY_S, (5.5 * DAY_S,), (Due.OVERDUE, 7 * DAY_S, 5)),
        (30 * DAY_S, (5.5 * DAY_S, 29 * DAY_S), (Due.DONE, None, 5)),
    ],
)
def test_each_day_of_the_first_week(
    since_s: float, passed_s: tuple[float, ...], expected: tuple[Due, float | None, int]
) -> None:
    assert told(at(since_s, "backup", *passed_s)) == expected


def test_each_week_for_as_long_as_the_service_lives() -> None:
    assert told(at(0, "smoke")) == (Due.DUE, 7 * DAY_S, 0)
    every = [week * 7 * DAY_S + 1 for week in range(10)]
    assert told(at(70 * DAY_S, "smoke", *every)) == (Due.DONE, 77 * DAY_S, 0)
    assert told(at(70 * DAY_S + 2, "smoke", *every)) == (Due.DUE, 77 * DAY_S, 0)


def test_a_group_of_another_name_has_no_due_time() -> None:
    assert told(at(99 * DAY_S, "tidy")) == (Due.UNTIMED, None, 0)
    assert told(at(99 * DAY_S, "tidy", 5.0)) == (Due.DONE, None, 0)
    assert rhythm("hour-0") is None
    assert rhythm("hour-4") == rhythm("hour-04")


def test_before_the_end_and_after_a_rollback_nothing_is_due() -> None:
    for state in (
        State(),
        replace(ENDED, ended=ev.RunEnded(word="NO-GO", reasons=(), exit_status=1)),
        replace(
            ENDED, rollback=RollbackState((Part.TRAFFIC,), (), "x", False, 0.0, 1.0, Outcome.PASSED)
        ),
    ):
        found = beats(PLAN, state, END_S * 9)
        assert {beat.status for beat in found} == {Due.WAITS}
        assert next_due(found) is None
        assert exit_status(found) == 3


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("status", "since_s", "stands"),
    [
        (StepStatus.FAILED, 10, Due.FAILED),
        (StepStatus.UNKNOWN, 10, Due.UNKNOWN),
        (StepStatus.RUNNING, 10, Due.RUNNING),
        (StepStatus.FAILED, 2 * HOUR_S, Due.OVERDUE),
        (StepStatus.RUNNING, 2 * HOUR_S, Due.RUNNING),
    ],
)
def test_law_1_what_did_not_pass_is_not_done(
    status: StepStatus, since_s: float, stands: Due
) -> None:
    assert at(since_s, "pool", status=status).status is stands


def test_a_pass_before_the_end_is_none() -> None:
    assert at(10, "pool", -60.0).status is Due.DUE


def test_who_did_it_and_what_comes_next() -> None:
    done = at(10, "pool", 5.0)
    assert (done.by, done.evidence, done.done_s) == ("ann", "seen", END_S + 5.0)
    found = beats(PLAN, ENDED, END_S + 10)
    first = next_due(found)
    assert first is not None
    assert first.item.id == "pool"
    assert [name for name, _ in groups(found)] == list(GROUPS)
    assert exit_status(found) == 0
    assert exit_status(beats(PLAN, ENDED, END_S + 2 * HOUR_S)) == 1
    assert exit_status(()) == 3
