"""Takes orders and turns them into tasks; the same order given twice is one order.

The cutover is one task, each breaker its own, the monitors another, so that none waits for another.
The effect of an order is recorded in the journal; no value is returned.
"""

import asyncio
from types import TracebackType
from typing import Self, assert_never

from checks.core.base import Outcome
from cockpit.card.model.plan import Planned
from cockpit.card.model.steps import Confirm, Hold, OnTrip, Part
from cockpit.engine import cutover, orders, recheck, rollback
from cockpit.engine.action import refuse_while_it_runs
from cockpit.engine.arming import BreakerOrders
from cockpit.engine.context import Context
from cockpit.engine.cutover_task import CutoverTask
from cockpit.engine.hold import tripped_in
from cockpit.engine.record_monitors import publish
from cockpit.engine.rollback_task import RollbackTask
from cockpit.engine.steps import run_step, verify_again
from cockpit.engine.tasks import Tasks
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.monitors.poller import Poller
from cockpit.projections.cutover_window import acts, has_closed, is_outside, reason_not_to_act
from cockpit.state import StepStatus


class Engine:
    """Executes one run of a card; entering it starts the monitors and resumes what was interrupted.

    `goes_on` says how far an interrupted stage is resumed.
    """

    def __init__(
        self,
        context: Context,
        poller: Poller,
        *,
        goes_on: orders.GoesOn = orders.GoesOn.STAGE,
    ) -> None:
        self.context = context
        self._poller, self._goes_on = poller, goes_on
        self._tasks = Tasks(context.session)
        self._forward = CutoverTask(context, self._tasks, self._apply_on_trip)
        self._back = RollbackTask(context, self._tasks, self._forward)
        self._breakers = BreakerOrders(context, self._tasks.spawn, self._back.begin)
        self._begun_again: set[str] = set()
        self._rechecks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        """Start the monitors, and resume what another cockpit left unfinished."""
        self._tasks.spawn(self._poller.run(lambda tick: publish(self.context, tick)))
        await self._recover()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every task; processes of steps keep running, and are found again on resume."""
        await self._tasks.end()

    @property
    def busy(self) -> bool:
        """Whether the cutover or a rollback runs now."""
        return bool(self._forward.running()) or self._back.busy

    async def idle(self) -> None:
        """Wait until neither the cutover nor a rollback runs; raises the error that ended one."""
        while self.busy:
            back = {self._back.task} if self._back.task and self._back.busy else set()
            await asyncio.wait({*self._forward.running(), *back})
        self._forward.raise_broken()

    async def wait_for_rechecks(self) -> None:
        """Wait until no step is being checked again."""
        await asyncio.gather(*self._rechecks.values(), return_exceptions=True)

    async def order(self, order: orders.Order) -> None:  # noqa: C901, PLR0912 - one arm an order
        """Carry out an order, or begin to; raises UsageError with the reason if not allowed."""
        record = self.context.session.record
        match order:
            case orders.Next():
                self._next()
            case orders.RunAgain():
                await self._again(order.step)
            case orders.Verify():
                self._verify(order.step)
            case orders.Waive():
                await record(ev.Waived(step=order.step, name=order.name, reason=order.reason))
                await self._close()
            case orders.ActOutsideWindow():
                await self._act_outside(order)
            case orders.MarkDone():
                done = ev.MarkedDone(step=order.step, name=order.name, reason=order.reason)
                await record(done)
                await self._close()
            case orders.AnswerConfirm():
                await self._answer(order)
            case orders.CheckAgain():
                self._check_again(order.step)
            case orders.Vouch():
                await recheck.vouch(self.context, order.step, order.name)
                await self._close()
            case orders.HoldRun():
                await record(ev.Held(reason=order.reason))
            case orders.Release():
                await record(ev.Released())
            case orders.Arm():
                await self._breakers.arm(order.breaker, order.argument)
            case orders.Disarm():
                await self._breakers.disarm(order.breaker, "by the operator")
            case orders.Fire():
                await self._breakers.fire(order.breaker)
            case orders.RollBack():
                self._back.begin(
                    order.parts, order.reason, automatic=order.automatic, anyway=order.anyway
                )
            case _:
                assert_never(order)

    async def _recover(self) -> None:
        """Resume what another cockpit left: first the rollback, then the cutover.

        A run that has ended can be rolled back, too, and its cockpit be killed meanwhile.
        """
        state, plan = self.context.session.state, self.context.plan
        if state.run is None:
            return
        if state.rollback and state.rollback.outcome is None:
            self._back.go_on()
        await self._breakers.recover(self._back.task)
        if state.ended:
            return
        await self._apply_on_trip()
        stage = cutover.next_stage(plan, state)
        back = self._back.task is not None or state.rollback is not None
        begun = stage is not None and any(part.id in state.sections for part in stage)
        if stage and begun and not back:
            self._go_on(stage)

    def _go_on(self, stage: cutover.Stage) -> None:
        match self._goes_on:
            case orders.GoesOn.NOTHING:
                pass
            case orders.GoesOn.BEGUN:
                self._forward.begin(lambda: cutover.recover(self.context, stage))
            case orders.GoesOn.STAGE:
                self._advance(stage)
            case _:
                assert_never(self._goes_on)

    def _next(self) -> None:
        self._refuse_while_going_back()
        if self._forward.busy:
            return
        utc = self.context.clock.utc()
        stage = cutover.may_begin(self.context.plan, self.context.session.state, utc)
        self._advance(stage)

    async def _again(self, step: str) -> None:
        """Run a stopped step again, or all that stopped of the preflight or the Done list."""
        self._refuse_while_going_back()
        state = self.context.session.state
        if self._forward.busy:
            if step in self._begun_again or state.status(step) is StepStatus.RUNNING:
                return
            raise UsageError(f"other steps still run: order {step} again when they have ended")
        wanted = cutover.may_run_again(self.context.plan, state, step)
        acting = any(acts(self.context.plan.find(name)) for name in wanted)
        if acting and (reason := reason_not_to_act(state, self.context.clock.utc())):
            raise UsageError(reason)
        for name in wanted:
            await refuse_while_it_runs(self.context, name, state.steps[name].attempt)
        if not self._forward.busy:
            stage = cutover.next_stage(self.context.plan, state) or ()
            self._advance(stage, wanted)
            self._begun_again = {step, *wanted}

    async def _act_outside(self, order: orders.ActOutsideWindow) -> None:
        """Record who lets steps act outside the window; raises UsageError inside it."""
        session, utc = self.context.session, self.context.clock.utc()
        run = session.state.run
        if run is None or not is_outside(run, utc):
            raise UsageError("the window is open: no step needs a word to act")
        closed = has_closed(run, utc)
        word = ev.WindowWaived(name=order.name, reason=order.reason, closed=closed)
        await session.record(word, by=order.name)

    def _advance(self, stage: cutover.Stage, again: tuple[str, ...] = ()) -> None:
        self._begun_again = set()
        self._forward.begin(lambda: cutover.advance(self.context, stage, again))

    def _refuse_while_going_back(self) -> None:
        if self._back.busy:
            raise UsageError("a rollback runs: nothing goes forward")

    def _verify(self, step: str) -> None:
        """Verify a step in doubt; does nothing while that runs already."""
        if self.context.session.state.status(step) is not StepStatus.DOUBT:
            raise UsageError(f"{step} is not in doubt")
        recheck_task = self._rechecks.get(step)
        if recheck_task is None or recheck_task.done():
            work = verify_again(self.context, self.context.plan.find(step))
            self._rechecks[step] = self._tasks.spawn(work)

    def _check_again(self, step: str) -> None:
        """Run a line's check again; does nothing while it runs already."""
        item, recheck_task = recheck.recheckable(self.context, step), self._rechecks.get(step)
        running = self.context.session.state.status(step) is StepStatus.RUNNING
        if (recheck_task and not recheck_task.done()) or (running and self._forward.busy):
            return
        self._rechecks[step] = self._tasks.spawn(self._run_check_again(item))

    async def _run_check_again(self, item: Planned) -> None:
        await run_step(self.context, item)
        await self._close()

    async def _close(self) -> None:
        """End the sections whose last open step a person has settled."""
        stage = cutover.next_stage(self.context.plan, self.context.session.state)
        if stage is not None:
            await cutover.close(self.context, stage)

    async def _answer(self, order: orders.AnswerConfirm) -> None:
        state = self.context.session.state
        step = self.context.plan.find(order.step)
        if not isinstance(step.step, Confirm) or state.status(order.step) is not StepStatus.RUNNING:
            raise UsageError(f"{order.step} waits for nobody's word now")
        if not order.name.strip():
            raise UsageError(f"{order.step} needs the name of the person who vouches for it")
        evidence = f"vouched for by {order.name}"
        if order.automatic:
            evidence = f"answered by {order.name} itself: no person looked"
        ended = ev.StepEnded(
            step=order.step,
            attempt=state.steps[order.step].attempt,
            outcome=Outcome.PASSED,
            evidence=evidence,
        )
        await self.context.session.record(ended, by=order.name)

    async def _apply_on_trip(self) -> None:
        """Roll back by a hold's `on_trip` rule if a monitor that it watched has tripped."""
        state = self.context.session.state
        for name in () if state.rollback else state.of(StepStatus.FAILED):
            step = self.context.plan.find(name).step
            if not isinstance(step, Hold) or not tripped_in(self.context, step):
                continue
            parts = (Part.TRAFFIC,) if step.on_trip is OnTrip.ROLLBACK_TRAFFIC else ()
            if step.on_trip is not OnTrip.ASK and rollback.parts_to_undo(state, parts):
                self._back.begin(parts, state.steps[name].evidence, automatic=True)
