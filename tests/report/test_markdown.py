"""The report, from the journal alone."""

import re

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card.load_card import loads
from cockpit.card.model.steps import Part
from cockpit.foundation.errors import JournalError
from cockpit.journal import events as ev
from cockpit.report.markdown import render
from tests.engine.kit import P95, READY, card
from tests.strategies import RUN

CARD = loads(
    card(
        READY | {"id": "switch", "title": "Switch | it"},
        monitors=[P95],
        rollback={"application": [READY | {"id": "back"}]},
    )
)


def entries(*said: ev.Event) -> list[ev.JournalEntry]:
    return [
        ev.JournalEntry(seq, f"2026-03-01T02:00:{seq:02d}.000+00:00", float(seq), "alice", event)
        for seq, event in enumerate((RUN, *said), start=1)
    ]


def report(*said: ev.Event) -> str:
    return render(CARD, entries(*said), "f" * 64)


def step(outcome: Outcome, evidence: str, attempt: int = 1) -> tuple[ev.Event, ...]:
    return (
        ev.StepStarted(step="switch", attempt=attempt, action=True),
        ev.StepEnded(step="switch", attempt=attempt, outcome=outcome, evidence=evidence),
    )


def test_it_says_what_where_when_and_why() -> None:
    text = report(*step(Outcome.FAILED, "exit 1: no"), ev.Held(reason="Bob looks"))
    assert text.startswith("# Cutover of shop 1.0.0 → 1.1.0\n")
    assert "## Decision: NO-GO" in text
    assert "- Switch \\| it failed: exit 1: no" in text
    assert "- the operator holds: Bob looks" in text
    assert "| Switch \\| it | failed | exit 1: no | 1 s | alice |" in text
    assert "- 02:00:02Z Switch \\| it began" in text
    assert "- 02:00:04Z held by alice Bob looks" in text
    assert "| p95 | blind |  | 250 ms for 5m | 0 |" in text
    assert ", 3 s in all" in text
    assert text.endswith(f"Journal: 4 lines, head `{'f' * 64}`.\n")


def test_a_second_try_and_a_waiver_are_named() -> None:
    text = report(
        *step(Outcome.FAILED, "no"),
        *step(Outcome.UNKNOWN, "nobody knows", 2),
        ev.Waived(step="switch", name="Ann", reason="known since Monday"),
    )
    assert "waived, try 2" in text
    assert "## Waived and vouched for" in text
    assert "- Switch \\| it waived by Ann: known since Monday" in text


@pytest.mark.law(10)
def test_a_rehearsal_says_so_first() -> None:
    """Law 10: in words, at the head."""
    first = entries()[0]
    rehearsed = replace(first, event=replace(RUN, rehearsal=True))
    text = render(CARD, [rehearsed], "")
    assert text.startswith("# Rehearsal of shop")
    assert "**A rehearsal: it touched nothing real.**" in text


@pytest.mark.law(5)
def test_a_rollback_and_the_traffic_that_was_seen() -> None:
    """Law 5: ordered and seen stand side by side."""
    text = report(
        ev.TrafficOrdered(share=0.05, step="switch"),
        ev.TrafficObserved(canary=4, total=100, share=0.04, margin=0.04),
        ev.RollbackStarted(parts=(Part.TRAFFIC,), steps=(), reason="p95 tripped", automatic=True),
        ev.RollbackEnded(outcome=Outcome.PASSED, evidence="seen 0 %"),
    )
    assert "Canary traffic: ordered 5 %, seen 4 % (4 of 100 requests)." in text
    assert "rollback of traffic begun, automatic, by the card's on\\_trip rule: p95 tripped" in text


@pytest.mark.law(9)
@pytest.mark.parametrize(
    "hostile",
    [
        "| a | b |",
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](http://192.0.2.1/x.png)",
        "**bold** _it_ ~~no~~ `code`",
        "# heading",
        "- item",
        "+ item",
        "&lt;b&gt; $x$",
        "a\\",
    ],
)
def test_foreign_text_is_no_markup(hostile: str) -> None:
    """Law 9: every mark of it is escaped, so that a reader sees the text itself."""
    text = report(ev.Noted(text=hostile), ev.Held(reason=hostile), *step(Outcome.FAILED, hostile))
    lines = [line for line in text.splitlines() if "02:00:02Z" in line]
    shown = lines[0].removeprefix("- 02:00:02Z ")
    assert re.sub(r"\\([\W_])", r"\1", shown) == hostile
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>|*`~\[\]]", shown)
    assert not shown.startswith(("#", "- ", "+ "))
    rows = [line for line in text.splitlines() if line.startswith("| Switch")]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", rows[0])) == 6, "five cells, whatever is in them"


def test_of_an_empty_journal_there_is_nothing_to_report() -> None:
    with pytest.raises(JournalError, match="nothing to report"):
        render(CARD, [], "")


RESTORE = {"check": "restore", "id": "restore", "title": "restore", "database": "${URL}"}
FIGURES = {"dump_s": 12.34567, "restore_s": 340.0, "bytes": 9032841216.0}


def test_a_restore_leaves_size_and_both_durations() -> None:
    """A failed one, too, whose line says what is wrong; and which forecast rests on it."""
    back = READY | {"id": "ready"}
    database = [{"run": "make undo", "title": "undo | it", "lasts_as": "restore"}]
    measured = loads(card(RESTORE, preflight=[back], rollback={"database": database}))
    seen = ev.StepEnded(
        step="restore", attempt=1, outcome=Outcome.FAILED, evidence="5 rows gone", figures=FIGURES
    )
    begun = ev.StepStarted(step="restore", attempt=1, action=False)
    text = render(measured, entries(begun, seen), "")
    assert "| restore | failed | 5 rows gone |" in text
    row = "| restore | dump\\_s 12.35, restore\\_s 340, bytes 9,032,841,216 |"
    assert f"## Measured\n\n| check | figures |\n|---|---|\n{row}" in text
    assert "- the forecast uses 5m40s for undo \\| it, as measured" in text


def test_without_figures_nothing_was_measured() -> None:
    assert "## Measured" not in report(*step(Outcome.PASSED, "fine"))
