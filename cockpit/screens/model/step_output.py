"""The last lines of a step's output, read in a thread, redacted and clean."""

import asyncio
from pathlib import Path

from cockpit.card.model.plan import Plan, Planned
from cockpit.foundation.redaction import Redactor
from cockpit.process.tail import FileTail
from cockpit.projections.narration import title
from cockpit.state import STOPPED, State, StepStatus

LINES = 1000


class StepOutput:
    """Follows the output of the step that acts, or that acted last."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self._folder, self._redactor = folder, redactor
        self._of = ""
        self._tail: FileTail | None = None
        self._busy = False
        self.title = ""
        self.lines: tuple[str, ...] = ()

    async def poll(self, plan: Plan, state: State) -> bool:
        """Take in what is new, in a thread, one at a time; tells whether anything changed."""
        if self._busy:
            return False
        self._busy = True
        try:
            return await self._polled(plan, state)
        finally:
            self._busy = False

    async def _polled(self, plan: Plan, state: State) -> bool:
        name = acting(state)
        if name is None:
            return False
        of = f"{name}.{state.steps[name].attempt}"
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


def acting(state: State) -> str | None:
    """Give the step whose output is shown: the action that runs, else the one begun last."""
    actions = [(name, step) for name, step in state.steps.items() if step.action]
    running = [name for name, step in actions if step.status is StepStatus.RUNNING]
    if running:
        return running[-1]
    return max(actions, key=lambda pair: pair[1].started_s)[0] if actions else None


def page(plan: Plan, state: State, output: StepOutput) -> tuple[str, tuple[str, ...]]:
    """Give title and lines of the output's page.

    A check has no process and so no output: what it found stands there instead, before the output
    of the step that acted last.
    """
    found = _speaking(plan, state, output)
    if not found:
        return f"output of {output.title or 'nothing yet'}", output.lines
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    lines = [line for item in found for line in _found(state, item)]
    if output.lines:
        lines += ["", f"output of {output.title}:", *output.lines]
    return f"output of {found[0].title}{more}", tuple(lines)


def _speaking(plan: Plan, state: State, output: StepOutput) -> tuple[Planned, ...]:
    """Give the steps whose evidence is shown: those that stopped, else for no output the last."""
    acts = acting(state)
    if state.rollback is not None or (acts and state.status(acts) is StepStatus.RUNNING):
        return ()
    begun = [item for item in plan.gating() if item.id in state.steps]
    spoken = acts if output.lines else None
    stopped = [i for i in begun if state.status(i.id) in STOPPED and i.id != spoken]
    failed_first = sorted(stopped, key=lambda i: state.status(i.id) is not StepStatus.FAILED)
    if failed_first or output.lines or not begun:
        return tuple(failed_first)
    return (max(begun, key=lambda item: state.steps[item.id].started_s),)


def _found(state: State, item: Planned) -> tuple[str, ...]:
    step = state.steps[item.id]
    words = f"{item.title} {step.status.value}: {step.evidence}".removesuffix(": ")
    return (words, *(f"  {line}" for line in step.details))
