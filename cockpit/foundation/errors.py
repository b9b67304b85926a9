"""The errors that end a command; each is a sentence and has an exit status.

CockpitError            1
├── UsageError          2   the order, the command line or an argument is wrong
│   ├── CardError       2   the card is wrong: every problem at once, each with its place
│   └── EditedCardError 2   the card of a run was edited after it began, and nobody accepted that
├── UnmeasuredError     3   the result could not be determined
│   └── JournalError    3   a journal is broken, or cannot be read or written
└── ControlError        4   another operator is in control
"""

from pathlib import Path
from typing import ClassVar

from msgspec import Struct


class CockpitError(Exception):
    """An error that the operator must read; `exit_status` is the exit status of the command."""

    exit_status: ClassVar[int] = 1


class UsageError(CockpitError):
    """The request itself is wrong, and cannot be carried out."""

    exit_status = 2


class Problem(Struct, frozen=True):
    """One problem of a card: what is wrong, where (line and column from 1), and what is right."""

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}:{self.column}"
        return f"{at}: {self.key}: {self.message}" if self.key else f"{at}: {self.message}"


class CardError(UsageError):
    """A card cannot be used; `problems` are all that is wrong with it, in the order of lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class EditedCardError(UsageError):
    """The card of a run was edited after it began, and nobody accepted that by name."""

    def __init__(self, card: Path, run: str, edits: tuple[str, ...]) -> None:
        listed = "\n  ".join(edits)
        super().__init__(
            f"{card} was edited after run {run} began, so nothing of it was run:\n  {listed}\n"
            "put the card back as it was, or go on with it in a person's name:"
            " add --accept-card NAME"
        )


class UnmeasuredError(CockpitError):
    """The result could not be determined; unknown never counts as passed."""

    exit_status = 3


class JournalError(UnmeasuredError):
    """A journal is broken, or cannot be read or written."""


class ControlError(CockpitError):
    """Another operator is in control of the run."""

    exit_status = 4
