"""The strip of six fixed cells: T-CLOCK, NEXT TRIP, GO BACK, END, WINDOW, STOP."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct
from textual.renderables.digits import DIGITS, DIGITS3X3_BOLD

from widgets.draw import Canvas, width_of
from widgets.drawn import Drawn


class Tone(StrEnum):
    """The emphasis of a cell's value; the value says it in words, too."""

    PLAIN = "bright"
    ATTENTION = "warning"
    KEY = "held"


class CellView(Struct, frozen=True):
    """One cell: label, value and detail, each one line.

    `short` is the value where cells are narrow. On a wall the `figure` in the value ("2m41s",
    "T+00:00:31", "03:48Z") is drawn in large digits over `figure_note`; without a figure value,
    detail and `figure_note` stand as text.
    """

    label: str
    value: str
    detail: str = ""
    tone: Tone = Tone.PLAIN
    short: str = ""
    figure: str = ""
    figure_note: str = ""


# Where the cells begin, by the width they were drawn for; other widths share the difference.
_OFFSETS: Final[Mapping[int, tuple[int, ...]]] = {
    78: (0, 12, 29, 40, 56, 67),
    116: (0, 18, 38, 56, 77, 97),
    194: (0, 42, 70, 100, 139, 168),
}


def cell_offsets(width: int) -> tuple[int, ...]:
    """Return the columns where the six cells begin in a strip of `width` cells.

    >>> cell_offsets(78), cell_offsets(120)
    ((0, 12, 29, 40, 56, 67), (0, 19, 39, 58, 80, 100))
    """
    base = max((drawn for drawn in _OFFSETS if drawn <= width), default=78)
    return tuple(round(offset * width / base) for offset in _OFFSETS[base])


class StatusStrip(Drawn[tuple[CellView, ...]]):
    """Draws the cells: 2 rows high without details, 3 with, from 5 in large digits."""

    DEFAULT_CSS = "StatusStrip { height: 3; }"

    def paint(self, canvas: Canvas, value: tuple[CellView, ...]) -> None:
        """Draw each cell in its fixed place."""
        starts = cell_offsets(canvas.width)
        ends = (*(start - 1 for start in starts[1:]), canvas.width)
        for cell, start, end in zip(value, starts, ends, strict=False):
            canvas.put(start, 0, cell.label, "muted", end=end)
            if canvas.height >= 5:
                _large(canvas, cell, start, end)
                continue
            narrow = canvas.width < 100 or width_of(cell.value) > end - start
            text = cell.short if narrow and cell.short else cell.value
            canvas.put(start, 1, text, cell.tone, bold=True, end=end)
            if canvas.height > 2:
                canvas.put(start, 2, cell.detail, _detail_ink(cell), end=end)


def _detail_ink(cell: CellView) -> str:
    return "warning" if cell.tone is Tone.ATTENTION else "foreground"


def _large(canvas: Canvas, cell: CellView, start: int, end: int) -> None:
    ink = _detail_ink(cell)
    figure = "" if canvas.ascii_only else cell.figure
    if not figure or digits_width(figure) > end - start:
        canvas.put(start, 2, cell.value, cell.tone, bold=True, end=end)
        canvas.put(start, 3, cell.detail, ink, end=end)
        canvas.put(start, 4, cell.figure_note if not cell.figure else "", ink, end=end)
        return
    put_digits(canvas, start, 1, figure, cell.tone)
    canvas.put(start, 4, cell.figure_note or cell.detail, ink, end=end)


def digits_width(text: str) -> int:
    """Return how many cells a text takes in large digits; letters stay letters.

    >>> digits_width("2m41s")
    16
    """
    return sum(_advance(char) for char in text)


def _advance(char: str) -> int:
    return 4 if char in DIGITS and char not in ": " else 2


def put_digits(canvas: Canvas, x: int, y: int, text: str, ink: str) -> None:
    """Draw a text three rows high: digits and signs large, letters plain beside them."""
    for char in text:
        index = DIGITS.find(char)
        if index < 0 or char.isalpha():
            canvas.put(x, y + (1 if char == "T" else 2), char, ink, bold=True)
        else:
            for row in range(3):
                shape = DIGITS3X3_BOLD[index * 3 + row].ljust(3)
                canvas.put(x, y + row, shape[1:2] if char == ":" else shape, ink, bold=True)
        x += _advance(char)
