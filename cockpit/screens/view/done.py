"""The Done list as its screen shows it: status, evidence and age of every line."""

from collections import Counter

from cockpit.card.model.steps import Confirm
from cockpit.projections.done_list import DoneLine, LineStatus, done
from cockpit.screens.view.phrases import whole_seconds
from cockpit.screens.view.snapshot import Snapshot
from widgets.board import BoardGroup, BoardLine, BoardView
from widgets.glyphs import Status as Glyph

_GLYPH = {
    LineStatus.PASSED: Glyph.PASSED,
    LineStatus.VOUCHED: Glyph.PASSED,
    LineStatus.WAIVED: Glyph.WAIVED,
    LineStatus.FAILED: Glyph.FAILED,
    LineStatus.UNKNOWN: Glyph.UNKNOWN,
    LineStatus.DOUBT: Glyph.IN_DOUBT,
    LineStatus.SKIPPED: Glyph.SKIPPED,
    LineStatus.STALE: Glyph.STALE,
    LineStatus.RUNNING: Glyph.RUNNING,
    LineStatus.TODO: Glyph.TODO,
}


def lines(snapshot: Snapshot) -> tuple[DoneLine, ...]:
    """Return every line of the list at this instant."""
    return done(snapshot.plan, snapshot.state, snapshot.now_s)


def board(snapshot: Snapshot, chosen: int = 0) -> BoardView:
    """Return the list; `chosen` is the index of the line whose details are shown below it."""
    done_lines = lines(snapshot)
    counts = Counter(line.status for line in done_lines)
    counted = sum(line.status.counts for line in done_lines)
    return BoardView(
        heading=f"DONE {counted} of {len(done_lines)}"
        if done_lines
        else "the card has no Done list",
        groups=tuple(_group(snapshot, group.title, done_lines) for group in snapshot.plan.done),
        counts=tuple(
            (_GLYPH[status], f"{counts[status]} {status.value}")
            for status in LineStatus
            if counts[status]
        ),
        progress=counted / len(done_lines) if done_lines else 0.0,
        chosen=chosen,
    )


def _group(snapshot: Snapshot, title: str, done_lines: tuple[DoneLine, ...]) -> BoardGroup:
    members = [line for line in done_lines if line.group == title]
    counted = sum(line.status.counts for line in members)
    rows = tuple(board_line(snapshot, line) for line in members)
    return BoardGroup(title, f"{counted} of {len(members)}", rows)


def board_line(snapshot: Snapshot, line: DoneLine) -> BoardLine:
    """Return a line of the board, with its age."""
    word = "vouched" if line.status is LineStatus.VOUCHED else line.status.value
    age = "" if line.age_s is None else f" {whole_seconds(line.age_s)} ago"
    step = snapshot.state.steps.get(line.item.id)
    if line.status is LineStatus.RUNNING and step is not None:
        word = "asked" if isinstance(line.item.step, Confirm) else word
        age = f" {whole_seconds(snapshot.now_s - step.started_s)}"
    return BoardLine(
        line.item.title, _GLYPH[line.status], f"{word}{age}", line.evidence, line.details
    )
