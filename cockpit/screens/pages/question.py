"""A question in the cutover's place: lines to fill in; Enter submits them, Esc cancels."""

from enum import Enum
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Label

from cockpit.screens.pages.help_texts import QUESTION

_LONGEST = 200
_KEYS = "Enter goes on    Esc back"


class Purpose(Enum):
    """What the values of a question are for."""

    ANSWER = "answer"
    VOUCH = "vouch"
    WAIVE = "waive"
    OUTSIDE = "outside"
    MARK = "mark"
    ENDPOINT = "endpoint"


class QuestionLine(Struct, frozen=True):
    """A line to fill in: its name, its first value, and the message while it is empty."""

    name: str
    value: str = ""
    missing: str = ""

    @property
    def needed(self) -> str:
        """The message while the line is empty.

        >>> QuestionLine("reason").needed, QuestionLine("endpoint").needed
        ('a reason is needed', 'an endpoint is needed')
        """
        article = "an" if self.name[:1].casefold() in tuple("aeiou") else "a"
        return self.missing or f"{article} {self.name} is needed"


class Question(Vertical):
    """A form about `subject`, a step's or breaker's id; Enter submits it once all is filled in."""

    BINDING_GROUP_TITLE = "Your word"
    HELP = QUESTION
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", tooltip="cancel the question", id="question.back")
    ]

    class Submitted(Message):
        """All lines are filled in; `values` are in the order of the lines."""

        def __init__(self, purpose: Purpose, subject: str, values: tuple[str, ...]) -> None:
            super().__init__()
            self.purpose = purpose
            self.subject = subject
            self.values = values

    class Cancelled(Message):
        """Esc was pressed."""

    def __init__(
        self,
        purpose: Purpose,
        subject: str,
        title: str,
        hint: str,
        lines: tuple[QuestionLine, ...],
    ) -> None:
        super().__init__()
        self._purpose, self._subject = purpose, subject
        self._title, self._hint, self._lines = title, hint, lines

    def compose(self) -> ComposeResult:
        """Lay out title, hint and lines; all text is plain."""
        yield Label(self._title, markup=False, classes="title")
        yield Label(self._hint, markup=False, classes="hint")
        for line in self._lines:
            yield Label(line.name, markup=False)
            yield Input(line.value, max_length=_LONGEST)
        yield Label(_KEYS, markup=False, classes="hint", id="keys")

    def on_mount(self) -> None:
        """Focus the first empty line."""
        inputs = list(self.query(Input))
        next((field for field in inputs if not field.value), inputs[0]).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the first empty line, or submit all of them."""
        event.stop()
        inputs = list(self.query(Input))
        for field, line in zip(inputs, self._lines, strict=True):
            if not field.value.strip():
                field.focus()
                self._show_needed(line.needed)
                return
        values = tuple(field.value.strip() for field in inputs)
        self.post_message(self.Submitted(self._purpose, self._subject, values))

    def _show_needed(self, needed: str) -> None:
        """Show what is missing, in front of the keys."""
        label = self.query_one("#keys", Label)
        label.update(f"{needed}    {_KEYS}")
        label.add_class("needed")

    def action_cancel(self) -> None:
        """Cancel the question."""
        self.post_message(self.Cancelled())
