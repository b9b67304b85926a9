"""The headless twin of an operator: gives the same orders, and stops where a person is wanted."""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from cockpit.card.model.plan import Planned
from cockpit.card.model.steps import Confirm
from cockpit.engine import cutover, orders
from cockpit.engine.engine import Engine
from cockpit.foundation.errors import JournalError
from cockpit.state import State, StepStatus


class GivenAnswer(Struct, frozen=True):
    """A person's word that was given beforehand; `automatic` when no person gave it."""

    name: str
    automatic: bool = False


Answers = Callable[[str], GivenAnswer | None]


class Autopilot(Struct, frozen=True):
    """Flies a run: `answers` gives the word for a confirm step, None when nobody gave one."""

    engine: Engine
    answers: Answers
    last_section: str | None = None

    async def fly(self) -> tuple[str, ...]:
        """Order one stage after another; gives the confirm steps that still want a person.

        Ends after the last stage (or `last_section`), at a stop, or after a rollback. Raises
        JournalError when the journal cannot be written.
        """
        while self._may_go_on():
            await self.engine.order(orders.Next())
            if wanted := await self._through():
                return wanted
            self._raise_fault()
        await self.engine.idle()
        return ()

    def _raise_fault(self) -> None:
        """Stop where the journal takes nothing: no step would begin, and to order on is to spin."""
        if fault := self.engine.context.session.state.journal_fault:
            raise JournalError(fault)

    def _may_go_on(self) -> bool:
        context = self.engine.context
        state = context.session.state
        stage = cutover.next_stage(context.plan, state)
        if stage is None or state.rollback is not None or cutover.stopped(state, stage):
            return False
        ended = state.sections.get(self.last_section or "")
        return ended is None or ended.ended_s is None

    async def _through(self) -> tuple[str, ...]:
        """Answer what is asked until the stage stands still; gives what nobody answered."""
        session = self.engine.context.session
        while True:
            await self._until_asked()
            waiting = self._waiting(session.state)
            known = {name: given for name in waiting if (given := self.answers(name))}
            for name, given in known.items():
                await self.engine.order(orders.AnswerConfirm(name, given.name, given.automatic))
            if not known:
                return waiting if self.engine.busy else ()

    async def _until_asked(self) -> None:
        """Wait until nothing goes on but steps that wait for a person, or nothing at all."""
        session = self.engine.context.session
        idle = asyncio.ensure_future(self.engine.idle())
        asked = asyncio.ensure_future(session.until(self._asks))
        try:
            await asyncio.wait({idle, asked}, return_when=asyncio.FIRST_COMPLETED)
            if idle.done():
                idle.result()
        finally:
            for task in (idle, asked):
                task.cancel()

    def _asks(self, state: State) -> bool:
        waiting = self._waiting(state)
        if any(self.answers(name) for name in waiting):
            return True
        others = set(state.of(StepStatus.RUNNING)) - set(waiting)
        return bool(waiting) and not others and not self._begins_more(state)

    def _begins_more(self, state: State) -> bool:
        """Tell whether other steps begin by themselves, while a person is waited for."""
        plan = self.engine.context.plan
        stage = cutover.next_stage(plan, state)
        if stage is None or not cutover.runs_concurrently(stage):
            return False
        return any(item.id not in state.steps for item in cutover.items(stage))

    def _waiting(self, state: State) -> tuple[str, ...]:
        return tuple(name for name in state.of(StepStatus.RUNNING) if self._asks_a_person(name))

    def _asks_a_person(self, name: str) -> bool:
        found: Planned | None = next(
            (item for item in self.engine.context.plan.all() if item.id == name), None
        )
        return found is not None and isinstance(found.step, Confirm)
