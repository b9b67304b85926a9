"""The banner: the decision as a block word, why, the one number that matters, and the choices."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from widgets.armed import ArmedView, paint_armed
from widgets.blocks import block_rows, block_width
from widgets.draw import Canvas, Span, bar, width_of
from widgets.drawn import Drawn
from widgets.form import SMALL, WALL, Choice, Form, FormLine, form_of, put_choices
from widgets.glyphs import Status


class BannerStyle(StrEnum):
    """The styles of the banner; they also differ in form, for terminals without colour."""

    QUIET = "quiet"
    CAUTION = "caution"
    STOP = "stop"
    ALARM = "alarm"
    DONE = "done"


class _Paint(NamedTuple):
    """Colour names: word on block, text on ground, number, and the word on dark while armed."""

    word: str
    block: str
    ground: str
    text: str
    number: str
    armed_word: str


_PAINTS: Final[Mapping[BannerStyle, _Paint]] = {
    BannerStyle.QUIET: _Paint("held", "surface", "surface", "foreground", "foreground", "held"),
    BannerStyle.CAUTION: _Paint(
        "on-caution", "fill-caution", "surface", "foreground", "warning", "warning"
    ),
    BannerStyle.STOP: _Paint(
        "on-alert", "fill-alert", "surface", "foreground", "foreground", "error"
    ),
    BannerStyle.ALARM: _Paint(
        "on-alert", "fill-alert", "fill-alert", "on-alert", "on-alert", "error"
    ),
    BannerStyle.DONE: _Paint("on-ok", "fill-ok", "surface", "foreground", "foreground", "success"),
}


class BannerView(Struct, frozen=True):
    """The values of the banner.

    `word` is the decision, `under` why in words; `lines` are the reasons, first the one that sets
    the style; `number` is the time that matters next ("2:41"), `number_label` its words ("to trip")
    and `number_note` what follows them where they share a line ("then rolls back"); `progress` is
    0..1, or None when nothing runs out. `under_armed` replaces `under` while something is armed,
    `under_short` where it does not fit.
    """

    style: BannerStyle
    word: str
    under: str = ""
    lines: tuple[FormLine, ...] = ()
    choices: tuple[Choice, ...] = ()
    number: str = ""
    number_label: str = ""
    number_note: str = ""
    progress: float | None = None
    armed: ArmedView | None = None
    under_armed: str = ""
    under_short: str = ""


class Banner(Drawn[BannerView]):
    """Draws the decision; 4 rows high it is small, from 6 wide, from 9 made for a wall."""

    DEFAULT_CSS = "Banner { height: 6; }"

    def paint(self, canvas: Canvas, value: BannerView) -> None:
        """Draw the decision's block and, right of it, the reasons or what is armed."""
        form = form_of(canvas.height)
        _decision(canvas, value, form)
        if value.armed is not None:
            paint_armed(canvas, value.armed, form)
        elif form is SMALL:
            _small(canvas, value)
        else:
            _wide(canvas, value, form)


def _decision(canvas: Canvas, value: BannerView, form: Form) -> None:
    paint = _PAINTS[value.style]
    armed = value.armed is not None
    word, ground = (paint.armed_word, "surface") if armed else (paint.word, paint.block)
    canvas.fill(0, 0, canvas.width, canvas.height, paint.ground)
    canvas.fill(0, 0, form.block, canvas.height, ground)
    rows = block_rows(value.word, scale=form.scale, squat=form is SMALL)
    for offset, row in enumerate(rows):
        canvas.put(form.inset, form.top + offset, row, word, bold=True, end=form.block)
    under = (value.under_armed if armed else "") or value.under
    if value.under_short and width_of(under) > form.block - form.inset:
        under = value.under_short
    canvas.put(form.inset, form.top + len(rows), under, word, end=form.block)


def _reasons(canvas: Canvas, value: BannerView, rows: Iterable[int], left: int, end: int) -> None:
    """Draw the reasons, one a row; the first one, which sets the style, stands out."""
    text = _PAINTS[value.style].text
    first = text if value.style is BannerStyle.ALARM else "bright"
    for index, (y, line) in enumerate(zip(rows, value.lines, strict=False)):
        ink = text if index else first
        _reason(canvas, Span(left, y, end - left), line, ink, bold=index == 0)


def _reason(canvas: Canvas, span: Span, line: FormLine, ink: str, *, bold: bool = False) -> None:
    """Draw one reason with its glyph; a short form is taken where the long one does not fit."""
    x, y, end = span.x, span.y, span.end
    plain = ink == "on-alert"  # on red even a glyph is white
    if line.status is not Status.NONE:
        x = canvas.mark(x, y, line.status, ink if plain else None) + 1
    text = line.text if width_of(line.text) <= end - x or not line.short else line.short
    canvas.put(x, y, text, ink, bold=bold, end=end)


def _small(canvas: Canvas, value: BannerView) -> None:
    paint = _PAINTS[value.style]
    left, right = SMALL.text, canvas.width - 1
    _reasons(canvas, value, (0, 1), left, right)
    x = canvas.put(left, 2, value.number, paint.number, bold=True)
    label = ", ".join(filter(None, (value.number_label, value.number_note)))
    x = canvas.put(x + 1, 2, label, paint.text, end=right)
    if value.progress is not None:
        _progress(canvas, Span(x + 2, 2, right - x - 2), value)
    if value.choices:
        put_choices(canvas, Span(left, 3, right - left), value.choices, _keys(value.style))
    elif len(value.lines) > 2:
        _reason(canvas, Span(left, 3, right - left), value.lines[2], paint.text)


def _wide(canvas: Canvas, value: BannerView, form: Form) -> None:
    right = canvas.width - form.right
    number_left = right - max(
        block_width(value.number, scale=form.scale), width_of(value.number_label)
    )
    _number(canvas, value, form, right)
    end = number_left - 2
    rows = (1, 3, 4) if form is WALL else (1, 2) if value.choices else (1, 2, 3)
    _reasons(canvas, value, rows, form.text, end)
    foot = form.top + form.foot
    if value.choices:
        beside = width_of(value.number_label) if form is not WALL else right - number_left
        room = right - beside - 2 - form.text
        put_choices(canvas, Span(form.text, foot, room), value.choices, _keys(value.style))
    if value.progress is not None:
        alarm = value.style is BannerStyle.ALARM
        y = canvas.height - 1 if alarm or value.choices else foot
        stop = right if alarm else end - 1
        _progress(canvas, Span(form.text, y, stop - form.text), value)


def _number(canvas: Canvas, value: BannerView, form: Form, right: int) -> None:
    paint = _PAINTS[value.style]
    rows = block_rows(value.number, scale=form.scale)
    for offset, row in enumerate(rows):
        canvas.put_right(right, form.top + offset, row, paint.number, bold=True)
    ink = paint.text if value.style is BannerStyle.ALARM else "muted"
    canvas.put_right(right, form.top + len(rows), value.number_label, ink)


def _keys(style: BannerStyle) -> tuple[str, str, str]:
    """Return the inks of a choice: key, its ground, label."""
    if style is BannerStyle.ALARM:
        return "fill-alert", "on-alert", "on-alert"
    return "background", "foreground", "foreground"


def _progress(canvas: Canvas, span: Span, value: BannerView) -> None:
    ratio = value.progress or 0.0
    if value.style is BannerStyle.ALARM:
        bar(canvas, span, ratio, "on-alert", "alert-track")
    else:
        bar(canvas, span, ratio, "held" if value.style is BannerStyle.QUIET else "foreground")
