"""The error budget: what is left of it, how long it lasts, and the other objectives."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from widgets.burndown import BurnDown, paint_burn_down
from widgets.draw import Canvas, Span, bar, title, width_of
from widgets.drawn import Drawn
from widgets.glyphs import Status, colour, needs_attention

_BAR_LEAST: Final = 8
_RULE: Final = 4
_NAME: Final = 18
_VALUE: Final = 10


class MeterRow(Struct, frozen=True):
    """A value beside its limit; `ratio` of the limit is used, None without a value."""

    name: str
    status: Status
    value: str
    limit: str
    ratio: float | None = None


class BudgetView(Struct, frozen=True):
    """The panel; `left` is a ratio 0..1, None while nothing was measured."""

    title: str = "Error budget"
    limit: str = ""
    left: float | None = None
    left_label: str = ""
    status: Status = Status.NONE
    sentences: tuple[str, ...] = ()
    rows: tuple[MeterRow, ...] = ()
    curve: BurnDown = BurnDown()


class BudgetPanel(Drawn[BudgetView]):
    """Draws the limit, what is left as a bar, the words, the meters and the burn-down."""

    DEFAULT_CSS = "BudgetPanel { height: 1fr; }"

    def paint(self, canvas: Canvas, value: BudgetView) -> None:
        """Draw from the top; what does not fit is left out from the end, words before meters.

        The curve takes the room that is left; without enough of it there is none.
        """
        fits = width_of(value.title) + width_of(value.limit) + _RULE <= canvas.width
        title(canvas, Span(0, 0, canvas.width), value.title, value.limit if fits else "")
        _left(canvas, value)
        room = canvas.height - 2
        limit = () if fits else (f"Limit: {value.limit}.",)
        wordy = list(_wrapped((*value.sentences, *limit), canvas.width))
        spare = max(1, room - len(value.rows)) if value.rows else room
        shown = wordy[:spare]
        for y, text in enumerate(shown, 2):
            canvas.put(0, y, text, "bright" if y == 2 else "foreground", end=canvas.width)
        first = 2 + len(shown)
        first += len(value.rows) < canvas.height - first  # a free row where there is one
        for y, row in enumerate(value.rows, first):
            _meter(canvas, y, row)
        paint_burn_down(canvas, first + len(value.rows) + bool(value.rows), value.curve)


def _left(canvas: Canvas, value: BudgetView) -> None:
    x = canvas.mark(0, 1, value.status) + 1 if value.status is not Status.NONE else 0
    ink = colour(value.status) if needs_attention(value.status) else "bright"
    x = canvas.put(x, 1, value.left_label, ink, bold=True, end=canvas.width) + 2
    if value.left is not None and canvas.width - x >= _BAR_LEAST:
        bar(canvas, Span(x, 1, canvas.width - x), value.left, "held")


def _meter(canvas: Canvas, y: int, row: MeterRow) -> None:
    canvas.mark(0, y, row.status)
    ink = colour(row.status) if needs_attention(row.status) else "foreground"
    canvas.put(2, y, row.name, ink, end=_NAME + 1)
    canvas.put_right(_NAME + _VALUE, y, row.value, ink, bold=True, least=_NAME)
    start = canvas.put_right(canvas.width, y, row.limit, "muted", least=_NAME + _VALUE + 2)
    room = start - 2 - (_NAME + _VALUE + 2)
    if row.ratio is not None and room >= _BAR_LEAST:
        span = Span(_NAME + _VALUE + 2, y, room)
        bar(canvas, span, row.ratio, ink if needs_attention(row.status) else "held")


def _wrapped(sentences: tuple[str, ...], width: int) -> Iterator[str]:
    """Break each sentence at spaces; each begins a row of its own."""
    for sentence in sentences:
        line = ""
        for word in sentence.split():
            if line and width_of(line) + 1 + width_of(word) > width:
                yield line
                line = word
            else:
                line = f"{line} {word}".strip()
        if line:
            yield line
