"""The window ruler: opening to closing, with now, the forecast end and the point of no return."""

from msgspec import Struct

from widgets.draw import Canvas, Span, width_of
from widgets.drawn import Drawn


class RulerView(Struct, frozen=True):
    """The window in ratios: 0 is its opening, 1 its closing; None leaves a point out.

    `end_label` and `no_return_label` are words with their instant ("end 03:12Z", "start back by
    03:48Z"). A forecast that no longer holds is left out.
    """

    opens: str = ""
    closes: str = ""
    now: float = 0.0
    end: float | None = None
    no_return: float | None = None
    end_label: str = ""
    no_return_label: str = ""


class WindowRuler(Drawn[RulerView]):
    """Draws one line: thick up to now, plain up to the forecast end, then thin, then dashed."""

    DEFAULT_CSS = "WindowRuler { height: 1; }"

    def paint(self, canvas: Canvas, value: RulerView) -> None:
        """Draw the line, then the labels on it."""
        left = canvas.put(0, 0, f"{value.opens} ", "muted")
        right = canvas.put_right(canvas.width, 0, f" {value.closes}", "muted")
        line = Span(left, 0, max(1, right - left))
        for x in range(left, right):
            canvas.put(x, 0, *_stroke((x - left) / line.width, value))
        if value.now < 1.0:
            canvas.put(_at(line, value.now), 0, "╋" if value.now >= 0 else "┣", "bright", bold=True)
        _labels(canvas, line, value)


def _at(line: Span, ratio: float) -> int:
    return line.x + max(0, min(line.width - 1, round(ratio * line.width)))


def _stroke(ratio: float, value: RulerView) -> tuple[str, str]:
    if ratio < value.now:
        return "━", "held"
    if value.end is not None and ratio < value.end:
        return "─", "foreground"
    if value.no_return is None or ratio < value.no_return:
        return "─", "rule"
    return "╌", "rule"


def _labels(canvas: Canvas, line: Span, value: RulerView) -> None:
    """Draw the point of no return first: where both do not fit, only the end moves left."""
    limit = line.end
    if value.no_return is not None and value.no_return_label:
        label = f" {value.no_return_label} "
        limit = min(_at(line, value.no_return) - width_of(label) // 2, line.end - width_of(label))
        limit = max(limit, line.x)
        canvas.put(limit, 0, label)
    if value.end is None or not value.end_label or value.now >= value.end:
        return
    label = f" {value.end_label} "
    start = min(_at(line, value.end) - width_of(label) // 2, limit - width_of(label) - 1)
    if start > _at(line, value.now):
        canvas.put(start, 0, label)
