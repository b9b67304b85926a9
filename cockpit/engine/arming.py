"""Arms, fires and disarms breakers: the key arms, Enter fires, Esc or ten seconds disarm."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, assert_never

from checks.core.base import Outcome, Result
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.steps import Part
from cockpit.engine import announced, breakers
from cockpit.engine.breakers import ON_ITS_WAY
from cockpit.engine.context import Context
from cockpit.engine.rollback import parts_anyway, parts_fired
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.projections.forecast import back_items
from cockpit.state import BreakerState, BreakerStatus

Spawn = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]


class BeginRollback(Protocol):
    """Begins a rollback, or returns the task of the one that runs."""

    def __call__(
        self, parts: tuple[Part, ...], reason: str, *, automatic: bool, anyway: bool
    ) -> "asyncio.Task[Result]":
        """Begin it; raises UsageError if none was changed, unless they are rolled back `anyway`."""


class BreakerOrders:
    """Carries out the orders to arm, disarm and fire a breaker; never waits for the cutover."""

    def __init__(self, context: Context, spawn: Spawn, begin_rollback: BeginRollback) -> None:
        self._context, self._spawn, self._begin_rollback = context, spawn, begin_rollback
        self._fuses: dict[str, asyncio.Task[None]] = {}
        # Changes of what is armed are serialized: two presses at once are one order.
        self._order = asyncio.Lock()

    async def arm(self, name: str, argument: str) -> None:
        """Arm a breaker and disarm any other; arming an armed one again does nothing.

        Armed again, a rollback with nothing to undo is armed to roll back anyway.
        """
        async with self._order:
            await self._arm(self._breaker(name), argument)

    async def disarm(self, name: str, reason: str) -> None:
        """Disarm a breaker; does nothing to one that is not armed."""
        async with self._order:
            await self._disarm(name, reason)

    async def fire(self, name: str) -> None:
        """Fire an armed breaker; does nothing to one that is being fired already."""
        async with self._order:
            await self._fire(self._breaker(name))

    async def _arm(self, breaker: Breaker, argument: str) -> None:
        name, breaker_state = breaker.breaker, self._state_of(breaker.breaker)
        if breaker_state and breaker_state.status in ON_ITS_WAY:
            raise UsageError(f"{name} is being fired already")
        argument = breakers.checked_argument(breaker, argument)
        breakers.refuse_hidden(self._context, argument)
        shown = breakers.format_command(self._context, breaker, argument)
        if (other := breakers.armed(self._context)) is not None:
            if other is breaker and breaker_state and breaker_state.argument == argument:
                await self._arm_again(breaker, breaker_state)
                return
            await self._disarm(other.breaker, f"{name} was armed instead")
        await self._record_armed(
            ev.BreakerArmed(
                breaker=name, argument=argument, command=shown, lasts_s=breakers.ARMED_FOR_S
            )
        )

    async def _arm_again(self, breaker: Breaker, armed: BreakerState) -> None:
        """Arm an armed rollback with nothing to undo to roll back anyway: the second question."""
        plan, state = self._context.plan, self._context.session.state
        match breaker:
            case RollbackBreaker() if not armed.anyway and not parts_fired(plan, state, breaker):
                items = back_items(plan, parts_anyway(plan, breaker.parts))
                shown = announced.format_rollback(self._context.card, items)
            case RollbackBreaker() | CommandBreaker():
                return
            case _:
                assert_never(breaker)
        self._defuse(breaker.breaker)
        await self._record_armed(
            ev.BreakerArmed(
                breaker=breaker.breaker,
                command=shown,
                lasts_s=breakers.ARMED_FOR_S,
                anyway=True,
            )
        )

    async def _record_armed(self, armed: ev.BreakerArmed) -> None:
        await self._context.session.record(armed)
        self._fuses[armed.breaker] = self._spawn(self._fuse(armed.breaker))

    async def _disarm(self, name: str, reason: str, *, by: str | None = None) -> None:
        self._defuse(name)
        breaker_state = self._state_of(name)
        if breaker_state and breaker_state.status is BreakerStatus.ARMED:
            disarmed = ev.BreakerDisarmed(breaker=name, reason=reason)
            await self._context.session.record(disarmed, by=by)

    async def _fire(self, breaker: Breaker) -> None:
        name, breaker_state = breaker.breaker, self._state_of(breaker.breaker)
        if breaker_state and breaker_state.status in ON_ITS_WAY:
            return
        if breaker_state is None or breaker_state.status is not BreakerStatus.ARMED:
            raise UsageError(f"{name} is not armed: nothing was sent")
        self._defuse(name)
        attempt = breakers.attempt_of(self._context, breaker)
        await breakers.begin(self._context, breaker, breaker_state.argument, attempt)
        match breaker:
            case CommandBreaker():
                self._spawn(
                    breakers.follow(self._context, breaker, breaker_state.argument, attempt)
                )
            case RollbackBreaker():
                await self._roll_back(breaker, attempt, anyway=breaker_state.anyway)
            case _:
                assert_never(breaker)

    async def recover(self, running: "asyncio.Task[Result] | None") -> None:
        """Take over from another cockpit: disarm what it armed, follow what it fired.

        Also what the journal does not know of: its folders are found by their names.
        """
        await self._take_in_unknown()
        for breaker in self._context.plan.breakers:
            breaker_state = self._state_of(breaker.breaker)
            if breaker_state and breaker_state.status is BreakerStatus.ARMED:
                async with self._order:
                    gone = "the cockpit that armed it is gone"
                    await self._disarm(breaker.breaker, gone, by=ev.COCKPIT)
            elif breaker_state and breaker_state.status in ON_ITS_WAY:
                self._spawn(self._follow(breaker, breaker_state, running))

    async def _take_in_unknown(self) -> None:
        for breaker in self._context.plan.breakers:
            if isinstance(breaker, CommandBreaker):
                await breakers.take_in_unknown(self._context, breaker)

    async def _follow(
        self, breaker: Breaker, breaker_state: BreakerState, running: "asyncio.Task[Result] | None"
    ) -> None:
        match breaker:
            case CommandBreaker():
                await breakers.follow(
                    self._context, breaker, breaker_state.argument, breaker_state.attempt
                )
            case RollbackBreaker() if running is not None:
                await self._record_end(breaker, breaker_state.attempt, running)
            case RollbackBreaker():
                evidence = "the cockpit that fired it is gone, and no rollback began: fire it again"
                lost = Result(Outcome.UNKNOWN, evidence)
                await breakers.end(self._context, breaker, breaker_state.attempt, lost)
            case _:
                assert_never(breaker)

    async def _roll_back(self, breaker: RollbackBreaker, attempt: int, *, anyway: bool) -> None:
        name = breaker.title or breaker.breaker
        fired = "fired anyway" if anyway else "fired"
        reason = f"{name} {fired} by {self._context.session.operator}"
        try:
            rollback = self._begin_rollback(breaker.parts, reason, automatic=False, anyway=anyway)
        except UsageError as error:
            nothing = Result(Outcome.UNKNOWN, str(error))
            await breakers.end(self._context, breaker, attempt, nothing)
            raise
        self._spawn(self._record_end(breaker, attempt, rollback))

    async def _record_end(
        self, breaker: RollbackBreaker, attempt: int, rollback: "asyncio.Task[Result]"
    ) -> None:
        await asyncio.wait({rollback})
        if rollback.cancelled():
            result = Result(Outcome.SKIPPED, "a wider rollback took over")
        elif error := rollback.exception():
            result = Result(Outcome.UNKNOWN, f"it broke: {error}")
        else:
            result = rollback.result()
        await breakers.end(self._context, breaker, attempt, result)

    async def _fuse(self, name: str) -> None:
        await self._context.clock.sleep(breakers.ARMED_FOR_S)
        async with self._order:
            if self._fuses.get(name) is asyncio.current_task():  # else it was defused meanwhile
                del self._fuses[name]
                await self._disarm(name, "not fired in time", by=ev.COCKPIT)

    def _defuse(self, name: str) -> None:
        fuse = self._fuses.pop(name, None)
        if fuse is not None:
            fuse.cancel()

    def _state_of(self, name: str) -> BreakerState | None:
        return self._context.session.state.breakers.get(name)

    def _breaker(self, name: str) -> Breaker:
        for breaker in self._context.plan.breakers:
            if breaker.breaker == name:
                return breaker
        names = ", ".join(breaker.breaker for breaker in self._context.plan.breakers)
        raise UsageError(f"the card has no breaker {name!r}; it has {names or 'none'}")
