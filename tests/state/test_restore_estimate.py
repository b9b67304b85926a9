"""What a run knows of how long a restore takes: real, of a whole one, and never lost again."""

import pytest

from checks.core.base import Outcome
from cockpit.journal import events as ev
from cockpit.journal.chain import JournalLine
from cockpit.state import fold
from cockpit.state.restore_estimate import RestoreEstimate
from tests.strategies import RUN

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
ABOUT_S = 60.0


def tries(*ended: tuple[Outcome, float | None]) -> list[ev.JournalEntry]:
    said: list[ev.Event] = [RUN]
    for attempt, (outcome, took_s) in enumerate(ended, start=1):
        figures = {} if took_s is None else {"restore_s": took_s, "bytes": 9e9}
        said += [
            ev.StepStarted(step="restore", attempt=attempt, action=False),
            ev.StepEnded(
                step="restore", attempt=attempt, outcome=outcome, evidence="", figures=figures
            ),
        ]
    return written(*said)


def written(*said: ev.Event) -> list[ev.JournalEntry]:
    """Return the entries as another cockpit reads them back."""
    at = "2027-03-01T02:00:00.000+00:00"
    entries = [
        ev.JournalEntry(n, at, float(n), "alice", event) for n, event in enumerate(said, start=1)
    ]
    return [ev.decode(JournalLine(entry.seq, "", "", ev.encode(entry))) for entry in entries]


def expected_s(entries: list[ev.JournalEntry]) -> float | None:
    return fold(entries).steps["restore"].restore.expected_s(ABOUT_S)


@pytest.mark.parametrize(
    ("ended", "seconds"),
    [
        ([], None),
        ([(PASSED, 340.0)], 340.0),
        ([(PASSED, 5.0)], 5.0),
        ([(PASSED, 340.0), (PASSED, 12.0)], 12.0),
        # What was not proved to be whole never shortens; it lengthens.
        ([(FAILED, 5.0)], None),
        ([(UNKNOWN, 5.0)], None),
        ([(FAILED, 340.0)], 340.0),
        ([(UNKNOWN, 340.0)], 340.0),
        ([(PASSED, 100.0), (FAILED, 5.0)], 100.0),
        ([(PASSED, 100.0), (FAILED, 340.0)], 340.0),
        ([(FAILED, 340.0), (PASSED, 5.0)], 5.0),
        # What measured no restore takes nothing away.
        ([(PASSED, 340.0), (UNKNOWN, None)], 340.0),
        ([(FAILED, 340.0), (UNKNOWN, None)], 340.0),
    ],
)
def test_what_is_expected(ended: list[tuple[Outcome, float | None]], seconds: float | None) -> None:
    begun = ev.StepStarted(step="restore", attempt=len(ended) + 1, action=False)
    first = tries(*ended)
    again = [*first, ev.JournalEntry(len(first) + 1, first[-1].at, 99.0, "alice", begun)]
    if ended:
        assert expected_s(first) == seconds
    assert expected_s(again) == seconds, "while it looks again, too"


def test_it_survives_a_resume_and_a_persons_word() -> None:
    entries = tries((PASSED, 340.0), (FAILED, 5.0))
    after = written(
        *(entry.event for entry in entries),
        ev.SessionOpened(operator="bob", host="ops2", boot="b2", resumed=True),
        ev.MarkedDone(step="restore", name="Bob", reason="seen by hand"),
    )
    step = fold(after).steps["restore"]
    assert step.restore == RestoreEstimate(340.0, 5.0), "a word measures nothing"
    assert step.figures == {"restore_s": 5.0, "bytes": 9e9}
