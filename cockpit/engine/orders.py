"""What an operator may order; a key and an option of a headless run make the same."""

from msgspec import Struct

from cockpit.card.model.steps import Part


class Next(Struct, frozen=True):
    """Begin what comes next: the preflight, a phase, the Done list; or go on after a stop."""


class RunAgain(Struct, frozen=True):
    """Run a stopped step a second time; for an action, this is the explicit order it needs."""

    step: str


class Verify(Struct, frozen=True):
    """Look whether a step in doubt has happened."""

    step: str


class Waive(Struct, frozen=True):
    """Go on without a passed step."""

    step: str
    name: str
    reason: str


class MarkDone(Struct, frozen=True):
    """Vouch that a step in doubt has happened."""

    step: str
    name: str
    reason: str


class AnswerConfirm(Struct, frozen=True):
    """Give a person's word for a confirm step; `automatic` when no person gave it."""

    step: str
    name: str
    automatic: bool = False


class CheckAgain(Struct, frozen=True):
    """Look again at a line of the Done list or of what follows the end; it changes nothing."""

    step: str


class Vouch(Struct, frozen=True):
    """Give a person's word for such a line, for the first time or anew."""

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
    """Put an armed breaker back."""

    breaker: str


class Fire(Struct, frozen=True):
    """Fire an armed breaker."""

    breaker: str


class RollBack(Struct, frozen=True):
    """Bring these parts back, as far as they were changed; all of them when none is named."""

    reason: str
    parts: tuple[Part, ...] = ()
    automatic: bool = False


Order = (
    Next
    | RunAgain
    | Verify
    | Waive
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
