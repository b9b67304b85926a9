"""The banner's lines: the reason that sets the banner's style, then what runs and what follows."""

from typing import assert_never

from checks.core.text import count_of
from cockpit.card.model.steps import Confirm, OnTrip, Traffic
from cockpit.foundation.formatting import clock, percent
from cockpit.projections.decision import caveats
from cockpit.projections.forecast import back_items, remaining_s
from cockpit.projections.hanging_lines import what_helps
from cockpit.projections.hold_progress import describe_watched
from cockpit.projections.monitor_status import (
    describe_blindness,
    describe_breach,
    describe_value_now,
)
from cockpit.projections.t_clock import open_phase
from cockpit.screens.view.cutover import seen_share
from cockpit.screens.view.offers import offers
from cockpit.screens.view.phrases import parts, whole_seconds
from cockpit.screens.view.snapshot import (
    Situation,
    Snapshot,
    name_of,
    rolls_back,
    running_hold,
)
from cockpit.state import SETTLED, MonitorStatus, StepStatus
from widgets.form import FormLine
from widgets.glyphs import Status as Glyph

_STOPPED = {
    Situation.FAILED: (StepStatus.FAILED, Glyph.FAILED),
    Situation.DOUBT: (StepStatus.DOUBT, Glyph.IN_DOUBT),
    Situation.UNKNOWN: (StepStatus.UNKNOWN, Glyph.UNKNOWN),
}


def first_reason(snapshot: Snapshot, at: Situation) -> FormLine:  # noqa: PLR0911  (one arm a situation)
    """Return the line that explains the style."""
    match at:
        case Situation.ROLLING_BACK | Situation.ROLLED_BACK | Situation.BACK_FAILED:
            return _why_back(snapshot, at)
        case Situation.TRIPPED:
            return _tripped(snapshot)
        case Situation.BREACHING:
            monitor, view = snapshot.monitors(MonitorStatus.BREACHING)[0]
            lasted = whole_seconds(snapshot.now_s - (view.since_s or snapshot.now_s))
            breach = f"{name_of(monitor)} {describe_breach(monitor, view)}"
            return FormLine(f"{breach} for {lasted}", Glyph.BREACHING, breach)
        case Situation.BLIND:
            monitor, view = snapshot.monitors(MonitorStatus.BLIND)[0]
            short = f"{name_of(monitor)} is blind"
            why = describe_blindness(monitor, view, snapshot.state, snapshot.now_s)
            return FormLine(f"{short}: {why}", Glyph.BLIND, short)
        case Situation.FAILED | Situation.DOUBT | Situation.UNKNOWN:
            return _stops(snapshot, at)[0]
        case Situation.STALE:
            item = snapshot.stale()[0]
            text = next(r.text for r in snapshot.decision.reasons if r.subject == item.id)
            return FormLine(text.partition(": ")[0], Glyph.STALE, f"{item.title} stale")
        case Situation.DONE:
            observed = (
                f"{percent(snapshot.state.traffic.seen)} observed"
                if snapshot.state.traffic.seen
                else ""
            )
            line = ", ".join(filter(None, (f"GO: {snapshot.canary} live", observed)))
            return FormLine(line, Glyph.PASSED)
        case (
            Situation.HELD
            | Situation.ASKED
            | Situation.PLANNED_HOLD
            | Situation.RUNNING
            | Situation.WAITS
        ):
            return doing(snapshot)
        case _:
            assert_never(at)


def _why_back(snapshot: Snapshot, at: Situation) -> FormLine:
    rollback = snapshot.state.rollback
    assert rollback is not None
    if at is Situation.BACK_FAILED:
        line = f"the rollback of {parts(rollback.parts)} stopped: {rollback.evidence}"
        return FormLine(line, Glyph.FAILED, "the rollback stopped")
    if at is Situation.ROLLED_BACK:
        line = f"everyone on {snapshot.stable}: {parts(rollback.parts)} brought back"
        return FormLine(line, Glyph.PASSED, f"everyone on {snapshot.stable}")
    if snapshot.monitors(MonitorStatus.TRIPPED):
        return _tripped(snapshot)
    line = f"{parts(rollback.parts)}: {rollback.reason}"
    return FormLine(line, Glyph.RUNNING, parts(rollback.parts))


