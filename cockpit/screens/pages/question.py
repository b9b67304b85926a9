"""A question in the cutover's place: lines to fill in; Enter gives them, Esc puts it back."""

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


class QuestionLine(Struct, frozen=True):
    """A line to fill in: what it is, what stands in it beforehand, and what is said if nothing."""

    name: str
    value: str = ""
    missing: str = ""

    @property
    def needed(self) -> str:
        """Say that it is missing.

        >>> QuestionLine("reason").needed, QuestionLine("endpoint").needed
        ('a reason is needed', 'an endpoint is needed')
        """
        article = "an" if self.name[:1].casefold() in tuple("aeiou") else "a"
        return self.missing or f"{article} {self.name} is needed"


class Question(Vertical):
    """Asks; every line must be filled in before Enter gives them."""

    BINDING_GROUP_TITLE = "Your word"
    HELP = QUESTION
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", tooltip="give nothing", id="question.back")
    ]

    class Given(Message):
        """All lines are filled in; `values` in the order asked."""

        def __init__(self, purpose: str, values: tuple[str, ...]) -> None:
            super().__init__()
            self.purpose = purpose
            self.values = values

    class Cancelled(Message):
        """Esc was pressed."""

    def __init__(
        self, purpose: str, title: str, hint: str, asked: tuple[QuestionLine, ...]
    ) -> None:
        super().__init__()
        self._purpose, self._title, self._hint, self._asked = purpose, title, hint, asked

    def compose(self) -> ComposeResult:
        """Lay out title, hint and lines; all text is plain."""
        yield Label(self._title, markup=False, classes="title")
        yield Label(self._hint, markup=False, classes="hint")
        for line in self._asked:
            yield Label(line.name, markup=False)
            yield Input(line.value, max_length=_LONGEST)
        yield Label(_KEYS, markup=False, classes="hint", id="keys")

    def on_mount(self) -> None:
        """Begin in the first line that is empty."""
        inputs = list(self.query(Input))
        next((line for line in inputs if not line.value), inputs[0]).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next empty line, or give all of them."""
        event.stop()
        inputs = list(self.query(Input))
        for line, asked in zip(inputs, self._asked, strict=True):
            if not line.value.strip():
                line.focus()
                self._say(asked.needed)
                return
        self.post_message(self.Given(self._purpose, tuple(line.value.strip() for line in inputs)))

    def _say(self, needed: str) -> None:
        """Say what is missing, in front of the keys."""
        label = self.query_one("#keys", Label)
        label.update(f"{needed}    {_KEYS}")
        label.add_class("needed")

    def action_cancel(self) -> None:
        """Put the question back."""
        self.post_message(self.Cancelled())
