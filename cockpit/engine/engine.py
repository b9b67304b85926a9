"""Takes orders and turns them into tasks; the same order given twice is one order.

The cutover is one task, each breaker its own, the monitors another: nothing waits behind anything
that could be in its way. What an order does is recorded; nothing else comes back.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self

from checks.base import Outcome, Result
from cockpit.card.plan import Planned
from cockpit.card.steps import Hold, OnTrip, Part, Run, Traffic
from cockpit.engine import cutover, orders, rollback
from cockpit.engine.context import Context
from cockpit.engine.hold import tripped_in
from cockpit.engine.steps import stop, verify_again
from cockpit.engine.trigger import Trigger
from cockpit.engine.watch import publish
from cockpit.errors import JournalError, UsageError
from cockpit.journal import events as ev
from cockpit.monitors.poller import Poller
from cockpit.process import step as process
from cockpit.state import Status


class Engine:
    """Runs one run of a card; enter it to begin watching and to go on with what was cut off."""

    def __init__(self, context: Context, poller: Poller) -> None:
        self.context = context
        self._poller = poller
        self._cutover: asyncio.Task[None] | None = None
        self._rollback: asyncio.Task[Result] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._trigger = Trigger(context, self._spawn, self.begin_rollback)

    async def __aenter__(self) -> Self:
        """Begin to watch, and go on with whatever another cockpit left unfinished."""
        self._spawn(self._poller.run(lambda tick: publish(self.context, tick)))
        await self._recover()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every task; what runs as a process of its own runs on, and is found again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def busy(self) -> bool:
        """Tell whether the cutover or a rollback goes on by itself now."""
        return any(task is not None and not task.done() for task in (self._cutover, self._rollback))

    async def idle(self) -> None:
        """Wait until neither the cutover nor a rollback goes on; raises what ended them."""
        while self.busy:
            running = {task for task in (self._cutover, self._rollback) if task is not None}
            await asyncio.wait({task for task in running if not task.done()})
        if self._cutover and not self._cutover.cancelled() and (error := self._cutover.exception()):
            raise error

    async def order(self, order: orders.Order) -> None:  # noqa: C901 - one arm an order
        """Do what is ordered, or begin it; raises UsageError when it may not be, and says why."""
        record = self.context.session.record
        match order:
            case orders.Next():
                self._next()
            case orders.RunAgain():
                self._again(order.step)
            case orders.Verify():
                self._in_doubt(order.step)
                self._spawn(verify_again(self.context, self.context.plan.find(order.step)))
            case orders.Waive():
                await record(ev.Waived(step=order.step, name=order.name, reason=order.reason))
                await self._close()
            case orders.MarkDone():
                done = ev.MarkedDone(step=order.step, name=order.name, reason=order.reason)
                await record(done)
                await self._close()
            case orders.Answer():
                await self._answer(order)
            case orders.Hold():
                await record(ev.Held(reason=order.reason))
            case orders.Release():
                await record(ev.Released())
            case orders.Arm():
                await self._trigger.arm(order.breaker, order.argument)
            case orders.Disarm():
                await self._trigger.disarm(order.breaker, "by the operator")
            case orders.Fire():
                await self._trigger.fire(order.breaker)
            case orders.RollBack():
                self.begin_rollback(order.parts, order.reason, automatic=order.automatic)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Make `work` the cutover's one task; a failing journal stops it, and is in the state."""

        async def guarded() -> None:
            try:
                await work
            except* JournalError:
                pass  # the state shows the fault; nothing was begun without its entry
            await self._by_the_card()

        self._cutover = self._spawn(guarded())

    def begin_rollback(
        self, parts: tuple[Part, ...], reason: str, *, automatic: bool
    ) -> "asyncio.Task[Result]":
        """Begin to bring parts back, and give its task; while one runs, this is the same order.

        Raises UsageError when nothing of it was changed.
        """
        state, before = self.context.session.state, self._rollback
        undo = rollback.parts_to_undo(state, parts)
        if before and not before.done():
            if state.rollback is None or set(undo) <= set(state.rollback.parts):
                return before
            before.cancel()
        if not undo:
            raise UsageError("nothing to undo: nothing of it was changed in this run")
        self._rollback = self._spawn(self._rolled_back(undo, reason, before, automatic=automatic))
        return self._rollback

    async def _recover(self) -> None:
        """Go on with what another cockpit left: the way back first, then the way forward."""
        state, plan = self.context.session.state, self.context.plan
        if state.run is None or state.ended:
            return
        if state.rollback and state.rollback.outcome is None:
            self._rollback = self._spawn(rollback.go_on(self.context))
        await self._trigger.recover(self._rollback)
        await self._by_the_card()
        stage = cutover.upcoming(plan, state)
        if stage and state.rollback is None and any(part.id in state.sections for part in stage):
            self.begin(cutover.advance(self.context, stage))

    def _next(self) -> None:
        if self._cutover and not self._cutover.done():
            return
        stage = cutover.may_begin(self.context.plan, self.context.session.state)
        self.begin(cutover.advance(self.context, stage))

    def _again(self, step: str) -> None:
        """Run a stopped step again, or all that stopped of the preflight or the Done list."""
        if self._cutover and not self._cutover.done():
            return
        state = self.context.session.state
        stage = cutover.upcoming(self.context.plan, state)
        if stage is None or state.rollback is not None:
            raise UsageError("there is nothing to run again in this run")
        waiting = {item.id for item in cutover.stopped(state, stage)}
        wanted = waiting if step in {section.id for section in stage} else {step}
        if not wanted <= waiting or not wanted:
            raise UsageError(f"{step} has not stopped: there is nothing to run again")
        self.begin(cutover.advance(self.context, stage, tuple(wanted)))

    def _in_doubt(self, step: str) -> None:
        if self.context.session.state.status(step) is not Status.DOUBT:
            raise UsageError(f"{step} is not in doubt")

    async def _close(self) -> None:
        """End the sections that a person's word has settled."""
        stage = cutover.upcoming(self.context.plan, self.context.session.state)
        if stage is not None:
            await cutover.close(self.context, stage)

    async def _answer(self, order: orders.Answer) -> None:
        state = self.context.session.state
        step = self.context.plan.find(order.step)
        if not hasattr(step.step, "confirm") or state.status(order.step) is not Status.RUNNING:
            raise UsageError(f"{order.step} waits for nobody's word now")
        if not order.name.strip():
            raise UsageError(f"{order.step} needs the name of the person who vouches for it")
        words = f"vouched for by {order.name}"
        if order.automatic:
            words = f"answered by {order.name} itself: no person looked"
        ended = ev.StepEnded(
            step=order.step,
            attempt=state.steps[order.step].attempt,
            outcome=Outcome.PASSED,
            evidence=words,
        )
        await self.context.session.record(ended, by=order.name)

    async def _by_the_card(self) -> None:
        """Roll back by the card's rule when a monitor that a hold watched has tripped."""
        state = self.context.session.state
        for name in () if state.rollback else state.of(Status.FAILED):
            step = self.context.plan.find(name).step
            if not isinstance(step, Hold) or not tripped_in(self.context, step):
                continue
            parts = (Part.TRAFFIC,) if step.on_trip is OnTrip.ROLLBACK_TRAFFIC else ()
            if step.on_trip is not OnTrip.ASK and rollback.parts_to_undo(state, parts):
                self.begin_rollback(parts, state.steps[name].evidence, automatic=True)

    async def _rolled_back(
        self,
        parts: tuple[Part, ...],
        reason: str,
        before: "asyncio.Task[Result] | None",
        *,
        automatic: bool,
    ) -> Result:
        """Roll back; a wider rollback takes over from a narrower one that still runs."""
        if before is not None:
            await asyncio.wait({before})
            await rollback.taken_over(self.context)
        stopping = await self._stop_cutover()
        return await rollback.roll_back(
            self.context, parts, reason, automatic=automatic, stopping=stopping
        )

    async def _stop_cutover(self) -> "asyncio.Task[None]":
        """End what goes forward; gives the task that ends with the last command that still ran.

        Only a traffic command is waited for here: a late one would undo the rollback.
        """
        if self._cutover and not self._cutover.done():
            self._cutover.cancel()
            await asyncio.wait({self._cutover})
        running = [self.context.plan.find(name) for name in self._running()]
        for item in running:
            await self._halt(item)
        actions = [item for item in running if isinstance(item.step, Run | Traffic)]
        await asyncio.gather(
            *(stop(self.context, item) for item in actions if isinstance(item.step, Traffic))
        )
        return self._spawn(self._stopped(actions))

    def _running(self) -> tuple[str, ...]:
        of_rollback = (rollback.HEALTHY, "rollback.")
        names = self.context.session.state.of(Status.RUNNING)
        return tuple(name for name in names if not name.startswith(of_rollback))

    async def _halt(self, item: Planned) -> None:
        step = self.context.session.state.steps[item.id]
        if step.action:
            process.request_stop(self.context.step_folder(item.id, step.attempt))
            return
        skipped = ev.StepEnded(
            step=item.id,
            attempt=step.attempt,
            outcome=Outcome.SKIPPED,
            evidence="stopped for the rollback",
        )
        await self.context.session.record(skipped)

    async def _stopped(self, actions: Sequence[Planned]) -> None:
        await asyncio.gather(*(stop(self.context, item) for item in actions))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
