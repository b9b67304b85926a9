"""What firing a breaker or ordering a rollback would send now, taken from the plan itself."""

from collections.abc import Iterable
from typing import assert_never

from checks.core.base import Check
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan, Planned
from cockpit.card.model.steps import Confirm, Hold, Prove, Report, Run, Traffic
from cockpit.engine import traffic
from cockpit.engine.action import ActionCommand
from cockpit.engine.rollback import parts_fired
from cockpit.projections.armed_text import THEN, describe_verified, describe_verify
from cockpit.projections.forecast import back_items
from cockpit.state import State

NOTHING = "nothing to undo"


def command(breaker: CommandBreaker, argument: str) -> ActionCommand:
    """Return the command of a breaker, with what was picked filled in as one argument."""
    return ActionCommand(
        breaker.run,
        breaker.shell,
        timeout_s=breaker.timeout,
        values={breaker.takes: argument} if breaker.takes else None,
        urgent=True,
    )


def format_commands(card: Card, plan: Plan, state: State, breaker: Breaker, argument: str) -> str:
    """Return exactly what firing would run now."""
    match breaker:
        case CommandBreaker():
            return command(breaker, argument).format()
        case RollbackBreaker():
            return format_rollback(card, _items(plan, state, breaker))
        case _:
            assert_never(breaker)


def format_verify(plan: Plan, state: State, breaker: Breaker, argument: str) -> str:
    """Return how the effect would be verified; empty where there is nothing to undo."""
    match breaker:
        case CommandBreaker():
            return describe_verify(breaker, argument)
        case RollbackBreaker():
            return describe_verified(_items(plan, state, breaker))
        case _:
            assert_never(breaker)


def format_rollback(card: Card, items: Iterable[Planned]) -> str:
    """Return exactly what the steps of a rollback would run, in order."""
    return THEN.join(_step_shown(card, item) for item in items) or NOTHING


def _items(plan: Plan, state: State, breaker: RollbackBreaker) -> tuple[Planned, ...]:
    return back_items(plan, parts_fired(plan, state, breaker))


def _step_shown(card: Card, item: Planned) -> str:
    match item.step:
        case Run() as step:
            return step.run
        case Traffic() as step:
            return traffic.format_command(card, step)
        case Check() | Hold() | Confirm() | Report() | Prove():
            return item.title
        case _:
            assert_never(item.step)
