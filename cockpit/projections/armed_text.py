"""How the effect of a breaker or of a rollback is verified, in words taken from the plan."""

from collections.abc import Iterable
from typing import assert_never

from checks.core.base import Check
from checks.core.durations import format_duration
from cockpit.card.model.breakers import CommandBreaker
from cockpit.card.model.plan import Planned
from cockpit.card.model.steps import Confirm, Hold, Prove, Report, Run, Traffic
from cockpit.foundation.formatting import percent

EXIT_STATUS = "its exit status alone"
THEN = ", then "


def describe_verify(breaker: CommandBreaker, argument: str) -> str:
    """Return how the effect of a breaker is verified."""
    return _seen(breaker.verify, breaker.within).replace("{endpoint}", argument)


def describe_verified(items: Iterable[Planned]) -> str:
    """Return how each step of a rollback is verified, in order; empty without any step."""
    return THEN.join(_step_verified(item) for item in items)


def _step_verified(item: Planned) -> str:
    match item.step:
        case Traffic(traffic=share, within=within):
            return f"{percent(share)} on the canary seen within {format_duration(within)}"
        case Run(verify=check, within=within):
            alone = f"the exit status of {item.title} alone"
            return f"{item.title} {_seen(check, within)}" if check else alone
        case Hold(hold=length):
            return f"a watch of {format_duration(length)}"
        case Check() | Prove():
            return item.title
        case Confirm(confirm=text):
            return f"a person's word: {text}"
        case Report():
            return "the report"
        case _:
            assert_never(item.step)


def _seen(check: Check | None, within_s: float) -> str:
    if check is None:
        return EXIT_STATUS
    return f"{check.title or check.label()} within {format_duration(within_s)}"
