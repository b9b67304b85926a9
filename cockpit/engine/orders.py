"""The orders of an operator, from a key of the screen or from a headless command."""

from enum import Enum

from msgspec import Struct

from cockpit.card.model.steps import Part


class GoesOn(Enum):
    """How far a cut-off stage goes on when its run is opened, before any order.

    NOTHING of it for an order about something else; what was BEGUN when somebody opens the screen;
    the STAGE when the order to open was also the order to go on.
    """

    NOTHING = "nothing"
    BEGUN = "begun"
    STAGE = "stage"


class Next(Struct, frozen=True):
    """Begin the next stage (the preflight, a phase, the Done list), or continue after a stop."""


class RunAgain(Struct, frozen=True):
    """Run a stopped step again; an action is never run again without this order."""

    step: str


class Verify(Struct, frozen=True):
    """Run the `verify` check of a step in doubt."""

    step: str


class Waive(Struct, frozen=True):
    """Continue although a step did not pass."""

    step: str
    name: str
    reason: str


class ActOutsideWindow(Struct, frozen=True):
    """Let steps act although the window has not opened, or has closed; in a person's name."""

    name: str
    reason: str


class MarkDone(Struct, frozen=True):
    """Vouch that a step in doubt has happened."""

    step: str
    name: str
    reason: str


class AnswerConfirm(Struct, frozen=True):
    """Answer a confirm step in a person's name; `automatic` if no person did."""

    step: str
    name: str
    automatic: bool = False


class CheckAgain(Struct, frozen=True):
    """Run a check of the Done list, of `success` or of the drumbeat again."""

    step: str


class Vouch(Struct, frozen=True):
    """Vouch, in a person's name, for a confirm line of such a list; also again, later."""

    step: str
    name: str


class HoldRun(Struct, frozen=True):
    """Begin no further step."""

    reason: str = ""


class Release(Struct, frozen=True):
    """End the operator's hold."""


class Arm(Struct, frozen=True):
    """Arm a breaker; nothing is sent."""

    breaker: str
    argument: str = ""


class Disarm(Struct, frozen=True):
    """Disarm a breaker."""

    breaker: str


class Fire(Struct, frozen=True):
    """Fire an armed breaker."""

    breaker: str


class RollBack(Struct, frozen=True):
    """Roll back these parts as far as they were changed; all if none is named.

    `anyway`: where none was changed, roll them all back.
    """

    reason: str
    parts: tuple[Part, ...] = ()
    automatic: bool = False
    anyway: bool = False


Order = (
    Next
    | RunAgain
    | Verify
    | Waive
    | ActOutsideWindow
    | MarkDone
    | AnswerConfirm
    | CheckAgain
    | Vouch
    | HoldRun
    | Release
    | Arm
    | Disarm
    | Fire
    | RollBack
)
