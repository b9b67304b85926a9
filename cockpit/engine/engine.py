"""Takes orders and turns them into tasks; the same order given twice is one order.

The cutover is one task, each breaker its own, the monitors another: nothing waits behind anything
that could be in its way. What an order does is recorded; nothing else comes back.
"""

import asyncio
from types import TracebackType
from typing import Self, assert_never

from checks.core.base import Outcome
from cockpit.card.model.plan import Planned
from cockpit.card.model.steps import Confirm, Hold, OnTrip, Part
from cockpit.engine import cutover, orders, recheck, rollback
from cockpit.engine.action import refuse_while_it_runs
from cockpit.engine.arming import Trigger
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
from cockpit.state import StepStatus


class Engine:
    """Runs one run of a card; enter it to begin watching and to go on with what was cut off.

    One that `goes_on` also goes forward from where a cut-off stage stood; for a single breaker or
    rollback nobody ordered that.
    """

    def __init__(self, context: Context, poller: Poller, *, goes_on: bool = True) -> None:
        self.context = context
        self._poller, self._goes_on = poller, goes_on
        self._tasks = Tasks(context.session)
        self._forward = CutoverTask(context, self._tasks, self._by_the_card)
        self._back = RollbackTask(context, self._tasks, self._forward)
        self._trigger = Trigger(context, self._tasks.spawn, self._back.begin)
        self._begun_again: set[str] = set()
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        """Begin to watch, and go on with whatever another cockpit left unfinished."""
        self._tasks.spawn(self._poller.run(lambda tick: publish(self.context, tick)))
        await self._recover()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every task; what runs as a process of its own runs on, and is found again."""
        await self._tasks.end()

    @property
    def busy(self) -> bool:
        """Tell whether the cutover or a rollback goes on by itself now."""
        return bool(self._forward.running()) or self._back.busy

    async def idle(self) -> None:
        """Wait until neither the cutover nor a rollback goes on; raises what broke the cutover."""
        while self.busy:
            back = {self._back.task} if self._back.task and self._back.busy else set()
            await asyncio.wait({*self._forward.running(), *back})
        self._forward.raise_broken()

    async def looked(self) -> None:
        """Wait until nothing is looked at again any more."""
        await asyncio.gather(*self._looking.values(), return_exceptions=True)

    async def order(self, order: orders.Order) -> None:  # noqa: C901, PLR0912 - one arm an order
        """Do what is ordered, or begin it; raises UsageError when it may not be, and says why."""
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
            case orders.MarkDone():
                done = ev.MarkedDone(step=order.step, name=order.name, reason=order.reason)
                await record(done)
                await self._close()
            case orders.AnswerConfirm():
                await self._answer(order)
            case orders.CheckAgain():
                self._look_again(order.step)
            case orders.Vouch():
                await recheck.vouch(self.context, order.step, order.name)
                await self._close()
            case orders.HoldRun():
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
                self._back.begin(order.parts, order.reason, automatic=order.automatic)
            case _:
                assert_never(order)

    async def _recover(self) -> None:
        """Go on with what another cockpit left: the way back first, then the way forward."""
        state, plan = self.context.session.state, self.context.plan
        if state.run is None or state.ended:
            return
        if state.rollback and state.rollback.outcome is None:
            self._back.go_on()
        await self._trigger.recover(self._back.task)
        await self._by_the_card()
        stage = cutover.next_stage(plan, state)
        back = self._back.task is not None or state.rollback is not None
        begun = stage is not None and any(part.id in state.sections for part in stage)
        if stage and begun and self._goes_on and not back:
            self._advance(stage)

    def _next(self) -> None:
        self._refuse_while_going_back()
        if self._forward.busy:
            return
        stage = cutover.may_begin(self.context.plan, self.context.session.state)
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
        for name in wanted:
            await refuse_while_it_runs(self.context, name, state.steps[name].attempt)
        if not self._forward.busy:
            stage = cutover.next_stage(self.context.plan, state) or ()
            self._advance(stage, wanted)
            self._begun_again = {step, *wanted}

    def _advance(self, stage: cutover.Stage, again: tuple[str, ...] = ()) -> None:
        self._begun_again = set()
        self._forward.begin(lambda: cutover.advance(self.context, stage, again))

    def _refuse_while_going_back(self) -> None:
        if self._back.busy:
            raise UsageError("a rollback runs: nothing goes forward")

    def _verify(self, step: str) -> None:
        """Look at a step in doubt; while it is looked at, this is the same order."""
        if self.context.session.state.status(step) is not StepStatus.DOUBT:
            raise UsageError(f"{step} is not in doubt")
        looking = self._looking.get(step)
        if looking is None or looking.done():
            work = verify_again(self.context, self.context.plan.find(step))
            self._looking[step] = self._tasks.spawn(work)

    def _look_again(self, step: str) -> None:
        """Look at a line anew; while it is looked at, this is the same order."""
        item, looking = recheck.may_look(self.context, step), self._looking.get(step)
        running = self.context.session.state.status(step) is StepStatus.RUNNING
        if (looking and not looking.done()) or (running and self._forward.busy):
            return
        self._looking[step] = self._tasks.spawn(self._looked_again(item))

    async def _looked_again(self, item: Planned) -> None:
        await run_step(self.context, item)
        await self._close()

    async def _close(self) -> None:
        """End the sections that a person's word has settled."""
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
        for name in () if state.rollback else state.of(StepStatus.FAILED):
            step = self.context.plan.find(name).step
            if not isinstance(step, Hold) or not tripped_in(self.context, step):
                continue
            parts = (Part.TRAFFIC,) if step.on_trip is OnTrip.ROLLBACK_TRAFFIC else ()
            if step.on_trip is not OnTrip.ASK and rollback.parts_to_undo(state, parts):
                self._back.begin(parts, state.steps[name].evidence, automatic=True)
