"""The rollback as a task: begun at once whatever runs, one at a time, and only ever widened."""

import asyncio

from checks.core.base import Outcome, Result
from cockpit.card.model.steps import Part
from cockpit.engine import rollback
from cockpit.engine.context import Context
from cockpit.engine.cutover_task import GIVE_UP_S, CutoverTask
from cockpit.engine.tasks import Tasks
from cockpit.foundation.errors import UsageError


class RollbackTask:
    """The rollback of a run; it halts the cutover."""

    def __init__(self, context: Context, tasks: Tasks, forward: CutoverTask) -> None:
        self._context, self._tasks, self._forward = context, tasks, forward
        self._parts: tuple[Part, ...] = ()
        self.task: asyncio.Task[Result] | None = None

    @property
    def busy(self) -> bool:
        """Whether a rollback runs now."""
        return self.task is not None and not self.task.done()

    def begin(
        self, parts: tuple[Part, ...], reason: str, *, automatic: bool, anyway: bool = False
    ) -> "asyncio.Task[Result]":
        """Begin to roll back parts (all if none is named), and return the task that does it.

        If a rollback of the same parts or more runs, its task is returned. A wider one takes over
        and rolls back the parts of both. Raises UsageError if none of the parts was changed, unless
        it is to roll them back `anyway`.
        """
        state, before = self._context.session.state, self.task if self.busy else None
        undo = rollback.parts_to_undo(state, parts)
        if before is not None:
            if set(undo) <= set(self._parts):
                return before
            wider = rollback.parts_to_undo(state, (*undo, *self._parts))
            # One that runs anyway may bring back parts of which no change is known.
            undo = (*(part for part in self._parts if part not in wider), *wider)
            before.cancel()
        if not undo and anyway:
            undo = rollback.parts_anyway(self._context.plan, parts)
        if not undo:
            raise UsageError(
                "nothing to undo: nothing of it was changed in this run;"
                " the breaker's key a second time, or `--anyway`, sends it all the same"
            )
        self._parts = undo
        self.task = self._tasks.spawn(self._bring_back(undo, reason, before, automatic=automatic))
        return self.task

    def go_on(self) -> "asyncio.Task[Result]":
        """Resume the rollback that another cockpit began."""
        resumed = self._context.session.state.rollback
        assert resumed is not None, "there is a rollback to go on with"
        self._parts = resumed.parts
        self.task = self._tasks.spawn(self._undo(anyway=False))
        return self.task

    async def _bring_back(
        self,
        parts: tuple[Part, ...],
        reason: str,
        before: "asyncio.Task[Result] | None",
        *,
        automatic: bool,
    ) -> Result:
        context = self._context
        if before is not None:
            await asyncio.wait({before}, timeout=GIVE_UP_S)
            await context.session.settled()
            await rollback.taken_over(context)
        anyway = rollback.refused_before(context.session.state) and not automatic
        await rollback.begin(context, parts, reason, automatic=automatic)
        return await self._undo(anyway=anyway)

    async def _undo(self, *, anyway: bool) -> Result:
        try:
            stopping = await self._forward.halt()
            result = await rollback.undo(self._context, anyway=anyway, stopping=stopping)
        # A boundary: a rollback that broke must end, so that it can be ordered again.
        except Exception as error:
            result = Result(Outcome.UNKNOWN, f"it broke: {type(error).__name__}: {error}")
        await rollback.end(self._context, result)
        return result
