"""Lines that hang on what another check measures: which they are, and what would help them."""

from collections.abc import Iterator

from checks.core.base import Check
from checks.measured import Measured
from checks.registry import AllOf
from cockpit.card.model.plan import Plan, Planned, SectionKind
from cockpit.state import State, StepStatus

_MAY_HELP = (StepStatus.PASSED, StepStatus.FAILED, StepStatus.UNKNOWN, StepStatus.RUNNING)
"""Of the check that measures: it has a figure, has another one soon, or can run again itself."""


def hanging_on(plan: Plan, step: str) -> tuple[Planned, ...]:
    """Return the lines that read what a step measures: without it they stay unknown."""
    return tuple(item for item in plan.gating() if step in _sources(item))


def describe_hanging(plan: Plan, step: str) -> str:
    """Describe the lines that hang on a step, as a clause; empty for none."""
    titles = [item.title for item in hanging_on(plan, step)]
    if not titles:
        return ""
    verb = "reads" if len(titles) == 1 else "read"
    stay = "stays" if len(titles) == 1 else "stay"
    return f"{', '.join(titles)} {verb} what it measures, and {stay} unknown without it"


def what_helps(plan: Plan, state: State, item: Planned) -> str:
    """Return what would help a line that running it again cannot help; empty where it can."""
    for name in _sources(item):
        status = state.status(name)
        if status in _MAY_HELP:
            continue
        source = next((other for other in plan.all() if other.id == name), None)
        title = source.title if source else name
        why = f"{title} was waived" if status is StepStatus.WAIVED else f"{title} has not run"
        again = source is not None and source.section_kind is SectionKind.DONE
        if again and source is not None and source.section in state.sections:
            return f"{why}: check it again on the Done screen, then this"
        return f"{why} and cannot run any more: waive this too, or measure it in a new run"
    return ""


def _sources(item: Planned) -> tuple[str, ...]:
    return tuple(_measuring(item.step)) if isinstance(item.step, Check) else ()


def _measuring(check: Check) -> Iterator[str]:
    """Yield the ids of the steps whose figures a check reads."""
    if isinstance(check, Measured):
        yield check.of
    if isinstance(check, AllOf):
        for part in check.checks:
            yield from _measuring(part)
