"""The SLO panel: each monitor's status in words, its value, its limit and its chart."""

from typing import Final

from msgspec import Struct

from widgets.chart import Frame, Sample, chart, fit, headroom
from widgets.draw import Canvas, Span, title, width_of
from widgets.drawn import Drawn
from widgets.glyphs import Status, colour, needs_attention

_TALL: Final = 8
_LOW: Final = 3
_TALL_CHARTS: Final = 2
_AXIS_ROWS: Final = 2
_LIMIT_WIDTH: Final = 5  # right of a chart: the limit's number
_NAMES_WIDTH: Final = 23  # left of a chart: name and value
_ROW_NAMES_WIDTH: Final = 25
_ROW_NOTE_WIDTH: Final = 23  # right of a one-row chart: the state or the limit in words


class SloView(Struct, frozen=True):
    """One monitor.

    `note` says what its state means now ("trips in 2m41s"), `limit` is in words ("limit 250 ms for
    5m") and `limit_mark` its number alone, `detail` and `age` are shown where there is room.
    `series` holds value / limit, newest last, as many as `chart_cells` says; the last `tripped`
    samples lie after the trip.
    """

    name: str
    status: Status
    value: str
    limit: str = ""
    note: str = ""
    limit_mark: str = ""
    detail: str = ""
    age: str = ""
    series: tuple[Sample, ...] = ()
    tripped: int = 0


class TimeMark(Struct, frozen=True):
    """A label on the time axis, `cells_ago` samples before now (0 or more)."""

    label: str
    cells_ago: float


class SloPanelView(Struct, frozen=True):
    """All monitors, the length of time shown, phase marks and the times under the tall charts."""

    rows: tuple[SloView, ...] = ()
    span: str = ""
    marks: tuple[TimeMark, ...] = ()
    axis: tuple[TimeMark, ...] = ()