def _tripped(snapshot: Snapshot) -> FormLine:
    monitor, view = snapshot.monitors(MonitorStatus.TRIPPED)[0]
    at = "" if view.tripped_s is None else f" {clock(snapshot.at(view.tripped_s), seconds=True)}"
    name = f"{name_of(monitor)} TRIPPED{at}"
    line = f"{name}, {describe_value_now(monitor, view)}"
    return FormLine(line, Glyph.TRIPPED, name)


def _stops(snapshot: Snapshot, at: Situation) -> list[FormLine]:
    status, glyph = _STOPPED[at]
    lines = []
    for item in snapshot.plan.gating():
        step = snapshot.state.steps.get(item.id)
        if step is not None and step.status is status:
            detail = ". Did it happen?" if status is StepStatus.DOUBT else f": {step.evidence}"
            short = f"{item.title} {status.value}"
            lines.append(FormLine(f"{short}{detail}", glyph, short))
    return lines


def context(snapshot: Snapshot, at: Situation) -> list[FormLine]:  # noqa: PLR0911  (one arm a situation)
    """Return what runs and what follows, one line each."""
    match at:
        case Situation.ROLLING_BACK:
            return _back_step(snapshot)
        case Situation.ROLLED_BACK | Situation.BACK_FAILED:
            why = snapshot.state.rollback.reason if snapshot.state.rollback else ""
            return [FormLine(f"why: {why}", short=why)]
        case Situation.FAILED | Situation.UNKNOWN | Situation.DOUBT:
            others = _stops(snapshot, at)[1:]
            unknown = _stops(snapshot, Situation.UNKNOWN) if at is Situation.FAILED else []
            evidence = [] if at is not Situation.DOUBT else _doubted(snapshot)
            return [*evidence, *_helps(snapshot), *others, *unknown, doing(snapshot)]
        case Situation.BREACHING:
            monitor, _ = snapshot.monitors(MonitorStatus.BREACHING)[0]
            acts = rolls_back(snapshot, monitor.monitor)
            then = f"then {_trip_does(snapshot)}" if acts else "at the trip: waits for you"
            return [doing(snapshot), FormLine(then)]
        case Situation.BLIND:
            line = "holds here until it sees; never rolls back by itself"
            return [FormLine(line, short="holds here, never rolls back"), doing(snapshot)]
        case Situation.TRIPPED | Situation.HELD | Situation.STALE:
            return [doing(snapshot)]
        case Situation.DONE:
            return _finished(snapshot)
        case Situation.ASKED | Situation.PLANNED_HOLD | Situation.RUNNING | Situation.WAITS:
            return [_monitors_ok(snapshot), _evidence(snapshot)]
        case _:
            assert_never(at)


def _helps(snapshot: Snapshot) -> list[FormLine]:
    """Return what would help the first step that running it again cannot help."""
    plan, state = snapshot.plan, snapshot.state
    for item in plan.gating():
        if state.status(item.id) is StepStatus.UNKNOWN and (text := what_helps(plan, state, item)):
            return [FormLine(text, short=text.partition(":")[0])]
    return []


def _trip_does(snapshot: Snapshot) -> str:
    hold = running_hold(snapshot)
    if hold is None:
        return "asks you"
    if hold[1].on_trip is OnTrip.ROLLBACK_TRAFFIC:
        return "traffic to 0 %, automatic, by the card's on_trip rule"
    return "everything changed goes back, automatic, by the card's on_trip rule"


def _doubted(snapshot: Snapshot) -> list[FormLine]:
    item = offers(snapshot).doubt
    if item is None:
        return []
    step = snapshot.state.steps[item.id]
    return [
        FormLine(f"started {clock(snapshot.at(step.started_s), seconds=True)}, {step.evidence}")
    ]


