"""The feed: what happened, newest last."""

from msgspec import Struct

from widgets.draw import Canvas, Span, title
from widgets.drawn import Drawn
from widgets.glyphs import Status

_TEXT_AT = 12


class FeedLine(Struct, frozen=True):
    """One event: its instant with Z ("02:23:53Z"), its status and its text."""

    at: str
    status: Status
    text: str


class Feed(Drawn[tuple[FeedLine, ...]]):
    """Draws as many of the newest lines as fit; one row high it has no title."""

    DEFAULT_CSS = "Feed { height: 3; }"

    def paint(self, canvas: Canvas, value: tuple[FeedLine, ...]) -> None:
        """Draw the newest line last and brightest."""
        top = 0
        if canvas.height > 1:
            title(canvas, Span(0, 0, canvas.width), "Feed")
            top = 1
        room = canvas.height - top
        shown = value[-room:] if room > 0 else ()
        for offset, line in enumerate(shown):
            newest = offset == len(shown) - 1
            canvas.put(0, top + offset, line.at, "muted" if newest else "faint")
            after = canvas.mark(_TEXT_AT - 2, top + offset, line.status)
            ink = "foreground" if newest else "muted"
            canvas.put(max(_TEXT_AT, after + 1), top + offset, line.text, ink)
