"""The operator of a headless run: gives the same orders, and stops where a person is needed."""

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
    """An answer to a confirm step, given in advance; `automatic` if no person gave it."""

    name: str
    automatic: bool = False


Answers = Callable[[str], GivenAnswer | None]


class Autopilot(Struct, frozen=True):
    """Runs the stages; `answers` returns the answer to a confirm step, None if there is none.

    `outside` is the word of a person who lets steps act outside the window, if one gave it.
    """

    engine: Engine
    answers: Answers
    last_section: str | None = None
    outside: orders.ActOutsideWindow | None = None

    async def fly(self) -> tuple[str, ...]:
        """Order the stages one by one; returns the confirm steps that need a person.

        Ends after the last stage (or `last_section`), at a stopped step, after a rollback, or
        where the window keeps the next step from acting and nobody has said that it may.
        Raises JournalError if the journal cannot be written.
        """
        while self._may_go_on():
            if self._is_kept_by_window():
                if self.outside is None:
                    break
                await self.engine.order(self.outside)
            await self.engine.order(orders.Next())
            if wanted := await self._answer_until_stop():
                return wanted
            self._raise_fault()
        await self.engine.idle()
        return ()

    def _raise_fault(self) -> None:
        """Raise JournalError if the journal cannot be written: no step would begin."""
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

    def _is_kept_by_window(self) -> bool:
        context = self.engine.context
        stage = cutover.next_stage(context.plan, context.session.state) or ()
        return bool(cutover.kept_by_window(context.session.state, stage, context.clock.utc()))

    async def _answer_until_stop(self) -> tuple[str, ...]:
        """Answer confirm steps until the stage stops; returns those without an answer."""
        session = self.engine.context.session
        while True:
            await self._wait_for_question()
            waiting = self._waiting(session.state)
            answers = {name: answer for name in waiting if (answer := self.answers(name))}
            for name, answer in answers.items():
                await self.engine.order(orders.AnswerConfirm(name, answer.name, answer.automatic))
            if not answers:
                return waiting if self.engine.busy else ()

    async def _wait_for_question(self) -> None:
        """Wait until only steps that wait for a person run, or none."""
        session = self.engine.context.session
        idle = asyncio.ensure_future(self.engine.idle())
        needs_answer = asyncio.ensure_future(session.until(self._needs_answer))
        try:
            await asyncio.wait({idle, needs_answer}, return_when=asyncio.FIRST_COMPLETED)
            if idle.done():
                idle.result()
        finally:
            for task in (idle, needs_answer):
                task.cancel()

    def _needs_answer(self, state: State) -> bool:
        waiting = self._waiting(state)
        if any(self.answers(name) for name in waiting):
            return True
        others = set(state.of(StepStatus.RUNNING)) - set(waiting)
        return bool(waiting) and not others and not self._begins_more(state)

    def _begins_more(self, state: State) -> bool:
        """Whether other steps begin by themselves while a person is waited for."""
        plan = self.engine.context.plan
        stage = cutover.next_stage(plan, state)
        if stage is None or not cutover.runs_concurrently(stage):
            return False
        return any(item.id not in state.steps for item in cutover.items(stage))

    def _waiting(self, state: State) -> tuple[str, ...]:
        return tuple(name for name in state.of(StepStatus.RUNNING) if self._asks_a_person(name))

    def _asks_a_person(self, name: str) -> bool:
        item: Planned | None = next(
            (item for item in self.engine.context.plan.all() if item.id == name), None
        )
        return item is not None and isinstance(item.step, Confirm)
