"""The burn-down of a budget: what was left at each check, over a window; gaps between them."""

from typing import Final

from msgspec import Struct

from widgets.chart import EIGHTHS, GAP, Gap, Sample
from widgets.draw import Canvas, Span, title, width_of

_SCALE: Final = 6  # right of the chart: 100 % and 0 %
_AROUND: Final = 2  # a title above, the time below
_LEAST_ROWS: Final = 2
_MOST_ROWS: Final = 8
_NOW: Final = "now"


class BurnDown(Struct, frozen=True):
    """Checks as (place in the window, share left), both 0..1; a share of None was not measured.

    `now` is a place, too. `begins` and `ends` say what is at the window's edges, in time.
    """

    checks: tuple[tuple[float, float | None], ...] = ()
    now: float = 1.0
    begins: str = ""
    ends: str = ""
    count: str = ""


def columns(checks: tuple[tuple[float, float | None], ...], width: int) -> tuple[Sample, ...]:
    """Return the lowest share in each cell; a cell without a check is a gap.

    Nothing left is worse than no data, no data worse than anything left.

    >>> columns(((0.0, 1.0), (0.3, 0.8), (0.4, 0.7), (0.8, None)), 4)
    (1.0, 0.7, <Gap.GAP: 'gap'>, None)
    """
    cells: list[list[float | None]] = [[] for _ in range(width)]
    for place, left in checks:
        if 0 <= place <= 1:
            cells[_cell(place, width)].append(left)
    return tuple(map(_worst, cells))


def _cell(place: float, width: int) -> int:
    return min(width - 1, int(place * width))


def _worst(shares: list[float | None]) -> Sample:
    known = [left for left in shares if left is not None]
    if not shares:
        return GAP
    if known and min(known) <= 0:
        return 0.0
    return None if len(known) < len(shares) else min(known)


def paint_burn_down(canvas: Canvas, y: int, value: BurnDown, *, most: int = _MOST_ROWS) -> None:
    """Draw it from row `y` down; nothing without any check, or without room for it."""
    rows = min(most, canvas.height - y - _AROUND)
    width = canvas.width - _SCALE
    if not value.checks or rows < _LEAST_ROWS:
        return
    title(canvas, Span(0, y, canvas.width), "Left", value.count)
    top, now = y + 1, _cell(min(1.0, max(0.0, value.now)), width)
    canvas.fill(0, top, now + 1, rows, "band")
    for x, left in enumerate(columns(value.checks, width)):
        _column(canvas, Span(x, top, rows), left, is_now=x == now)
    canvas.put_right(canvas.width, top, "100 %", "muted")
    canvas.put_right(canvas.width, top + rows - 1, "0 %", "muted")
    _axis(canvas, Span(0, top + rows, width), value, now)


def _column(canvas: Canvas, span: Span, left: Sample, *, is_now: bool) -> None:
    """Draw one column; `span` is its cell, its top row and how many rows it has."""
    x, rows = span.x, span.width
    bottom = span.y + rows - 1
    if isinstance(left, Gap):
        for y in range(span.y, bottom + 1) if is_now else ():
            canvas.put(x, y, "┊", "faint")
    elif left is None:
        canvas.put(x, bottom, "·", "warning")
    else:
        ink = "alert-bar" if left <= 0 else "spark"
        filled = max(1, round(min(1.0, left) * rows * 8))
        for row in range(rows):
            if eighths := max(0, min(8, filled - row * 8)):
                canvas.put(x, bottom - row, EIGHTHS[eighths], ink)


def _axis(canvas: Canvas, span: Span, value: BurnDown, now: int) -> None:
    """Label both edges and the present; an edge without room is left out."""
    after = canvas.put(span.x, span.y, value.begins, "muted", end=span.end)
    at = max(after + 1, min(now - 1, span.end - width_of(_NOW)))
    after = canvas.put(at, span.y, _NOW, "foreground", end=span.end)
    if after + 1 + width_of(value.ends) <= span.end:
        canvas.put_right(span.end, span.y, value.ends, "muted")
