"""The base of all sections: a value in, lines out; only changed cells go to the terminal."""

from typing import ClassVar, Generic, TypeVar

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.draw import Canvas, Palette, Row

V = TypeVar("V")


class Drawn(Widget, Generic[V]):
    """Draws a frozen value on a canvas of its own size.

    Setting `value` to something else draws it anew and marks for repaint only the cells that
    differ; setting an equal value does nothing. A new size or theme draws everything.
    """

    DEFAULT_CSS = "Drawn { width: 1fr; height: auto; }"
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(
        self,
        value: V,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002  (Textual's own name for it)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._value = value
        self._ascii_only = ascii_only
        self._rows: list[Row] = []
        self._strips: list[Strip] = []
        self._palette = Palette({})
        self._drawn_for: tuple[int, int, str] | None = None

    @property
    def value(self) -> V:
        """The value on the screen."""
        return self._value

    @value.setter
    def value(self, value: V) -> None:
        if value == self._value:
            return
        self._value = value
        self.redraw()

    def paint(self, canvas: Canvas, value: V) -> None:
        """Draw the value; each section implements it."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is painted")

    def redraw(self) -> None:
        """Draw the present value again and repaint the cells that differ."""
        if self._drawn_for is None or not self.is_mounted:
            return
        if self._drawn_for != self._wanted():
            self.refresh()  # render_line sees the new size or theme and draws all
            return
        before = self._rows
        self._draw()
        regions = [
            region
            for y, (old, new) in enumerate(zip(before, self._rows, strict=True))
            if (region := _difference(y, old, new)) is not None
        ]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Return one line; drawn again only if the size or the theme has changed."""
        if self._drawn_for != self._wanted():
            self._draw()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines directly: a section has neither border nor padding."""
        if self._drawn_for != self._wanted():
            self._draw()
        strips = self._strips[crop.y : crop.bottom]
        strips += [Strip.blank(self.size.width)] * (crop.height - len(strips))
        for line_filter in self.get_line_filters():
            ground = self.background_colors[1]
            strips = [strip.apply_filter(line_filter, ground) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def _wanted(self) -> tuple[int, int, str]:
        width, height = self.size
        return width, height, self.app.theme

    def _draw(self) -> None:
        wanted = self._wanted()
        kept = wanted == self._drawn_for
        self._drawn_for = width, height, _ = wanted
        if not kept:
            self._palette = Palette(self.app.theme_variables)
        canvas = Canvas(width, height, ascii_only=self._ascii_only)
        self.paint(canvas, self._value)
        before, strips = (self._rows, self._strips) if kept else ([], [])
        same = [a == b for a, b in zip(before, canvas.rows, strict=False)]
        same += [False] * (height - len(same))
        self._rows = canvas.rows
        self._strips = [
            strips[y] if same[y] else canvas.strip(y, self._palette) for y in range(height)
        ]


def _difference(y: int, old: Row, new: Row) -> Region | None:
    """Return the stretch of a row that differs, one row high."""
    if old == new:
        return None
    before = list(zip(*old, strict=True))
    after = list(zip(*new, strict=True))
    width = len(after)
    first = next(x for x in range(width) if before[x] != after[x])
    last = next(x for x in range(width - 1, -1, -1) if before[x] != after[x])
    while first and after[first][0] == "":
        first -= 1  # begin at the left half of a wide character
    return Region(first, y, last - first + 1, 1)
