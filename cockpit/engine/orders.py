"""What an operator may order; a key and an option of a headless run make the same."""

from dataclasses import dataclass

from cockpit.card.steps import Part


@dataclass(frozen=True, slots=True)
class Next:
    """Begin what comes next: the preflight, a phase, the Done list; or go on after a stop."""


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Run a stopped step a second time; for an action, this is the explicit order it needs."""

    step: str


@dataclass(frozen=True, slots=True)
class Verify:
    """Look whether a step in doubt has happened."""

    step: str


@dataclass(frozen=True, slots=True)
class Waive:
    """Go on without a passed step."""

    step: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarkDone:
    """Vouch that a step in doubt has happened."""

    step: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Give a person's word for a confirm step; `automatic` when no person gave it."""

    step: str
    name: str
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Begin no further step."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """End the operator's hold."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Arm a breaker; nothing is sent."""

    breaker: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Disarm:
    """Put an armed breaker back."""

    breaker: str


@dataclass(frozen=True, slots=True)
class Fire:
    """Fire an armed breaker."""

    breaker: str


@dataclass(frozen=True, slots=True)
class RollBack:
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
    | Answer
    | Hold
    | Release
    | Arm
    | Disarm
    | Fire
    | RollBack
)
