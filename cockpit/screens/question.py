"""A question in the cutover's place: lines to fill in; Enter gives them, Esc puts it back."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Label

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A line to fill in: what it is, and what stands in it beforehand."""

    name: str
    value: str = ""


class Question(Vertical):
    """Asks; every line must be filled in before Enter gives them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "back", show=False)]

    class Given(Message):
        """All lines are filled in; `values` in the order asked."""

        def __init__(self, purpose: str, values: tuple[str, ...]) -> None:
            super().__init__()
            self.purpose = purpose
            self.values = values

    class Cancelled(Message):
        """Esc was pressed."""

    def __init__(self, purpose: str, title: str, hint: str, asked: tuple[Asked, ...]) -> None:
        super().__init__()
        self._purpose, self._title, self._hint, self._asked = purpose, title, hint, asked

    def compose(self) -> ComposeResult:
        """Lay out title, hint and lines; all text is plain."""
        yield Label(self._title, markup=False, classes="title")
        yield Label(self._hint, markup=False, classes="hint")
        for line in self._asked:
            yield Label(line.name, markup=False)
            yield Input(line.value, max_length=_LONGEST)
        yield Label("Enter goes on    Esc back", markup=False, classes="hint")

    def on_mount(self) -> None:
        """Begin in the first line that is empty."""
        inputs = list(self.query(Input))
        next((line for line in inputs if not line.value), inputs[0]).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next empty line, or give all of them."""
        event.stop()
        inputs = list(self.query(Input))
        empty = next((line for line in inputs if not line.value.strip()), None)
        if empty is not None:
            empty.focus()
            return
        self.post_message(self.Given(self._purpose, tuple(line.value.strip() for line in inputs)))

    def action_cancel(self) -> None:
        """Put the question back."""
        self.post_message(self.Cancelled())
