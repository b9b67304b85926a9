"""The picker for a breaker's endpoint: type to filter; Enter picks and fires nothing."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Final, NamedTuple

from msgspec import Struct
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.draw import Canvas, Span, width_of
from widgets.drawn import Drawn
from widgets.form import Choice, put_choices
from widgets.glyphs import Status, glyph

_MOST_TYPED: Final = 64  # characters of a filter
_FIXED_ROWS: Final = 3  # title, filter and keys are always there
_LEAST_OPTIONS: Final = 3
_HELP: Final = """
**The picker**: type to filter, arrows choose. **Enter** hands the choice over: it arms, and fires
nothing. Letters are text here; the function keys still arm breakers.
"""
_KEYS: Final = ("background", "foreground", "foreground")


class Option(Struct, frozen=True):
    """One thing to pick: its value, its figures for the columns, and what picking it would mean.

    `meaning` holds pairs of label and words ("would run", "npm run …"); `status` is NONE unless
    someone should look at it: then its glyph stands before the first figure.
    """

    value: str
    figures: tuple[str, ...] = ()
    meaning: tuple[tuple[str, str], ...] = ()
    status: Status = Status.NONE


class PickerView(Struct, frozen=True):
    """The question, the columns, and the options in their order."""

    title: str
    question: str
    columns: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    hint: str = "type to filter"
    enter: str = "arms, fires nothing"


class Picker(Drawn[PickerView], can_focus=True):
    """Draws the options that contain what was typed, and what the chosen one would do.

    Only characters, Backspace, the arrows, Enter and Esc are taken; all other keys pass on, so that
    breakers keep working.
    """

    DEFAULT_CSS = "Picker { height: 1fr; }"
    HELP = _HELP
    BINDING_GROUP_TITLE = "The picker"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "goes on", tooltip="with what is chosen; fires nothing"),
        Binding("escape", "cancel", "back", tooltip="pick nothing"),
        Binding("up", "choose(-1)", "up", tooltip="the one above", show=False),
        Binding("down", "choose(1)", "down", tooltip="the one below", show=False),
        Binding("backspace", "widen", "widen", tooltip="take a letter back", show=False),
    ]

    class Picked(Message):
        """Enter was pressed on an option; `value` is its value."""

        def __init__(self, picker: "Picker", value: str) -> None:
            super().__init__()
            self.picker = picker
            self.value = value

        @property
        def control(self) -> "Picker":
            """The picker that posted it."""
            return self.picker

    class Cancelled(Message):
        """Esc was pressed."""

    typed: str = ""
    cursor: int = 0

    @property
    def matches(self) -> tuple[Option, ...]:
        """The options that contain what was typed, in any case, in the order given."""
        wanted = self.typed.casefold()
        return tuple(o for o in self.value.options if wanted in o.value.casefold())

    def on_key(self, event: events.Key) -> None:
        """Take the keys that belong to a picker and let all others pass."""
        if event.is_printable and event.character:
            self.typed, self.cursor = (self.typed + event.character)[:_MOST_TYPED], 0
            self.redraw()
        elif (take := self._takes.get(event.key)) is not None:
            take()
        else:
            return
        event.stop()
        event.prevent_default()

    @property
    def _takes(self) -> Mapping[str, Callable[[], None]]:
        return {
            "enter": self.action_pick,
            "escape": self.action_cancel,
            "up": partial(self.action_choose, -1),
            "down": partial(self.action_choose, 1),
            "backspace": self.action_widen,
        }

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return whether a key is text here, so that it is no key of the screen below."""
        return character is not None and character.isprintable()

    def action_choose(self, rows: int) -> None:
        """Go up or down."""
        self.cursor = max(0, min(self.cursor + rows, len(self.matches) - 1))
        self.redraw()

    def action_widen(self) -> None:
        """Delete the last character."""
        self.typed = self.typed[:-1]
        self.action_choose(0)

    def action_cancel(self) -> None:
        """Pick nothing."""
        self.post_message(self.Cancelled())

    def action_pick(self) -> None:
        """Post the chosen option."""
        if matches := self.matches:
            self.post_message(self.Picked(self, matches[min(self.cursor, len(matches) - 1)].value))

    def paint(self, canvas: Canvas, value: PickerView) -> None:
        """Draw the question, the filter, the options and the meaning of the one chosen."""
        matches = self.matches
        cursor = min(self.cursor, max(0, len(matches) - 1))
        chosen = matches[cursor] if matches else None
        meaning = chosen.meaning if chosen else ()
        form = _form(canvas.height, len(value.options), len(meaning))
        _head(canvas, value, self.typed, f"{len(matches)} of {len(value.options)} match")
        if form.header:
            _columns(canvas, value.columns)
        first = max(0, min(cursor - form.room // 2, len(matches) - form.room))
        y = 2 + form.header
        for index, option in enumerate(matches[first : first + form.room], start=first):
            _option(canvas, y, option, value.columns, chosen=index == cursor)
            y += 1
        if chosen is None:
            canvas.put(2, y, "nothing matches; Backspace widens", "warning")
            y += 1
        y += form.gaps > 0
        for offset, (label, text) in enumerate(meaning[: form.meanings]):
            canvas.put(0, y + offset, label, "muted")
            canvas.put(11, y + offset, text, bold=label == "would run")
        choices = (Choice("Enter", value.enter), Choice("Esc", "back"))
        last = min(canvas.height - 1, y + form.meanings + (form.gaps > 1))
        put_choices(canvas, Span(0, last, canvas.width), choices[not matches :], _KEYS)


class _Form(NamedTuple):
    """Rows of the picker at one height: header and free rows (0 or 1, 0 to 2), options, meaning."""

    header: int
    gaps: int
    room: int
    meanings: int


def _form(height: int, options: int, meaning: int) -> _Form:
    """Divide the rows: three options first, then what Enter means, whose last line goes first.

    >>> _form(7, 12, 2), _form(15, 4, 3)
    (_Form(header=0, gaps=0, room=3, meanings=1), _Form(header=1, gaps=2, room=6, meanings=3))
    """
    least = max(1, min(_LEAST_OPTIONS, options))
    spare = max(0, height - _FIXED_ROWS - least)
    meanings = min(meaning, spare)
    header = min(1, spare - meanings)
    gaps = min(2, spare - meanings - header)
    return _Form(header, gaps, least + spare - meanings - header - gaps, meanings)


def _head(canvas: Canvas, value: PickerView, typed: str, count: str) -> None:
    canvas.put(0, 0, "─" * canvas.width, "held")
    x = canvas.put(0, 0, f"{value.title} ", "held", bold=True)
    canvas.put(x, 0, f"{value.question} ", "bright", bold=True)
    canvas.put_right(canvas.width, 0, f" {count}")
    x = canvas.put(0, 1, " filter ", "background", bold=True, ground="foreground")
    x = canvas.put(x + 1, 1, typed, "bright", bold=True)
    x = canvas.put(x, 1, "▏", "held")
    canvas.put(x + 3, 1, value.hint, "muted")


def _columns(canvas: Canvas, columns: tuple[str, ...]) -> None:
    for column, right in zip(columns, _rights(canvas.width, columns), strict=True):
        if right == 0:
            canvas.put(2, 2, column, "muted")
        else:
            canvas.put_right(right, 2, column, "muted")


def _rights(width: int, columns: tuple[str, ...]) -> tuple[int, ...]:
    """Return where each column ends; the first one begins at the left and has 0."""
    rights, right = [], width - 1
    for column in reversed(columns[1:]):
        rights.append(right)
        right -= max(width_of(column), 9) + 3
    return (0, *reversed(rights)) if columns else ()


def _option(
    canvas: Canvas, y: int, option: Option, columns: tuple[str, ...], *, chosen: bool
) -> None:
    if chosen:
        canvas.fill(0, y, canvas.width, 1, "panel")
        canvas.mark(0, y, Status.RUNNING, "held")
    ink = "bright" if chosen else "foreground"
    left, look = canvas.width, option.status is not Status.NONE
    for figure, right in zip(option.figures, _rights(canvas.width, columns)[1:], strict=False):
        start = canvas.put_right(right, y, figure, "warning" if look else ink, bold=look)
        if look:
            start = _mark_before(canvas, start, y, option.status)
        left, look = min(left, start), False
    if look:
        left = _mark_before(canvas, left, y, option.status)
    canvas.put(2, y, option.value, ink, bold=chosen, end=left - 1)


def _mark_before(canvas: Canvas, x: int, y: int, status: Status) -> int:
    """Draw a status' glyph to the left of a column, with one cell between; return where."""
    start = x - 1 - width_of(glyph(status, ascii_only=canvas.ascii_only))
    canvas.mark(start, y, status)
    return start
