"""What each look at an error budget found left stays known, over every new look and resume."""

from checks.core.base import Outcome
from cockpit.journal import events as ev
from cockpit.state import fold
from cockpit.state.budget_history import MAX_LENGTH, extended
from tests.state.test_restore_estimate import written
from tests.strategies import RUN


def look(attempt: int, left: float | None) -> list[ev.Event]:
    outcome = Outcome.UNKNOWN if left is None else Outcome.PASSED
    figures = {} if left is None else {"left": left}
    return [
        ev.StepStarted(step="budget", attempt=attempt, action=False),
        ev.StepEnded(step="budget", attempt=attempt, outcome=outcome, evidence="", figures=figures),
    ]


def test_each_look_is_kept_also_one_that_measured_nothing() -> None:
    resumed = ev.SessionOpened(operator="bob", host="ops2", boot="b1", resumed=True)
    begun = ev.SessionOpened(operator="alice", host="ops1", boot="b1")
    said = [RUN, begun, *look(1, 0.9), *look(2, None), resumed, *look(3, 0.7)]
    step = fold(written(*said)).steps["budget"]
    assert step.budget == ((3.0, 0.9), (5.0, None), (8.0, 0.7))
    again = fold(written(*said, look(4, None)[0])).steps["budget"]
    assert again.budget == step.budget, "while it looks again, too"


def test_what_never_measured_a_budget_has_no_looks() -> None:
    assert fold(written(RUN, *look(1, None))).steps["budget"].budget == ()


def test_memory_stays_bounded() -> None:
    kept = tuple((float(at), 0.5) for at in range(MAX_LENGTH))
    _, ended = look(1, 0.4)
    assert isinstance(ended, ev.StepEnded)
    after = extended(kept, ended, 9999.0)
    assert len(after) == MAX_LENGTH
    assert (after[0], after[-1]) == ((1.0, 0.5), (9999.0, 0.4))
