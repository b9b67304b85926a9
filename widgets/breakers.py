"""The breakers: always in the order of their keys, always in the same place."""

from itertools import pairwise
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from textual import events
from textual.message import Message

from widgets.draw import Canvas, Span, width_of
from widgets.drawn import Drawn
from widgets.glyphs import Status, glyph

_LEGEND: Final = 8  # «◇ ready» in front of the one line
_HOT: Final = frozenset(
    {
        Status.ASKED,
        Status.ARMED,
        Status.FIRING,
        Status.FAILED,
        Status.IN_DOUBT,
        Status.UNKNOWN,
    }
)

# Beside one of these the legend would read as its word: "ready F2 ARMED".
_ON_ITS_WAY: Final = frozenset({Status.ASKED, Status.ARMED, Status.FIRING})
_UNDER_WAY: Final = frozenset({Status.ARMED, Status.FIRING})


class BreakerTile(Struct, frozen=True):
    """One breaker: key ("F5"), name, and its state with its word ("firing 32 s").

    SKIPPED means disabled; the word then says why ("nothing to undo").
    """

    key: str
    name: str
    status: Status = Status.READY
    word: str = "ready"
    short: str = ""


class BreakerBar(Drawn[tuple[BreakerTile, ...]]):
    """Draws the breakers: tiles of two rows, or one line; each keeps its place in both."""

    DEFAULT_CSS = "BreakerBar { height: 2; }"

    class Pressed(Message):
        """A tile was clicked; `key` is its key as shown."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def paint(self, canvas: Canvas, value: tuple[BreakerTile, ...]) -> None:
        """Draw all tiles."""
        one_line = canvas.height < 2
        if one_line and value and not any(tile.status in _ON_ITS_WAY for tile in value):
            # The ASCII mark is three cells wide: its word would reach into the first tile.
            x = 0 if canvas.ascii_only else canvas.mark(0, 0, Status.READY) + 1
            canvas.put(x, 0, "ready", "muted")
        for tile, span in zip(value, spans(value, canvas.width, one_line=one_line), strict=True):
            (_line if one_line else _tile)(canvas, span, tile)

    def acknowledge(self, key: str) -> None:
        """Show at once that a key was pressed; the next value replaces it."""
        self.value = tuple(
            replace(tile, status=Status.ASKED, word="arming")
            if tile.key == key and tile.status not in _UNDER_WAY
            else tile
            for tile in self.value
        )

    def on_click(self, event: events.Click) -> None:
        """Post which breaker was clicked."""
        tiles = spans(self.value, self.size.width, one_line=self.size.height < 2)
        for tile, span in zip(self.value, tiles, strict=True):
            if span.x <= event.x < span.end:
                self.post_message(self.Pressed(tile.key))


def spans(tiles: tuple[BreakerTile, ...], width: int, *, one_line: bool) -> tuple[Span, ...]:
    """Return each tile's place; it depends on names and keys alone, never on a state.

    >>> [span.x for span in spans((BreakerTile("F2", "a"), BreakerTile("F3", "b")), 42,
    ...                           one_line=False)]
    [0, 22]
    """
    if not tiles:
        return ()
    if not one_line:
        pitch = (width + 2) / len(tiles)
        edges = [round(index * pitch) for index in range(len(tiles) + 1)]
        return tuple(Span(a, 0, b - a - 2) for a, b in pairwise(edges))
    needs = [width_of(tile.key) + width_of(tile.short or tile.name) + 3 for tile in tiles]
    free = max(0, width - _LEGEND - sum(needs)) // len(tiles)
    out, x = [], _LEGEND
    for need in needs:
        out.append(Span(x, 0, need + free - 1))
        x += need + free
    return tuple(out)


def _line(canvas: Canvas, span: Span, tile: BreakerTile) -> None:
    name = tile.short or tile.name
    end = span.end
    if tile.status is Status.ARMED:
        head = f"{tile.key} {glyph(tile.status, ascii_only=canvas.ascii_only)} ARMED "
        canvas.put(span.x, 0, head, "on-caution", bold=True, ground="fill-caution", end=end)
        return
    off = tile.status is Status.SKIPPED
    x = canvas.put(span.x, 0, tile.key, "muted" if off else "held", bold=True) + 1
    if tile.status is Status.READY:
        canvas.put(x, 0, name, end=end)
    elif off:
        canvas.put(canvas.mark(x, 0, tile.status) + 1, 0, name, "muted", end=end)
    else:
        ink = "bright" if tile.status in _HOT else "foreground"
        canvas.put(canvas.mark(x, 0, tile.status) + 1, 0, tile.word, ink, bold=True, end=end)


def _tile(canvas: Canvas, span: Span, tile: BreakerTile) -> None:
    armed = tile.status is Status.ARMED
    off = tile.status is Status.SKIPPED
    hot = tile.status in _HOT
    ground = "fill-caution" if armed else "panel"
    ink = "on-caution" if armed else "muted" if off else "foreground"
    canvas.fill(span.x, 0, span.width, canvas.height, ground)
    key_ink = "on-caution" if armed else "muted" if off else "held"
    x = canvas.put(span.x + 1, 0, tile.key, key_ink, bold=True) + 1
    canvas.put(x, 0, tile.name, ink, bold=True, end=span.end)
    after = canvas.mark(x, 1, tile.status, ink if armed or off else None)
    word_ink = "on-caution" if armed else "bright" if hot else "muted"
    canvas.put(after + 1, 1, tile.word, word_ink, bold=hot, end=span.end)
