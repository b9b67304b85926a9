"""Breakers: fired in every state, ahead of everything else, verified by observing the effect."""

import asyncio
import shlex
from typing import Any, assert_never

from msgspec.structs import asdict, replace

from checks.command import Command as CommandCheck
from checks.core.base import Check, Outcome, Result
from checks.core.errors import UnsetVariableError
from cockpit.card.model.breakers import Breaker, CommandBreaker, argument_of
from cockpit.engine import announced, launch
from cockpit.engine.action import new_folder, perform
from cockpit.engine.context import Context
from cockpit.engine.poll import check_until
from cockpit.foundation.errors import UsageError
from cockpit.foundation.redaction import sanitize
from cockpit.journal import events as ev
from cockpit.process import step as process
from cockpit.state import BreakerStatus

ARMED_FOR_S = 10.0
ON_ITS_WAY = frozenset({BreakerStatus.FIRING, BreakerStatus.FIRED})
_DOLLAR = "COCKPIT_DOLLAR"
"""The variable whose value is `$`, with which a text keeps a `${` through its expansion."""


def format_command(context: Context, breaker: Breaker, argument: str) -> str:
    """Return exactly what firing would run now."""
    state = context.session.state
    return announced.format_commands(context.card, context.plan, state, breaker, argument)


def attempt_of(context: Context, breaker: Breaker) -> int:
    """Return the number of the next attempt."""
    before = context.session.state.breakers.get(breaker.breaker)
    return before.attempt + 1 if before else 1


async def begin(context: Context, breaker: Breaker, argument: str, attempt: int) -> None:
    """Record the intent to fire; a journal that cannot be written does not stop a breaker."""
    await context.session.record(
        ev.BreakerFired(
            breaker=breaker.breaker,
            attempt=attempt,
            argument=argument,
            command=format_command(context, breaker, argument),
            folder=new_folder(f"breaker.{breaker.breaker}", attempt),
        )
    )


async def take_in_unknown(context: Context, breaker: CommandBreaker) -> None:
    """Record what was fired and the journal does not know of; the last of it stays on its way."""
    name, known = f"breaker.{breaker.breaker}", frozenset(context.session.state.folders.values())
    unknown = await asyncio.to_thread(launch.unknown_attempts, context.folder, f"{name}.", known)
    for folder in unknown:
        before = context.session.state.breakers.get(breaker.breaker)
        if before is not None and before.status in ON_ITS_WAY:
            evidence = "another attempt was found that the journal did not know of"
            lost = Result(Outcome.UNKNOWN, evidence)
            await end(context, breaker, before.attempt, lost, by=ev.COCKPIT)
        argument = await asyncio.to_thread(process.note, folder)
        shown = announced.command(breaker, argument).format()
        fired = ev.BreakerFired(
            breaker=breaker.breaker,
            attempt=attempt_of(context, breaker),
            argument=argument,
            command=f"{shown} (the journal did not know of it)",
            folder=folder.name,
        )
        await context.session.record(fired, by=ev.COCKPIT)


async def still_runs(context: Context, breaker: CommandBreaker) -> bool:
    """Whether the command of the last attempt runs now."""
    own = context.step_folder(f"breaker.{breaker.breaker}", attempt_of(context, breaker) - 1)
    places = await asyncio.to_thread(launch.places, own, urgent=True)
    state = await asyncio.to_thread(process.state, places[0])
    return isinstance(state, process.RunningStep)


async def follow(context: Context, breaker: CommandBreaker, argument: str, attempt: int) -> Result:
    """Run a fired breaker's command and verify its effect; also continues for another cockpit.

    Never raises if the command fails.
    """
    try:
        result = await _run_command(context, breaker, argument, attempt)
        if result.outcome is Outcome.PASSED and breaker.verify is not None:
            result = await _verify(context, breaker, breaker.verify, argument)
    # A boundary: whatever goes wrong here, the breaker must end, so that it can be fired again.
    except Exception as error:
        result = Result(Outcome.UNKNOWN, f"it broke: {type(error).__name__}: {error}")
    await end(context, breaker, attempt, result)
    return result


async def end(
    context: Context, breaker: Breaker, attempt: int, result: Result, *, by: str | None = None
) -> None:
    """Record the outcome of a breaker; `by` is who found it, if not the operator."""
    await context.session.record(
        ev.BreakerEnded(
            breaker=breaker.breaker,
            attempt=attempt,
            outcome=result.outcome,
            evidence=result.evidence,
        ),
        by=by,
    )


async def _run_command(
    context: Context, breaker: CommandBreaker, argument: str, attempt: int
) -> Result:
    try:
        name = f"breaker.{breaker.breaker}"
        result = await perform(context, name, attempt, announced.command(breaker, argument))
    except UnsetVariableError as error:
        return Result(Outcome.FAILED, str(error))
    if result is None:
        return Result(Outcome.UNKNOWN, "began, and left no outcome: look yourself, then fire again")
    if result.outcome is Outcome.PASSED:
        await context.session.record(
            ev.BreakerActed(breaker=breaker.breaker, attempt=attempt, evidence=result.evidence)
        )
    return result


async def _verify(
    context: Context, breaker: CommandBreaker, verify: Check, argument: str
) -> Result:
    picked = {breaker.takes.upper(): argument} if breaker.takes else {}
    env = {**context.env, _DOLLAR: "$", **picked}
    check = _about(verify, argument)
    result = await check_until(check, replace(context.tools, env=env), breaker.within)
    if result.outcome is Outcome.PASSED:
        return result
    return Result(result.outcome, f"its command ran, its effect is not seen: {result.evidence}")


def _about(check: Check, argument: str) -> Check:
    """Return the check with each `{endpoint}` in it replaced by what was picked.

    In a command it is quoted, so that it stays one argument; a shell finds it in `$ENDPOINT`. A
    `${NAME}` in it stays as it is, for the check expands the `$` alone.
    """
    in_text = argument.replace("${", f"${{{_DOLLAR}}}{{")
    of_command = shlex.quote(in_text) if isinstance(check, CommandCheck) else in_text
    filled = {
        name: _filled(value, of_command if name == "command" else in_text, argument)
        for name, value in asdict(check).items()
    }
    return replace(check, **filled)


def _filled(value: Any, text: str, argument: str) -> Any:
    """Fill in `text`; a check within the check is filled by itself, with the bare `argument`."""
    match value:
        case str():
            return value.replace("{endpoint}", text)
        case Check():
            return _about(value, argument)
        case dict():
            return {key: _filled(item, text, argument) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_filled(item, text, argument) for item in value)
        case _:  # a number, a truth value or None holds no text
            return value


def armed(context: Context) -> Breaker | None:
    """Return the armed breaker; None if none is."""
    for breaker in context.plan.breakers:
        breaker_state = context.session.state.breakers.get(breaker.breaker)
        if breaker_state and breaker_state.status is BreakerStatus.ARMED:
            return breaker
    return None


def checked_argument(breaker: Breaker, argument: str) -> str:
    """Return the argument if the breaker takes it; raises UsageError if not."""
    takes = argument_of(breaker)
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
    """Raise UsageError if an argument could not be displayed and recorded exactly as sent."""
    if (shown := sanitize(argument, context.session.redactor)) != argument:
        raise UsageError(f"{shown} cannot be sent: it holds a secret, or what cannot be shown")
