"""The banner's armed half: what would be fired, for how long it stays armed, and how to decide."""

from msgspec import Struct

from widgets.blocks import block_rows, block_width
from widgets.draw import Canvas, Span, bar, width_of
from widgets.form import SMALL, WALL, Choice, Form, choices_width, put_choices

_INK = "on-caution"
_GROUND = "fill-caution"
_KEYS = (_GROUND, _INK, _INK)
_TRACK = "armed-track"
_LEAST_BAR = 12  # cells of the bar that runs out, whatever is said beside it
_NOTHING_SENT = "nothing sent"


class ArmedView(Struct, frozen=True):
    """Something armed: nothing was sent yet.

    `title` is "F5 ARMED", `number` the seconds left ("0:07"), `fraction` of the time left is 1..0,
    `note` says that nothing was sent and when it disarms. `command` is exactly what would run,
    `changes` what that means to users, `verify` how it is seen, `others` names the keys that still
    work; `short_verify` and `short_others` are for a narrow banner.
    """

    title: str
    number: str
    fraction: float
    note: str = ""
    command: str = ""
    changes: str = ""
    verify: str = ""
    short_verify: str = ""
    others: str = ""
    short_others: str = "others work"
    choices: tuple[Choice, ...] = (Choice("Enter", "FIRES"), Choice("Esc", "disarms"))


def paint_armed(canvas: Canvas, armed: ArmedView, form: Form) -> None:
    """Draw all of the banner but the decision in amber, with what would happen."""
    canvas.fill(form.block, 0, canvas.width - form.block, canvas.height, _GROUND)
    if form is SMALL:
        _small(canvas, armed)
    elif form is WALL:
        _wall(canvas, armed)
    else:
        _wide(canvas, armed, form)


def _small(canvas: Canvas, armed: ArmedView) -> None:
    left, right = SMALL.text, canvas.width - 1
    x = canvas.put(left, 0, f"{armed.title}  {armed.number}  ", _INK, bold=True)
    if right - x >= width_of(_NOTHING_SENT) + _LEAST_BAR:
        x = canvas.put(x, 0, f"{_NOTHING_SENT} ", _INK)
    bar(canvas, Span(x, 0, right - x), armed.fraction, _INK, _TRACK)
    canvas.put(left, 1, armed.command, _INK, bold=True, end=right)
    fits = armed.verify and width_of(armed.verify) <= right - left
    verify = armed.verify if fits else armed.short_verify or armed.verify
    canvas.put(left, 2, verify, _INK, end=right)
    room = right - left - 2 - width_of(armed.short_others)
    whole = room >= choices_width(
        armed.choices
    )  # what fires and disarms stands whole, the rest gives way
    x = put_choices(canvas, Span(left, 3, room if whole else right - left), armed.choices, _KEYS)
    if whole:
        canvas.put(x + 2, 3, armed.short_others, _INK, end=right)


def _wide(canvas: Canvas, armed: ArmedView, form: Form) -> None:
    left, right = form.text - 1, canvas.width - form.right
    note = "; ".join(filter(None, (armed.note, armed.others)))
    x = canvas.put(left, 0, note, _INK, end=right - _LEAST_BAR) + 2
    bar(canvas, Span(x, 0, right - x), armed.fraction, _INK, _TRACK)
    _blocks(canvas, armed, Span(left, 1, right - left), scale=1)
    x = canvas.put(left, 4, armed.command, _INK, bold=True, end=right)
    canvas.put(x + 2, 4, armed.changes, _INK, end=right)
    x = put_choices(canvas, Span(left, 5, right - left), armed.choices, _KEYS)
    canvas.put(x + 3, 5, armed.verify, _INK, end=right)


def _blocks(canvas: Canvas, armed: ArmedView, span: Span, *, scale: int) -> None:
    """Draw title and seconds in block letters; a title too long for both is left out."""
    number = block_rows(armed.number, scale=scale)
    for offset, row in enumerate(number):
        canvas.put_right(span.end, span.y + offset, row, _INK, bold=True)
    end = span.end - len(number[0]) - 1
    if block_width(armed.title) <= end - span.x:
        for offset, row in enumerate(block_rows(armed.title)):
            canvas.put(span.x, span.y + offset, row, _INK, bold=True)
    else:
        canvas.put(span.x, span.y + 1, armed.title, _INK, bold=True, end=end)


def _wall(canvas: Canvas, armed: ArmedView) -> None:
    left, right = WALL.text, canvas.width - WALL.right
    _blocks(canvas, armed, Span(left, 1, right - left), scale=2)
    canvas.put_right(right, 7, armed.note, _INK)
    end = right - block_width(armed.number, scale=2) - 2
    canvas.put(left, 4, armed.command, _INK, bold=True, end=end)
    canvas.put(left, 5, armed.changes, _INK, end=end)
    canvas.put(left, 6, "; ".join(filter(None, (armed.verify, armed.others))), _INK, end=end)
    x = put_choices(canvas, Span(left, 7, end - left), armed.choices, _KEYS)
    stop = min(end, right - width_of(armed.note) - 2)
    bar(canvas, Span(x + 3, 7, stop - x - 3), armed.fraction, _INK, _TRACK)