def row_heights(count: int, height: int) -> tuple[int, ...]:
    """Divide the lines under the title: evenly, or the first two tall and the rest low.

    >>> row_heights(7, 7), row_heights(7, 14), row_heights(7, 36)
    ((1, 1, 1, 1, 1, 1, 1), (2, 2, 2, 2, 2, 2, 2), (8, 8, 3, 3, 3, 3, 3))
    """
    tall = min(count, (height - _AXIS_ROWS - count * _LOW) // (_TALL + 1 - _LOW))
    if tall >= min(_TALL_CHARTS, count):
        return (_TALL,) * tall + (_LOW,) * (count - tall)
    return (max(1, min(_TALL - 1, height // max(1, count))),) * count


def chart_cells(width: int, count: int, height: int) -> int:
    """Return how many samples a chart shows in a panel of this content size, title included.

    >>> chart_cells(78, 7, 8), chart_cells(58, 7, 15), chart_cells(108, 7, 36)
    (30, 30, 80)
    """
    single = row_heights(count, height - 1)[:1] == (1,)
    beside = _ROW_NAMES_WIDTH + _ROW_NOTE_WIDTH if single else _NAMES_WIDTH + _LIMIT_WIDTH
    return max(0, width - beside)


class SloPanel(Drawn[SloPanelView]):
    """Draws the monitors in the available room; only one that needs attention has colour."""

    DEFAULT_CSS = "SloPanel { height: 15; }"

    def paint(self, canvas: Canvas, value: SloPanelView) -> None:
        """Draw title, marks, monitors and, under tall charts, the time."""
        heights = row_heights(len(value.rows), canvas.height - 1)
        cells = chart_cells(canvas.width, len(value.rows), canvas.height)
        single = heights[:1] == (1,)
        left = _ROW_NAMES_WIDTH if single else canvas.width - _LIMIT_WIDTH - cells
        marks = _head(canvas, value, left, cells)
        tinted = self.app.theme_variables.get("band") != self.app.theme_variables["background"]
        room = canvas.height - 1
        fitting = len(heights) if len(heights) <= room else max(0, room - 1)
        y = 1
        for row, height in zip(value.rows[:fitting], heights, strict=False):
            frame = Frame(height, row.tripped, marks if height > 1 else frozenset(), tinted)
            _chart(canvas, Span(left, y, cells), row, frame)
            (_single if height == 1 else _several)(canvas, y, left, row, height)
            y += height + (height == _TALL)
        if fitting < len(heights):
            _rest(canvas, y, value.rows[fitting:])
        elif heights[:1] == (_TALL,):
            _axis(canvas, Span(left, y, cells), value.axis)


def _head(canvas: Canvas, value: SloPanelView, left: int, cells: int) -> frozenset[int]:
    after = title(canvas, Span(0, 0, canvas.width), "SLO")
    after = canvas.put(after, 0, f"{value.span} " if value.span else "", "muted")
    columns = set()
    free = canvas.width
    for mark in sorted(value.marks, key=lambda mark: mark.cells_ago):
        column = min(cells - 1, int(cells - mark.cells_ago))
        if column < 0:
            continue
        columns.add(column)
        at = left + column
        if at >= free:
            continue  # a newer label stands there
        canvas.put(at, 0, "┐")
        start = at - width_of(mark.label) - 1
        if start > after:
            canvas.put(start, 0, f" {mark.label}")
            free = start
    return frozenset(columns)


def _chart(canvas: Canvas, span: Span, row: SloView, frame: Frame) -> None:
    above = headroom(frame.rows)
    if above:
        canvas.fill(span.x, span.y + above, span.width, frame.rows - above, "band")
    for offset, line in enumerate(chart(fit(row.series, span.width), frame)):
        canvas.lay(span.x, span.y + offset, line)


def _name(canvas: Canvas, y: int, right: int, row: SloView) -> str:
    """Draw glyph, name and value; return the colour of the monitor's note."""
    bad = needs_attention(row.status)
    ink = colour(row.status) if bad else "foreground"
    after = canvas.mark(0, y, row.status)
    start = max(after + 1, right - width_of(row.value))
    canvas.put(max(2, after + 1), y, row.name, ink, bold=bad, end=start - 1)
    learning = row.status is Status.LEARNING
    value_ink = "muted" if learning else ink if bad else "bright"
    canvas.put(start, y, row.value, value_ink, bold=not learning, end=right)
    return ink


def _single(canvas: Canvas, y: int, left: int, row: SloView, _height: int) -> None:
    ink = _name(canvas, y, left - 2, row)
    note = row.note or row.limit.removeprefix("limit ")
    bold = bool(row.note) and needs_attention(row.status)
    start = canvas.width - _ROW_NOTE_WIDTH + 2
    canvas.put(start, y, note, ink if row.note else "muted", bold=bold)


def _several(canvas: Canvas, y: int, left: int, row: SloView, height: int) -> None:
    above = headroom(height)
    top = y + (above if height > 2 else 0)
    bad = needs_attention(row.status)
    ink = _name(canvas, top, left - 2, row)
    if row.note:
        canvas.put_right(left - 2, top + 1, row.note, ink, bold=bad, least=2)
    else:
        canvas.put(2, top + 1, row.limit, "muted", end=left - 1)
    if height > _LOW:
        _more(canvas, Span(2, top + 2, left - 3), row, height - above - 2)
        canvas.put(canvas.width - _LIMIT_WIDTH + 1, y + height - 1, "0", "muted")
    canvas.put(canvas.width - _LIMIT_WIDTH + 1, y + above, row.limit_mark, ink if bad else "muted")


def _more(canvas: Canvas, span: Span, row: SloView, most: int) -> None:
    lines = filter(None, (row.limit if row.note else "", row.detail, row.age))
    for y, line in zip(range(span.y, span.y + most), lines, strict=False):
        canvas.put(span.x, y, line, "muted", end=span.end)


def _rest(canvas: Canvas, y: int, rows: tuple[SloView, ...]) -> None:
    bad = [row for row in rows if needs_attention(row.status)]
    attention = (
        ", ".join(f"{row.name} {row.status}" for row in bad) if bad else "none needs attention"
    )
    canvas.put(
        0, y, f"{len(rows)} more: {attention}", "warning" if bad else "muted", bold=bool(bad)
    )


def _axis(canvas: Canvas, span: Span, marks: tuple[TimeMark, ...]) -> None:
    canvas.put(span.x, span.y, "─" * span.width, "rule")
    right = canvas.put_right(span.end, span.y + 1, "now", bold=True)
    for mark in marks:
        column = span.x + int(span.width - mark.cells_ago)
        if not span.x <= column < span.end:
            continue
        canvas.put(column, span.y, "┬", "muted")
        start = column - width_of(mark.label) // 2
        if start + width_of(mark.label) < right:
            canvas.put(start, span.y + 1, mark.label, "muted")
