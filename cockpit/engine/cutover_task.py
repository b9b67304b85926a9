"""The cutover as a task: at most one, begun by an order, halted for a rollback."""

import asyncio
from collections.abc import Awaitable, Callable

from checks.core.base import Outcome, Result
from cockpit.card.model.plan import HEALTHY_STEP, Planned
from cockpit.card.model.steps import Part, Run, Traffic
from cockpit.engine.context import Context
from cockpit.engine.launch import halt
from cockpit.engine.steps import end, is_rollback_step, skip, stop
from cockpit.engine.tasks import Tasks
from cockpit.foundation.errors import JournalError
from cockpit.state import StepStatus

GIVE_UP_S = 1.0
"""A rollback never waits: a task that is not cancelled by then is left behind."""


class CutoverTask:
    """The cutover's only task; `after` runs at its end, unless it was halted."""

    def __init__(
        self, context: Context, tasks: Tasks, after: Callable[[], Awaitable[None]]
    ) -> None:
        self._context, self._tasks, self._after = context, tasks, after
        self._task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether the cutover runs now."""
        return self._task is not None and not self._task.done()

    def running(self) -> set["asyncio.Task[None]"]:
        """Return the tasks that must end before the cutover is idle."""
        return {task for task in (self._task, self._stopping) if task and not task.done()}

    def raise_broken(self) -> None:
        """Raise the error that ended the cutover, if one did."""
        if self._task and self._task.done() and not self._task.cancelled():
            self._task.result()

    def begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` as the cutover's task; a journal failure ends it and is shown in the state."""
        self._task = self._tasks.spawn(self._run(work))

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except* JournalError:
            pass  # the state shows the fault; nothing was begun without its entry
        except* Exception as errors:
            await self._end_unobserved(errors)
            raise
        await self._after()

    async def _end_unobserved(self, errors: BaseException) -> None:
        """End running steps that are not actions; an action's process is found again later."""
        for item in self._running():
            step = self._context.session.state.steps[item.id]
            if not step.action:
                evidence = f"the cockpit itself broke, nothing was seen: {errors}"
                await end(self._context, item, step.attempt, Result(Outcome.UNKNOWN, evidence))

    async def halt(self) -> "asyncio.Task[None]":
        """Stop the cutover; returns the task that ends with the last command that still ran.

        Waits only for commands that shift traffic: a late shift would undo the rollback.
        """
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=GIVE_UP_S)
        await self._context.session.settled()
        running = self._running()
        for item in running:
            await self._halt(item)
        actions = [item for item in running if isinstance(item.step, Run | Traffic)]
        await asyncio.gather(
            *(stop(self._context, item) for item in actions if _shifts_traffic(item))
        )
        others = [item for item in actions if not _shifts_traffic(item)]
        self._stopping = self._tasks.spawn(self._stop_all(others))
        return self._stopping

    def _running(self) -> list[Planned]:
        names = self._context.session.state.of(StepStatus.RUNNING)
        items = [self._context.plan.find(name) for name in names if name != HEALTHY_STEP]
        return [item for item in items if not is_rollback_step(item)]

    async def _halt(self, item: Planned) -> None:
        step = self._context.session.state.steps[item.id]
        if step.action:
            folder = self._context.step_folder(item.id, step.attempt)
            request = asyncio.ensure_future(asyncio.to_thread(halt, folder))
            await asyncio.wait({request}, timeout=GIVE_UP_S)
        else:
            await skip(self._context, item)

    async def _stop_all(self, actions: list[Planned]) -> None:
        await asyncio.gather(*(stop(self._context, item) for item in actions))


def _shifts_traffic(item: Planned) -> bool:
    """Whether an action shifts traffic."""
    changed = item.step.changes if isinstance(item.step, Run) else Part.TRAFFIC
    return changed is Part.TRAFFIC
