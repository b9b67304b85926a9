"""A board: lines in groups with state, evidence and age; one of them is chosen."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from widgets.draw import Canvas, Span, bar, title, width_of
from widgets.drawn import Drawn
from widgets.glyphs import Status, colour, is_finished, needs_attention

_TWO_COLUMNS: Final = 76
_GAP: Final = 4
_INDENT: Final = 2
_DETAIL: Final = 5
"""Rows reserved for the chosen line's evidence and details."""
_BAR_FROM: Final = 110
_LEVELS: Final = ("spaced", "whole", "attention", "lines")
"""The forms, the fullest first: with gaps, with evidence, with evidence that needs attention."""


class BoardLine(Struct, frozen=True):
    """One line: its title, its status in words at the right, and its evidence."""

    title: str
    status: Status
    right: str = ""
    evidence: str = ""
    details: tuple[str, ...] = ()


class BoardGroup(Struct, frozen=True):
    """Lines that belong together."""

    title: str
    right: str
    lines: tuple[BoardLine, ...]


class BoardView(Struct, frozen=True):
    """The whole board; `chosen` counts the lines through all groups."""

    heading: str
    groups: tuple[BoardGroup, ...] = ()
    counts: tuple[tuple[Status, str], ...] = ()
    progress: float = 0.0
    chosen: int = 0

    def lines(self) -> tuple[BoardLine, ...]:
        """Return all lines, in the order in which they can be chosen."""
        return tuple(line for group in self.groups for line in group.lines)


class _Row(Struct, frozen=True):
    """One row of a column: a group's title, a line, its evidence, or nothing."""

    group: BoardGroup | None = None
    line: BoardLine | None = None
    index: int = -1
    evidence: bool = False


class Board(Drawn[BoardView]):
    """Draws the groups in one or two columns, and the chosen line's evidence below them."""

    DEFAULT_CSS = "Board { height: 1fr; }"

    def paint(self, canvas: Canvas, value: BoardView) -> None:
        """Draw the heading, the columns and the chosen line's evidence."""
        _heading(canvas, value)
        top = 2 if canvas.height >= 24 else 1
        lines = value.lines()
        detail = _DETAIL if lines and canvas.height - top > _DETAIL + 4 else 0
        room = canvas.height - top - detail
        used = _columns(canvas, value, top, room)
        if detail:
            at = top + min(room, used)
            chosen = lines[min(value.chosen, len(lines) - 1)]
            _detail(canvas, chosen, at, canvas.height - at)


def _heading(canvas: Canvas, value: BoardView) -> None:
    x = canvas.put(0, 0, value.heading, "bright", bold=True) + 3
    for status, count in value.counts:
        if x + width_of(count) + 2 > canvas.width:
            break
        x = canvas.mark(x, 0, status) + 1
        x = canvas.put(x, 0, count) + 3
    if value.groups and canvas.width - x >= 12 and canvas.width >= _BAR_FROM:
        bar(canvas, Span(x, 0, canvas.width - x), value.progress, "held")


def _columns(canvas: Canvas, value: BoardView, top: int, room: int) -> int:
    """Draw the columns in the fullest form that fits; return the rows of the longest one."""
    two = canvas.width >= _TWO_COLUMNS and len(value.groups) > 1
    columns = [list(value.groups[::2]), list(value.groups[1::2])] if two else [list(value.groups)]
    level, filled = _fitting(value, columns, room)
    width = (canvas.width - _GAP) // 2 if two else canvas.width
    for number, rows in enumerate(filled):
        x = number * (width + _GAP)
        for offset, row in enumerate(_in_sight(rows, value.chosen, room)):
            _row(canvas, Span(x, top + offset, width), row, value.chosen)
    return max(map(len, filled), default=0) + (level == "spaced")


def _fitting(
    value: BoardView, columns: Sequence[Sequence[BoardGroup]], room: int
) -> tuple[str, list[list[_Row]]]:
    for level in _LEVELS:
        filled = [list(_rows(value, column, level)) for column in columns]
        if max(map(len, filled), default=0) <= room:
            break
    return level, filled


def _rows(value: BoardView, groups: Sequence[BoardGroup], level: str) -> Iterator[_Row]:
    firsts, count = {}, 0
    for group in value.groups:
        firsts[group.title], count = count, count + len(group.lines)
    for number, group in enumerate(groups):
        if number and level == "spaced":
            yield _Row()
        yield _Row(group=group)
        for index, line in enumerate(group.lines, firsts[group.title]):
            yield _Row(line=line, index=index)
            wanted = level in ("spaced", "whole") or (
                level == "attention" and needs_attention(line.status)
            )
            if wanted:
                yield _Row(line=line, index=index, evidence=True)


def _in_sight(rows: Sequence[_Row], chosen: int, room: int) -> Sequence[_Row]:
    """Return the rows that fit, the chosen line among them."""
    if len(rows) <= room:
        return rows
    at = next((n for n, row in enumerate(rows) if row.index == chosen), 0)
    first = max(0, min(at - room // 2, len(rows) - room))
    return rows[first : first + room]


def _row(canvas: Canvas, span: Span, row: _Row, chosen: int) -> None:
    if row.group is not None:
        title(canvas, span, row.group.title, row.group.right)
    elif row.line is not None and row.evidence:
        eyes = needs_attention(row.line.status)
        ink = "foreground" if eyes else "muted"
        canvas.put(span.x + 2 * _INDENT, span.y, row.line.evidence, ink, end=span.end)
    elif row.line is not None:
        _line(canvas, span, row.line, chosen=row.index == chosen)


def _line(canvas: Canvas, span: Span, line: BoardLine, *, chosen: bool) -> None:
    x, y = span.x, span.y
    if chosen:
        canvas.fill(x, y, span.width, 1, "panel")
        canvas.mark(x, y, Status.RUNNING, "held")
    canvas.mark(x + _INDENT, y, line.status)
    eyes, behind = needs_attention(line.status), is_finished(line.status)
    ink = colour(line.status) if eyes else "bright" if chosen else "foreground"
    right_ink = "bright" if chosen else "muted" if behind else "foreground"
    start = canvas.put_right(span.end, y, line.right, right_ink, bold=chosen, least=x + 12)
    canvas.put(x + 2 * _INDENT, y, line.title, ink, bold=chosen or eyes, end=start - 1)


def _detail(canvas: Canvas, line: BoardLine, top: int, rows: int) -> None:
    """Draw the chosen line's evidence and its details."""
    if rows < 2:
        return
    first = top + 1 if rows >= _DETAIL else top
    title(canvas, Span(0, first, canvas.width), line.title, line.right)
    last = canvas.height
    for y, text in zip(range(first + 1, last), _wrapped(line, canvas.width), strict=False):
        canvas.put(0, y, text, "bright" if y == first + 1 else "muted", end=canvas.width)


def _wrapped(line: BoardLine, width: int) -> Iterator[str]:
    """Break the evidence at spaces; details are a row each."""
    left = ""
    for word in line.evidence.split():
        if left and width_of(left) + 1 + width_of(word) > width:
            yield left
            left = word
        else:
            left = f"{left} {word}".strip()
    if left:
        yield left
    yield from (detail for detail in line.details if detail != line.evidence)
