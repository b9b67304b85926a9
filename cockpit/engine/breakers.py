"""Breakers: armed, fired, verified by observing the effect; in every state, ahead of everything."""

import shlex
from typing import Any, assert_never

from msgspec.structs import asdict, replace

from checks.command import Command as CommandCheck
from checks.core.base import Check, Outcome, Result
from checks.core.errors import UnsetVariableError
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import Planned
from cockpit.card.model.steps import Confirm, Hold, Report, Run, Traffic
from cockpit.engine.action import ActionCommand, perform
from cockpit.engine.context import Context
from cockpit.engine.poll import look_until
from cockpit.engine.rollback import parts_to_undo, steps_of
from cockpit.engine.traffic import command as traffic_command
from cockpit.foundation.errors import UsageError
from cockpit.foundation.redaction import sanitize
from cockpit.journal import events as ev
from cockpit.state import BreakerStatus

ARMED_FOR_S = 10.0


def command(breaker: CommandBreaker, argument: str) -> ActionCommand:
    """Return the command of a breaker, with what was picked filled in as one argument."""
    return ActionCommand(
        breaker.run,
        timeout_s=breaker.timeout,
        values={breaker.takes: argument} if breaker.takes else None,
        urgent=True,
    )


def shown(context: Context, breaker: Breaker, argument: str) -> str:
    """Say exactly what firing will run; a rollback's steps are those that it would take now.

    Several actions are named by their titles: of their commands no screen could show the whole.
    """
    match breaker:
        case CommandBreaker():
            return command(breaker, argument).shown()
        case RollbackBreaker():
            return _rollback_shown(context, breaker)
        case _:
            assert_never(breaker)


def _rollback_shown(context: Context, breaker: RollbackBreaker) -> str:
    undo = parts_to_undo(context.session.state, breaker.parts)
    steps = steps_of(context, undo)
    acting = [item for item in steps if isinstance(item.step, Run | Traffic)]
    if len(acting) > 1:
        return ", ".join(item.title for item in steps)
    return ", then ".join(_step_shown(context, item) for item in steps) or "nothing to undo"


def _step_shown(context: Context, item: Planned) -> str:
    match item.step:
        case Run() as step:
            return step.run
        case Traffic() as step:
            return traffic_command(context, step).shown()
        case Check() | Hold() | Confirm() | Report():
            return item.title
        case _:
            assert_never(item.step)


def attempt_of(context: Context, breaker: Breaker) -> int:
    """Give the number of the next shot."""
    found = context.session.state.breakers.get(breaker.breaker)
    return found.attempt + 1 if found else 1


async def begin(context: Context, breaker: Breaker, argument: str, attempt: int) -> None:
    """Record the intent to fire; a journal that cannot be written stops no breaker."""
    await context.session.record(
        ev.BreakerFired(
            breaker=breaker.breaker,
            attempt=attempt,
            argument=argument,
            command=shown(context, breaker, argument),
        )
    )


async def follow(context: Context, breaker: CommandBreaker, argument: str, attempt: int) -> Result:
    """Run a fired breaker's command and look for its effect; goes on after another cockpit, too.

    Never raises for a command that fails.
    """
    try:
        result = await _acted(context, breaker, argument, attempt)
        if result.outcome is Outcome.PASSED and breaker.verify is not None:
            result = await _seen(context, breaker, breaker.verify, argument)
    # A boundary: whatever goes wrong here, the breaker must be free to be fired again.
    except Exception as error:
        result = Result(Outcome.UNKNOWN, f"it broke: {type(error).__name__}: {error}")
    await end(context, breaker, attempt, result)
    return result


async def end(context: Context, breaker: Breaker, attempt: int, result: Result) -> None:
    """Record what came of a breaker."""
    await context.session.record(
        ev.BreakerEnded(
            breaker=breaker.breaker,
            attempt=attempt,
            outcome=result.outcome,
            evidence=result.evidence,
        )
    )


async def _acted(context: Context, breaker: CommandBreaker, argument: str, attempt: int) -> Result:
    try:
        name = f"breaker.{breaker.breaker}"
        result = await perform(context, name, attempt, command(breaker, argument))
    except UnsetVariableError as error:
        return Result(Outcome.FAILED, str(error))
    if result is None:
        return Result(Outcome.UNKNOWN, "began, and left no outcome: look yourself, then fire again")
    if result.outcome is Outcome.PASSED:
        await context.session.record(
            ev.BreakerActed(breaker=breaker.breaker, attempt=attempt, evidence=result.evidence)
        )
    return result


async def _seen(context: Context, breaker: CommandBreaker, verify: Check, argument: str) -> Result:
    check = _about(verify, argument)
    seen = await look_until(check, context.tools, breaker.within)
    if seen.outcome is Outcome.PASSED:
        return seen
    return Result(seen.outcome, f"its command ran, its effect is not seen: {seen.evidence}")


def _about(check: Check, argument: str) -> Check:
    """Give the check with what was picked in the place of each `{endpoint}` in it.

    In a command it is one argument, whatever it holds: it is quoted, and split off or run by none.
    """
    of_command = shlex.quote(argument) if isinstance(check, CommandCheck) else argument
    filled = {
        name: _filled(value, of_command if name == "command" else argument)
        for name, value in asdict(check).items()
    }
    return replace(check, **filled)


def _filled(value: Any, argument: str) -> Any:
    match value:
        case str():
            return value.replace("{endpoint}", argument)
        case dict():
            return {key: _filled(item, argument) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_filled(item, argument) for item in value)
        case _:  # a number, a truth value or None holds no text
            return value


def armed(context: Context) -> Breaker | None:
    """Give the breaker that is armed now."""
    for breaker in context.plan.breakers:
        found = context.session.state.breakers.get(breaker.breaker)
        if found and found.status is BreakerStatus.ARMED:
            return breaker
    return None


def checked_argument(breaker: Breaker, argument: str) -> str:
    """Return the argument if the breaker takes it; raises UsageError if not."""
    takes = breaker.takes if isinstance(breaker, CommandBreaker) else None
    match takes:
        case None if argument:
            raise UsageError(f"{breaker.breaker} takes nothing, and {argument!r} was given")
        case None:
            return argument
        case "endpoint" if not argument:
            raise UsageError(f"{breaker.breaker} takes an endpoint: name one")
        case "endpoint" if not argument.startswith("/"):
            raise UsageError(f"{argument!r} is no endpoint: it must begin with /, as /api/users")
        case "endpoint":
            return argument
        case _:
            assert_never(takes)


def refuse_hidden(context: Context, argument: str) -> None:
    """Raise UsageError for an argument that could not be shown and recorded as it is sent."""
    if (shown := sanitize(argument, context.session.redactor)) != argument:
        raise UsageError(f"{shown} cannot be sent: it holds a secret, or what cannot be shown")
