"""The cutover: preflight, phases, Done list and rollback as rows; output; what GO still needs."""

from collections.abc import Iterator

from msgspec.structs import replace

from cockpit.card.model.plan import HEALTHY_STEP, Planned, Section, SectionKind
from cockpit.card.model.steps import Confirm, Hold, Traffic
from cockpit.engine.cutover import next_stage
from cockpit.projections.decision import Word
from cockpit.projections.forecast import back_items, expected, expected_s, remaining_s, section_s
from cockpit.projections.hold_progress import describe_watched
from cockpit.projections.monitor_status import asked_items
from cockpit.screens.view.phrases import share, step_length, whole_minutes, whole_seconds
from cockpit.screens.view.snapshot import Snapshot, label, went_back
from cockpit.state import SETTLED, STOPPED, MonitorStatus, State, StepState, StepStatus
from widgets.cutover import CutoverView, PhaseChip
from widgets.form import FormLine
from widgets.glyphs import Status as Glyph
from widgets.rows import ListRow

_GLYPH = {
    StepStatus.RUNNING: Glyph.RUNNING,
    StepStatus.DOUBT: Glyph.IN_DOUBT,
    StepStatus.PASSED: Glyph.PASSED,
    StepStatus.FAILED: Glyph.FAILED,
    StepStatus.UNKNOWN: Glyph.UNKNOWN,
    StepStatus.SKIPPED: Glyph.SKIPPED,
    StepStatus.WAIVED: Glyph.WAIVED,
}
_DETAILS = 2


def cutover(snapshot: Snapshot, output_of: str = "", output: tuple[str, ...] = ()) -> CutoverView:
    """Return the section; `output` holds the last lines of the step titled `output_of`."""
    current = _current(snapshot)
    return CutoverView(
        rows=tuple(_rows(snapshot, current)),
        phases=tuple(_chip(snapshot, phase, current) for phase in snapshot.plan.phases),
        steps=tuple(_steps_alone(snapshot, current)),
        preflight=_preflight(snapshot),
        output_of=output_of,
        output=output,
        missing=tuple(_missing(snapshot)),
    )


