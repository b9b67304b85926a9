"""The errors that end a command, each a sentence, with the exit status it gives.

CockpitError            1
├── UsageError          2   the order, the command line or an argument is wrong
│   └── CardError       2   the card is wrong: every problem at once, each with its place
├── UnmeasuredError     3   what was asked could not be found out
│   └── JournalError    3   a journal is broken, or cannot be read
└── ControlError        4   another operator is in control
"""

from typing import ClassVar

from msgspec import Struct


class CockpitError(Exception):
    """Something went wrong that the operator must read; `exit_status` is the command's."""

    exit_status: ClassVar[int] = 1


class UsageError(CockpitError):
    """What was asked cannot be done as it was asked."""

    exit_status = 2


class Problem(Struct, frozen=True):
    """One thing wrong in a card, where (line and column from 1, key), what would be right."""

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}:{self.column}"
        return f"{at}: {self.key}: {self.message}" if self.key else f"{at}: {self.message}"


class CardError(UsageError):
    """A card that cannot be used, with all of its problems, in the order of their lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class UnmeasuredError(CockpitError):
    """The answer could not be found out; unknown is never taken for yes."""

    exit_status = 3


class JournalError(UnmeasuredError):
    """A journal is broken, or cannot be read or written."""


class ControlError(CockpitError):
    """Another operator holds the control of the run."""

    exit_status = 4
