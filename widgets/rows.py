"""One row of a list: glyph, title, evidence, and its time at the right."""

from msgspec import Struct

from widgets.draw import Canvas, Span, bar, width_of
from widgets.glyphs import Status, colour, is_finished, needs_attention

_INDENT = 2
_BAR_RIGHT = 12  # cells kept free right of a bar for its time


class ListRow(Struct, frozen=True):
    """A phase, a step, a check, or (status NONE) a line of words under one.

    `depth` 0 is a phase, 1 a step; `active` rows are bold and bright, and a list that is too long
    keeps them in sight; `progress` (0..1) draws a bar in place of the evidence.
    """

    title: str
    status: Status = Status.NONE
    evidence: str = ""
    right: str = ""
    depth: int = 0
    active: bool = False
    progress: float | None = None


def put_row(canvas: Canvas, span: Span, row: ListRow, evidence_at: int) -> None:
    """Draw a row; its evidence begins `evidence_at` cells in, later if the title is longer."""
    x, y = span.x, span.y
    if row.status is Status.NONE:
        canvas.put(x + (row.depth + 1) * _INDENT, y, row.title, "muted", end=span.end)
        return
    end = span.end - (width_of(row.right) + 1 if row.right else 0)
    after = canvas.mark(x + row.depth * _INDENT, y, row.status)
    behind = is_finished(row.status) and not row.active
    ink = "bright" if row.active else "muted" if behind else "foreground"
    text_at = max(after + 1, x + (row.depth + 1) * _INDENT)
    after = canvas.put(text_at, y, row.title, ink, bold=row.active, end=end)
    canvas.put_right(span.end, y, row.right, ink, bold=row.active)
    start = max(x + evidence_at, after + 2)
    if row.progress is not None:
        bar(canvas, Span(start, y, span.end - _BAR_RIGHT - start), row.progress, "held")
    elif row.evidence and start < end:
        evidence_ink = (
            colour(row.status)
            if needs_attention(row.status)
            else "muted"
            if behind
            else "foreground"
        )
        canvas.put(start, y, row.evidence, evidence_ink, end=end)


def in_sight(rows: tuple[ListRow, ...], height: int) -> tuple[ListRow, ...]:
    """Return at most `height` rows around the last active one; a row counts those left out.

    >>> rows = tuple(ListRow(str(n), Status.TODO, active=n == 4) for n in range(9))
    >>> [row.title for row in in_sight(rows, 5)]
    ['3 above', '3', '4', '5', '3 below']
    """
    if len(rows) <= height:
        return rows
    if height < 3:
        return rows[: max(0, height)]
    active = max((index for index, row in enumerate(rows) if row.active), default=0)
    first = max(0, min(active - height // 2, len(rows) - height))
    shown = list(rows[first : first + height])
    if first > 0:
        shown[0] = ListRow(f"{first + 1} above")
    below = len(rows) - first - height
    if below > 0:
        shown[-1] = ListRow(f"{below + 1} below")
    return tuple(shown)
