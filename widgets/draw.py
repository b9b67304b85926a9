"""A canvas of cells with named colours, and the primitives that every section is drawn with.

All text is plain and never read as markup. Text should be sanitized before it reaches the canvas; a
control or direction character that slipped through is shown as `�`, never sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.strip import Strip

from widgets.glyphs import TO_ASCII, Status, colour, glyph

ELLIPSIS: Final = "…"
_NO_CELL: Final = ""  # the right half of a wide character
_MAX_MARKS: Final = 2  # combining marks kept on one base character

# Where a theme that is not ours lacks one of our names.
_NEAREST: Final[Mapping[str, str]] = {
    "held": "primary",
    "spark": "primary",
    "band": "background",
    "caution-bar": "warning",
    "alert-bar": "error",
    "fill-ok": "success",
    "fill-caution": "warning",
    "fill-alert": "error",
    "rehearsal": "accent",
    "staging": "primary",
    "on-ok": "background",
    "on-caution": "background",
    "on-alert": "background",
    "on-tag": "background",
    "on-rehearsal": "background",
}

Ink = tuple[str, bool]
Row = tuple[list[str], list[Ink], list[str]]


@lru_cache(maxsize=2048)
def cells(text: str) -> tuple[str, ...]:
    """Split a text into terminal cells; a wide character is followed by an empty one.

    >>> cells("ok"), cells("日1")
    (('o', 'k'), ('日', '', '1'))
    """
    if text.isascii() and text.isprintable():
        return tuple(text)
    out: list[str] = []
    for char in text:
        if not char.isprintable():
            out.append(" " if char.isspace() else "�")
            continue
        width = get_character_cell_size(char)
        if width == 0:
            if out and len(out[-1]) in range(1, _MAX_MARKS + 1):
                out[-1] += char
            continue
        out.append(char)
        if width > 1:
            out.append(_NO_CELL)
    return tuple(out)


def width_of(text: str) -> int:
    """Return how many cells a text takes.

    >>> width_of("± 0.6 %"), width_of("日本")
    (7, 4)
    """
    return len(cells(text))


def _fit(parts: Sequence[str], room: int) -> Sequence[str]:
    if len(parts) <= room:
        return parts
    kept = list(parts[: max(0, room - 1)])
    if kept and len(parts) > len(kept) and parts[len(kept)] == _NO_CELL:
        kept[-1] = " "  # never half of a wide character
    return [*kept, ELLIPSIS][: max(0, room)]


@lru_cache(maxsize=512)
def _style(ink: str, ground: str, bold: bool) -> Style:
    return Style(color=ink, bgcolor=ground, bold=bold)


@lru_cache(maxsize=512)
def _hex(value: str) -> str:
    try:
        return Color.parse(value).hex6
    except ColorParseError:
        return "#808080"


def resolve(name: str, variables: Mapping[str, str]) -> str:
    """Return the colour of a theme variable as `#rrggbb`, or the nearest one a theme has.

    >>> resolve("held", {"primary": "#0178D4", "foreground": "#ffffff"}).lower()
    '#0178d4'
    """
    value = variables.get(name) or variables.get(_NEAREST.get(name, "foreground"), "#808080")
    return _hex(value)


class Canvas:
    """A grid of cells; each has a character, an ink (colour name, bold) and a ground (colour name).

    Coordinates are cells from the top left. Whatever lies outside is dropped silently.
    """

    def __init__(self, width: int, height: int, *, ascii_only: bool = False) -> None:
        self.width = width
        self.height = height
        self.ascii_only = ascii_only
        self.rows: list[Row] = [
            ([" "] * width, [("foreground", False)] * width, ["background"] * width)
            for _ in range(height)
        ]

    def fill(self, x: int, y: int, width: int, height: int, ground: str) -> None:
        """Clear a rectangle and set its ground."""
        x, end = max(0, x), min(self.width, x + width)
        if end <= x:
            return
        for row in self.rows[max(0, y) : max(0, y + height)]:
            row[0][x:end] = " " * (end - x)
            row[2][x:end] = [ground] * (end - x)

    def put(  # noqa: PLR0913  (what a stroke is: where, what, and its look by keyword)
        self,
        x: int,
        y: int,
        text: str,
        ink: str = "foreground",
        *,
        bold: bool = False,
        ground: str | None = None,
        end: int | None = None,
    ) -> int:
        """Write a text and return the column after it; one that passes `end` ends in `…`."""
        limit = self.width if end is None else min(end, self.width)
        parts = _fit(cells(text), limit - x)
        if x < 0:
            parts, x = parts[-x:], 0
        if not parts or not 0 <= y < self.height:
            return x + len(parts)
        stop = x + len(parts)
        chars, inks, grounds = self.rows[y]
        if stop < self.width and chars[stop] == _NO_CELL:
            chars[stop] = " "
        if x and chars[x] == _NO_CELL:
            chars[x - 1] = " "
        chars[x:stop] = parts
        inks[x:stop] = [(ink, bold)] * len(parts)
        if ground is not None:
            grounds[x:stop] = [ground] * len(parts)
        return stop

    def lay(self, x: int, y: int, line: Sequence[tuple[str, str]]) -> None:
        """Lay out single cells (character, ink) at once, inside the canvas, grounds untouched."""
        if not 0 <= y < self.height or x < 0 or x + len(line) > self.width:
            return
        chars, inks, _ = self.rows[y]
        chars[x : x + len(line)] = [char for char, _ in line]
        inks[x : x + len(line)] = [(ink, False) for _, ink in line]

    def put_right(  # noqa: PLR0913  (as above)
        self,
        right: int,
        y: int,
        text: str,
        ink: str = "foreground",
        *,
        bold: bool = False,
        least: int = 0,
    ) -> int:
        """Write a text that ends before column `right`; return the column where it begins.

        It begins at `least` or later: one that is too long ends in `…`.
        """
        start = max(least, right - width_of(text))
        self.put(start, y, text, ink, bold=bold, end=right)
        return start

    def mark(self, x: int, y: int, status: Status, ink: str | None = None) -> int:
        """Draw a status' glyph, bold, in `ink` or its own colour; return the column after it."""
        text = glyph(status, ascii_only=self.ascii_only)
        return self.put(x, y, text, ink or colour(status), bold=True)

    def strip(self, y: int, palette: "Palette") -> Strip:
        """Turn a row into a strip in the colours of a theme."""
        return Strip(list(self._segments(self.rows[y], palette)), self.width)

    def _segments(self, row: Row, palette: "Palette") -> Iterator[Segment]:
        chars, inks, grounds = row
        start = 0
        for look, run in groupby(zip(inks, grounds, strict=True)):
            stop = start + sum(1 for _ in run)
            text = "".join(chars[start:stop])
            start = stop
            yield Segment(text.translate(TO_ASCII) if self.ascii_only else text, palette[look])