def _current(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the ids of the open sections: those of the current stage, else the last phase."""
    if snapshot.state.rollback is not None:
        begun = [phase.id for phase in snapshot.plan.phases if phase.id in snapshot.state.sections]
        return tuple(begun[-1:])
    stage = next_stage(snapshot.plan, snapshot.state)
    return tuple(section.id for section in stage or snapshot.plan.phases[-1:])


def _rows(snapshot: Snapshot, current: tuple[str, ...]) -> Iterator[ListRow]:
    before = snapshot.plan.preflight.id in current
    yield _section_row(snapshot, snapshot.plan.preflight, active=before)
    if before:
        yield from _step_rows(snapshot, snapshot.plan.preflight)
        first, last = snapshot.plan.phases[0], snapshot.plan.phases[-1]
        total = sum(
            section_s(phase, snapshot.state, snapshot.now_s) for phase in snapshot.plan.phases
        )
        names = label(first) if first is last else f"{label(first)} to {label(last)}"
        yield ListRow(names, Glyph.TODO, right=f"about {whole_minutes(total)}")
        return
    for phase in snapshot.plan.phases:
        on = phase.id in current
        yield _section_row(snapshot, phase, active=on)
        if on:
            yield from _step_rows(snapshot, phase)
            yield from _back_rows(snapshot)
    if snapshot.plan.done:
        yield from _done_rows(snapshot, current)


def _section_row(snapshot: Snapshot, section: Section, *, active: bool) -> ListRow:
    section_state = snapshot.state.sections.get(section.id)
    status = _section_status(snapshot, section)
    right = f"about {whole_minutes(section_s(section, snapshot.state, snapshot.now_s))}"
    if section_state is not None:
        end_s = section_state.ended_s if section_state.ended_s is not None else snapshot.now_s
        right = whole_seconds(end_s - section_state.started_s)
    if status is Glyph.SKIPPED:
        right = "skipped"
    before = section is snapshot.plan.preflight
    evidence = _counted(snapshot, section) if before else _waived(snapshot, section)
    name = label(section)
    title = (
        f"{section.id.upper():<5} {section.title}" if name != section.title.capitalize() else name
    )
    finished = section_state is not None and section_state.ended_s is not None
    return ListRow(title, status, evidence, right, active=active and not finished)


def _section_status(snapshot: Snapshot, section: Section) -> Glyph:
    statuses = [snapshot.state.status(item.id) for item in section.items]
    section_state = snapshot.state.sections.get(section.id)
    for grave in (StepStatus.FAILED, StepStatus.DOUBT, StepStatus.UNKNOWN):
        if grave in statuses:
            tripped = grave is StepStatus.FAILED and bool(snapshot.monitors(MonitorStatus.TRIPPED))
            return Glyph.TRIPPED if tripped and section.id[0] == "t" else _GLYPH[grave]
    if section_state is None:
        return Glyph.SKIPPED if snapshot.state.rollback is not None else Glyph.TODO
    if section_state.ended_s is not None:
        return Glyph.PASSED
    if went_back(snapshot.state):
        return Glyph.TRIPPED if snapshot.monitors(MonitorStatus.TRIPPED) else Glyph.FAILED
    if snapshot.state.held is not None and StepStatus.RUNNING not in statuses:
        return Glyph.HELD
    return Glyph.RUNNING


def _counted(snapshot: Snapshot, section: Section) -> str:
    asked = asked_items(section, snapshot.state)
    statuses = [snapshot.state.status(item.id) for item in asked]
    settled = sum(status in SETTLED for status in statuses)
    return ", ".join(filter(None, (f"{settled} of {len(statuses)}", _waived(snapshot, section))))


def _waived(snapshot: Snapshot, *sections: Section) -> str:
    """Format how many steps were waived; empty for none."""
    items = (item for section in sections for item in section.items)
    waived = sum(snapshot.state.status(item.id) is StepStatus.WAIVED for item in items)
    return f"{waived} waived" if waived else ""


def _step_rows(snapshot: Snapshot, section: Section, depth: int = 1) -> Iterator[ListRow]:
    for item in asked_items(section, snapshot.state):
        yield from item_rows(snapshot, item, depth)


def item_rows(snapshot: Snapshot, item: Planned, depth: int) -> Iterator[ListRow]:
    """Yield the row of a step, and its details when it failed or is unknown or in doubt."""
    step = snapshot.state.steps.get(item.id)
    if step is None:
        gone = snapshot.state.rollback is not None and item.section_kind is not SectionKind.ROLLBACK
        status = Glyph.SKIPPED if gone else Glyph.TODO
        right = "" if gone else step_length(expected(item.step, snapshot.state))
        yield ListRow(item.title, status, "skipped" if gone else "", right, depth)
        return
    running = step.status is StepStatus.RUNNING
    evidence, right, progress = _seen_of(snapshot, item, step)
    yield ListRow(item.title, _GLYPH[step.status], evidence, right, depth, running, progress)
    if step.status in STOPPED:
        for line in step.details[:_DETAILS]:
            yield ListRow(line, depth=depth)


def _seen_of(snapshot: Snapshot, item: Planned, step: StepState) -> tuple[str, str, float | None]:
    """Return evidence, time and progress (0..1) of a step that was begun."""
    if step.status is not StepStatus.RUNNING:
        end_s = step.ended_s if step.ended_s is not None else snapshot.now_s
        return step.evidence, whole_seconds(end_s - step.started_s), None
    elapsed = whole_seconds(snapshot.now_s - step.started_s)
    if isinstance(item.step, Hold):
        left_s = remaining_s(item, snapshot.state, snapshot.now_s)
        done = 1 - left_s / expected_s(item.step, snapshot.state)
        right = f"{whole_seconds(left_s)} left" if left_s > 0 else "over, waits for ok"
        return describe_watched(item.step, step, snapshot.now_s), right, done
    if isinstance(item.step, Confirm):
        return item.step.confirm, f"asked {elapsed}", None
    if isinstance(item.step, Traffic):
        return seen_share(snapshot.state) or "not seen yet", elapsed, None
    return step.evidence or step.command, elapsed, None


def seen_share(state: State) -> str:
    """Format the share observed since the last order; empty when none was."""
    traffic = state.traffic
    if traffic.seen is None:
        return ""
    return f"seen {share(traffic.seen, traffic.margin)}"


def _back_rows(snapshot: Snapshot) -> Iterator[ListRow]:
    rollback = snapshot.state.rollback
    if rollback is None:
        return
    healthy = snapshot.state.steps.get(HEALTHY_STEP)
    if healthy is not None:
        row_title = f"ROLLBACK is {snapshot.stable} healthy?"
        yield ListRow(row_title, _GLYPH[healthy.status], healthy.evidence, depth=1)
    for item in back_items(snapshot.plan, rollback.parts):
        for row in item_rows(snapshot, item, 1):
            named = row.status is not Glyph.NONE
            yield replace(row, title=f"ROLLBACK {row.title}") if named else row


def _done_rows(snapshot: Snapshot, current: tuple[str, ...]) -> Iterator[ListRow]:
    items = [item for group in snapshot.plan.done for item in group.items]
    settled = sum(snapshot.state.settled(item.id) for item in items)
    on = any(group.id in current for group in snapshot.plan.done)
    begun = any(group.id in snapshot.state.sections for group in snapshot.plan.done)
    status = Glyph.PASSED if settled == len(items) else Glyph.RUNNING if begun else Glyph.TODO
    if snapshot.state.rollback is not None and not begun:
        status = Glyph.SKIPPED
    if begun and settled < len(items) and went_back(snapshot.state):
        status = Glyph.FAILED
    active = on and settled < len(items)
    waived = _waived(snapshot, *snapshot.plan.done)
    yield ListRow("Done", status, waived, f"{settled} of {len(items)}", active=active)
    if active and begun:
        for group in snapshot.plan.done:
            yield from _step_rows(snapshot, group)


def _chip(snapshot: Snapshot, phase: Section, current: tuple[str, ...]) -> PhaseChip:
    status = _section_status(snapshot, phase)
    on = phase.id in current and status is not Glyph.PASSED
    return PhaseChip(label(phase), status, on)


def _steps_alone(snapshot: Snapshot, current: tuple[str, ...]) -> Iterator[ListRow]:
    """Yield the rows of the open sections; in the preflight only the stopped ones, if any."""
    sections = [section for section in snapshot.plan.sections() if section.id in current]
    rows = [row for section in sections for row in _step_rows(snapshot, section, 0)]
    rows += [replace(row, depth=0) for row in _back_rows(snapshot)]
    if snapshot.plan.preflight.id in current:
        stopped = [row for row in rows if row.status not in (Glyph.PASSED, Glyph.TODO)]
        rows = stopped or rows
    yield from rows


def _preflight(snapshot: Snapshot) -> FormLine:
    text = f"preflight {_counted(snapshot, snapshot.plan.preflight)}"
    return FormLine(text, _section_status(snapshot, snapshot.plan.preflight))


def _missing(snapshot: Snapshot) -> Iterator[ListRow]:
    """Yield what a GO still needs, the gravest first; steps still to do are one row a phase."""
    done = {item.id for group in snapshot.plan.done for item in group.items}
    planned = {item.id for item in snapshot.plan.gating()}
    for reason in snapshot.decision.reasons:
        begun = snapshot.state.status(reason.subject)
        if reason.subject in planned and (begun is None or begun is StepStatus.RUNNING):
            continue
        status = _GLYPH.get(begun, Glyph.UNKNOWN) if begun else Glyph.UNKNOWN
        yield ListRow(reason.short, Glyph.FAILED if reason.word is Word.NO_GO else status)
    if snapshot.state.rollback is not None:
        yield ListRow("a new run in a new window", Glyph.TODO)
        return
    for phase in snapshot.plan.phases:
        left_s = section_s(phase, snapshot.state, snapshot.now_s)
        if _section_status(snapshot, phase) is not Glyph.PASSED:
            yield ListRow(
                label(phase),
                _section_status(snapshot, phase),
                right=f"about {whole_minutes(left_s)}",
            )
    settled = sum(snapshot.state.settled(name) for name in done)
    if settled < len(done):
        yield ListRow(f"Done {settled} of {len(done)}", Glyph.TODO)
