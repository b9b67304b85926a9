"""What the parts of the banner share: three sizes, lines with a glyph, keys with choices."""

from typing import Final, NamedTuple

from msgspec import Struct

from widgets.draw import Canvas, Span, width_of
from widgets.glyphs import Status


class Form(NamedTuple):
    """The banner at one size, in cells: where block and text begin, and how big the word is.

    `foot` is the row of the choices below `top`, `right` the margin right of the number.
    """

    block: int
    inset: int
    top: int
    text: int
    right: int
    scale: int
    foot: int


SMALL: Final = Form(block=36, inset=2, top=0, text=38, right=1, scale=1, foot=3)
WIDE: Final = Form(block=38, inset=3, top=1, text=41, right=3, scale=1, foot=3)
WALL: Final = Form(block=72, inset=4, top=1, text=75, right=3, scale=2, foot=5)


def form_of(height: int) -> Form:
    """Return the form for a banner's height in rows.

    >>> form_of(4) is SMALL, form_of(6) is WIDE, form_of(9) is WALL
    (True, True, True)
    """
    if height >= 9:
        return WALL
    return WIDE if height >= 6 else SMALL


class FormLine(Struct, frozen=True):
    """A sentence, its glyph if it has one, and a shorter form for where it does not fit."""

    text: str
    status: Status = Status.NONE
    short: str = ""


class Choice(Struct, frozen=True):
    """A key and what it does, with its target; `short` is used where the label does not fit."""

    key: str
    label: str
    short: str = ""


def choices_width(choices: tuple[Choice, ...]) -> int:
    """Return the cells of keys and long labels at the narrower of their two gaps.

    >>> choices_width((Choice("Enter", "FIRES"), Choice("Esc", "disarms")))
    28
    """
    keys = sum(width_of(choice.key) + 3 + width_of(choice.label) for choice in choices)
    return keys + 2 * max(0, len(choices) - 1)


def put_choices(
    canvas: Canvas, span: Span, choices: tuple[Choice, ...], inks: tuple[str, str, str]
) -> int:
    """Draw keys with their choices, in the longest form that fits; return the column after them.

    `inks` are the colour names of the key, of its ground and of the label.
    """
    labels, gap, margin = _form(choices, span.width)
    key_ink, ground, ink = inks
    x = span.x
    for choice, label in zip(choices, labels, strict=True):
        key = f"{margin}{choice.key}{margin}"
        x = canvas.put(x, span.y, key, key_ink, bold=True, ground=ground)
        x = canvas.put(x + 1, span.y, label, ink, bold=True, end=span.end) + gap
    return x - gap


def _form(choices: tuple[Choice, ...], room: int) -> tuple[list[str], int, str]:
    """Pick labels, gap and the keys' margin: the widest form that fits, else the closest one."""
    long = [choice.label for choice in choices]
    short = [choice.short or choice.label for choice in choices]
    forms = ((long, 3, " "), (long, 2, " "), (short, 3, " "), (short, 2, " "), (short, 1, " "))
    for labels, gap, margin in forms:
        keys = sum(width_of(choice.key) + 1 + 2 * len(margin) for choice in choices)
        if keys + sum(map(width_of, labels)) + gap * (len(choices) - 1) <= room:
            return labels, gap, margin
    return short, 2 if len(choices) < 4 else 1, ""
