"""The last lines of a step's output, read in a thread, redacted and sanitized."""

import asyncio
from pathlib import Path

from cockpit.card.model.plan import Plan, Planned
from cockpit.foundation.redaction import Redactor
from cockpit.process.tail import FileTail
from cockpit.projections.narration import title
from cockpit.state import STOPPED, State, StepStatus

LINES = 1000


class StepOutput:
    """Follows the output of the running action, or of the last one."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self._folder, self._redactor = folder, redactor
        self._of = ""
        self._tail: FileTail | None = None
        self._busy = False
        self.title = ""
        self.lines: tuple[str, ...] = ()

    async def poll(self, plan: Plan, state: State) -> bool:
        """Read new output in a thread, one call at a time; return whether anything changed."""
        if self._busy:
            return False
        self._busy = True
        try:
            return await self._polled(plan, state)
        finally:
            self._busy = False

    async def _polled(self, plan: Plan, state: State) -> bool:
        name = acting_step(state)
        if name is None:
            return False
        of = state.folder(name, state.steps[name].attempt)
        if of != self._of:
            path = self._folder / "steps" / of / "out"
            self._tail = FileTail(path, redactor=self._redactor, lines=LINES)
            self._of = of
            self.title = title(plan, name)
        assert self._tail is not None
        try:
            fresh = await asyncio.to_thread(self._tail.poll)
        except OSError as error:
            self.lines = (f"the output cannot be read: {error.strerror}",)
            return True
        partial = (self._tail.partial,) if self._tail.partial else ()
        before, self.lines = self.lines, (*self._tail.lines, *partial)
        return bool(fresh) or before != self.lines


def acting_step(state: State) -> str | None:
    """Return the action whose output is shown: the running one, else the one begun last."""
    actions = [(name, step) for name, step in state.steps.items() if step.action]
    running = [name for name, step in actions if step.status is StepStatus.RUNNING]
    if running:
        return running[-1]
    return max(actions, key=lambda pair: pair[1].started_s)[0] if actions else None


def page(plan: Plan, state: State, output: StepOutput) -> tuple[str, tuple[str, ...]]:
    """Return title and lines of the output page.

    A check has no process and so no output: its evidence is shown instead, before the output of the
    last action.
    """
    steps = _with_evidence(plan, state, output)
    if not steps:
        return f"output of {output.title or 'nothing yet'}", output.lines
    more = f" and {len(steps) - 1} more" if len(steps) > 1 else ""
    lines = [line for item in steps for line in _evidence(state, item)]
    if output.lines:
        lines += ["", f"output of {output.title}:", *output.lines]
    return f"output of {steps[0].title}{more}", tuple(lines)


def _with_evidence(plan: Plan, state: State, output: StepOutput) -> tuple[Planned, ...]:
    """Return the steps whose evidence is shown: the stopped ones, else without output the last."""
    action = acting_step(state)
    if state.rollback is not None or (action and state.status(action) is StepStatus.RUNNING):
        return ()
    begun = [item for item in plan.gating() if item.id in state.steps]
    shown = action if output.lines else None
    stopped = [i for i in begun if state.status(i.id) in STOPPED and i.id != shown]
    failed_first = sorted(stopped, key=lambda i: state.status(i.id) is not StepStatus.FAILED)
    if failed_first or output.lines or not begun:
        return tuple(failed_first)
    return (max(begun, key=lambda item: state.steps[item.id].started_s),)


def _evidence(state: State, item: Planned) -> tuple[str, ...]:
    step = state.steps[item.id]
    line = f"{item.title} {step.status.value}: {step.evidence}".removesuffix(": ")
    return (line, *(f"  {detail}" for detail in step.details))
