"""The cutover: preflight and phases in one list, the running step's output, what GO still needs."""

from typing import Final

from msgspec import Struct

from widgets.draw import Canvas, Span, title, width_of
from widgets.drawn import Drawn
from widgets.form import FormLine
from widgets.glyphs import Status, colour, is_finished
from widgets.rows import ListRow, in_sight, put_row

_COMPACT_HEIGHT: Final = 8  # up to here: phases in one line, then the steps of the open one
_MISSING_HEIGHT: Final = 24  # from here on what is missing for GO is listed, too
_OUTPUT_LEAST: Final = 2  # title and one line
_OUTPUT_MOST: Final = 6
_EVIDENCE_AT: Final = 26
_EVIDENCE_AT_COMPACT: Final = 34
_NOTHING: Final = FormLine("")


class PhaseChip(Struct, frozen=True):
    """A phase in the line of all phases: "T-0 canary"."""

    label: str
    status: Status
    active: bool = False


class CutoverView(Struct, frozen=True):
    """The cutover at every size.

    `rows` is the whole list; `phases` and `steps` are its compact form: every phase by name, and
    the rows of the open one. `output` holds the last lines of `output_of`, newest last. `missing`
    lists what GO still needs; None leaves that section out.
    """

    rows: tuple[ListRow, ...] = ()
    phases: tuple[PhaseChip, ...] = ()
    steps: tuple[ListRow, ...] = ()
    preflight: FormLine = _NOTHING
    output_of: str = ""
    output: tuple[str, ...] = ()
    missing: tuple[ListRow, ...] | None = None


class CutoverList(Drawn[CutoverView]):
    """Draws the list, and below it as much of the output and of what GO needs as fits."""

    DEFAULT_CSS = "CutoverList { height: 1fr; }"

    def paint(self, canvas: Canvas, value: CutoverView) -> None:
        """Draw the compact or the unfolded form."""
        if canvas.height <= _COMPACT_HEIGHT:
            _compact(canvas, value)
        else:
            _unfolded(canvas, value)


def _compact(canvas: Canvas, value: CutoverView) -> None:
    after = title(canvas, Span(0, 0, canvas.width), "Cutover")
    if value.preflight.text:
        line = value.preflight
        start = max(after, canvas.width - width_of(line.text) - 3)
        canvas.put(start, 0, " ")
        canvas.put(canvas.mark(start + 1, 0, line.status), 0, f" {line.text}")
    _phases(canvas, value.phases)
    for y, row in enumerate(in_sight(value.steps, canvas.height - 2), start=2):
        put_row(canvas, Span(0, y, canvas.width), row, _EVIDENCE_AT_COMPACT)


def _phases(canvas: Canvas, phases: tuple[PhaseChip, ...]) -> None:
    wants = sum(width_of(chip.label) + 2 for chip in phases)
    gap = 3 if wants + 3 * (len(phases) - 1) <= canvas.width else 1
    x = 0
    for chip in phases:
        behind = is_finished(chip.status) and not chip.active
        ink = "bright" if chip.active else "muted" if behind else "foreground"
        x = canvas.mark(x, 1, chip.status) + 1
        x = canvas.put(x, 1, chip.label, ink, bold=chip.active) + gap


def _unfolded(canvas: Canvas, value: CutoverView) -> None:
    title(canvas, Span(0, 0, canvas.width), "Cutover")
    missing = value.missing if canvas.height >= _MISSING_HEIGHT else None
    foot = 0 if missing is None else len(missing) + 2
    reserved = foot + (_OUTPUT_LEAST + 1 if foot else 0)
    rows = in_sight(value.rows, canvas.height - 1 - reserved)
    for y, row in enumerate(rows, start=1):
        put_row(canvas, Span(0, y, canvas.width), row, _EVIDENCE_AT)
    y = 2 + len(rows)
    room = min(canvas.height - foot - y, _OUTPUT_MOST)
    if room >= _OUTPUT_LEAST:
        y = _output(canvas, y, room, value)
    if missing is not None:
        _missing(canvas, y, missing)


def _output(canvas: Canvas, y: int, room: int, value: CutoverView) -> int:
    """Draw the newest output; return the row after it and one free row."""
    title(canvas, Span(0, y, canvas.width), "Output", value.output_of)
    shown = value.output[-(room - 1) :]
    for offset, line in enumerate(shown, start=1):
        newest = offset == len(shown)
        canvas.put(0, y + offset, line, "foreground" if newest else "muted")
    return y + room + 1


def _missing(canvas: Canvas, y: int, missing: tuple[ListRow, ...]) -> None:
    count = "nothing" if not missing else f"{len(missing)} thing{'s' * (len(missing) > 1)}"
    title(canvas, Span(0, y, canvas.width), "Missing for GO", count)
    for offset, row in enumerate(missing, start=1):
        canvas.mark(0, y + offset, row.status, colour(row.status))
        start = canvas.put_right(canvas.width, y + offset, row.right)
        canvas.put(2, y + offset, row.title, end=start - 1)