def _back_step(snapshot: Snapshot) -> list[FormLine]:
    rollback = snapshot.state.rollback
    assert rollback is not None
    items = back_items(snapshot.plan, rollback.parts)
    for index, item in enumerate(items, 1):
        if snapshot.state.status(item.id) is StepStatus.RUNNING:
            share = seen_share(snapshot.state) if isinstance(item.step, Traffic) else ""
            short = ", ".join(filter(None, (item.title, share)))
            line = f"{short}, step {index} of {len(items)}"
            return [FormLine(line, Glyph.RUNNING, short), FormLine(_rule(snapshot))]
    return [FormLine(f"is {snapshot.stable} healthy?", Glyph.RUNNING), FormLine(_rule(snapshot))]


def _rule(snapshot: Snapshot) -> str:
    rollback = snapshot.state.rollback
    if rollback is None:
        return ""
    return "automatic, by the card's on_trip rule" if rollback.automatic else rollback.reason


def doing(snapshot: Snapshot) -> FormLine:
    """Return what runs now, else what comes next."""
    hold = running_hold(snapshot)
    traffic = snapshot.state.traffic
    if hold is not None:
        left = whole_seconds(remaining_s(hold[0], snapshot.state, snapshot.now_s))
        at = f" at {percent(traffic.ordered)} of traffic" if traffic.ordered else ""
        phase = open_phase(snapshot.plan, snapshot.state)
        named = f"{phase.title} {hold[0].title}" if phase else hold[0].title
        share = seen_share(snapshot.state)
        held = snapshot.state.steps[hold[0].id]
        counted = describe_watched(hold[1], held, snapshot.now_s)
        line = ", ".join(filter(None, (f"{named}{at}", share, counted)))
        return FormLine(line, short=f"{named}, {left} left")
    running = snapshot.running()
    for item in running:
        if isinstance(item.step, Confirm):
            line, short = f"your word: {item.step.confirm}", f"your word: {item.title}"
            return FormLine(line, Glyph.RUNNING, short)
    if running:
        names = ", ".join(item.title for item in running[:3])
        return FormLine(f"{names} runs", Glyph.RUNNING, f"{running[0].title} runs")
    if snapshot.state.ended is not None:
        return FormLine("ended: cockpit --new begins another", short="ended")
    return _next_line(snapshot)


def _next_line(snapshot: Snapshot) -> FormLine:
    offered = offers(snapshot)
    if offered.next_label and not offered.next_not:
        step = f": {offered.next_step}" if offered.next_step else ""
        return FormLine(f"next: {offered.next_label}{step}", short=f"next: {offered.next_label}")
    if offered.outside:
        return FormLine(offered.outside, Glyph.HELD, "outside the window")
    return FormLine("nothing runs")


def _monitors_ok(snapshot: Snapshot) -> FormLine:
    ok, total = len(snapshot.monitors(MonitorStatus.OK)), len(snapshot.plan.monitors)
    learning = len(snapshot.learning())
    rest = f", {learning} learning" if learning else ""
    line = f"{ok} of {count_of(total, 'monitor')} ok{rest}"
    status = Glyph.OK if ok == total else Glyph.LEARNING
    return FormLine(line if total else "", status)


def _evidence(snapshot: Snapshot) -> FormLine:
    hold = running_hold(snapshot)
    if hold is not None and snapshot.state.traffic.total:
        canary, total = snapshot.state.traffic.canary, snapshot.state.traffic.total
        return FormLine(f"{canary:,} of {count_of(total, 'request')} seen at the canary")
    done = sum(snapshot.state.status(item.id) in SETTLED for item in snapshot.plan.gating())
    needed = sum(1 for _ in snapshot.plan.gating())
    steps = count_of(needed, "step that a GO needs is", "steps that a GO needs are")
    return FormLine(f"{done} of {steps} done")


def _finished(snapshot: Snapshot) -> list[FormLine]:
    items = [item for group in snapshot.plan.done for item in group.items]
    settled = sum(snapshot.state.settled(item.id) for item in items)
    ok = len(snapshot.monitors(MonitorStatus.OK))
    seen_ok = f"{count_of(ok, 'monitor')} ok at the end"
    line = FormLine(f"Done {settled} of {len(items)}, {seen_ok}", Glyph.PASSED)
    if qualified := caveats(snapshot.plan, snapshot.state):
        line = FormLine(f"with: {'; '.join(qualified)}", Glyph.WAIVED)
    return [line, FormLine(snapshot.state.report.path if snapshot.state.report else "")]
