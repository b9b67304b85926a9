"""Breakers of a card: emergency actions on function keys, each a command or a rollback plan.

A breaker says what it is by its own key, `run` or `rollback`.
"""

from typing import Annotated, Literal, assert_never

from msgspec import Meta

from checks.core.base import CardEntry
from checks.core.units import Span
from checks.registry import AnyCheck
from cockpit.card.model.steps import Part


class _Breaker(CardEntry, frozen=True, kw_only=True):
    """What all breakers have."""

    breaker: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the breaker's name")]
    key: Annotated[str, Meta(pattern=r"^f[2-9]$", description="the key that arms it, f2 to f9")]
    changes: Annotated[str, Meta(description="what it changes for the users, in words")] = ""


class CommandBreaker(_Breaker, frozen=True, kw_only=True):
    """Runs a command: armed, fired, and verified by observing its effect."""

    run: Annotated[str, Meta(description="the command; `{endpoint}` becomes what was picked")]
    shell: Annotated[
        bool,
        Meta(description="hand the command to /bin/sh, which finds the pick in `$ENDPOINT`"),
    ] = False
    takes: Annotated[
        Literal["endpoint"] | None, Meta(description="what the operator picks first")
    ] = None
    verify: Annotated[AnyCheck | None, Meta(description="the check that sees its effect")] = None
    timeout: Annotated[Span, Meta(description="for the command")] = 60.0
    within: Annotated[Span, Meta(description="how long the effect may take to be seen")] = 30.0


class RollbackBreaker(_Breaker, frozen=True, kw_only=True):
    """Fires a rollback plan; the steps under the card's `rollback` run and verify themselves."""

    rollback: Annotated[Literal["traffic", "all"], Meta(description="the plan that it fires")]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that the plan rolls back; empty for all that was changed."""
        match self.rollback:
            case "traffic":
                return (Part.TRAFFIC,)
            case "all":
                return ()
            case _:
                assert_never(self.rollback)


Breaker = CommandBreaker | RollbackBreaker


def argument_of(breaker: Breaker) -> Literal["endpoint"] | None:
    """Return what the operator picks before the breaker is armed; None for nothing."""
    match breaker:
        case CommandBreaker():
            return breaker.takes
        case RollbackBreaker():
            return None
        case _:
            assert_never(breaker)