class Palette(dict[tuple[Ink, str], Style]):
    """The styles of a theme, each made when first used."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__()
        self._variables = variables

    def __missing__(self, look: tuple[Ink, str]) -> Style:
        (ink, bold), ground = look
        style = _style(resolve(ink, self._variables), resolve(ground, self._variables), bold)
        self[look] = style
        return style


class Span(NamedTuple):
    """A stretch of one row: first column, row, cells."""

    x: int
    y: int
    width: int

    @property
    def end(self) -> int:
        """The column after it."""
        return self.x + self.width


def bar(canvas: Canvas, span: Span, ratio: float, ink: str, track: str = "rule") -> None:
    """Draw a bar: `━` done, `╸` half a cell, `─` to come; ratio is 0..1, else cut to it."""
    x, y, width = span
    if width <= 0:
        return
    full, half = divmod(round(min(1.0, max(0.0, ratio)) * width * 2), 2)
    canvas.put(x, y, "─" * width, track)
    canvas.put(x, y, "━" * full + "╸" * half, ink)


def title(canvas: Canvas, span: Span, text: str, right: str = "") -> int:
    """Draw a section's title in a thin rule; return the column after the title."""
    x, y, width = span
    canvas.put(x, y, "─" * width, "rule")
    after = canvas.put(x, y, f"{text.upper()} ", "muted", bold=True)
    if right:
        canvas.put_right(span.end, y, f" {right}", "muted")
    return after
