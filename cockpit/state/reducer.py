"""How each event changes the state: `state = fold(entries)`.

Live view, resume, watch, replay and report are this function over the same entries. The functions
below `apply` are named after the state, or the part of it, that they return.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, assert_never

from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card.model.steps import Part
from cockpit.journal import events as ev
from cockpit.state.budget_history import extended
from cockpit.state.hold_watch import HoldWatch, lost, sampled
from cockpit.state.restore_estimate import RestoreEstimate
from cockpit.state.run_state import (
    BreakerState,
    BreakerStatus,
    MonitorView,
    RollbackState,
    SectionState,
    State,
    StepState,
    StepStatus,
    TrafficState,
    attempt_name,
)

SERIES_LENGTH = 1800
FEED_LENGTH = 400
PASSES_KEPT = 100


def fold(entries: Iterable[ev.JournalEntry], state: State | None = None) -> State:
    """Return the state after all `entries`, applied to `state` or to that of an empty journal."""
    state = state or State()
    for entry in entries:
        state = apply(state, entry)
    return state


def apply(state: State, entry: ev.JournalEntry) -> State:
    """Return the state after one more entry; never raises, whatever entries came before."""
    clocked = _at_time_of(state, entry)
    if isinstance(entry.event, ev.SessionOpened):
        clocked = _after_gap(clocked, clocked.now_s - state.now_s if state.run else 0.0)
    return _with_news(_after(clocked, entry), entry)


def _at_time_of(state: State, entry: ev.JournalEntry) -> State:
    """Return the state at the entry's time; a run starts at its second 0."""
    event = entry.event
    offset = -entry.mono_s if isinstance(event, ev.RunStarted) else state.offset_s
    if isinstance(event, ev.SessionOpened) and _is_other_boot(state, event):
        offset = state.now_s + _gap_s(state.last_at, entry.at) - entry.mono_s
    now_s = entry.mono_s + offset
    return replace(state, seq=entry.seq, offset_s=offset, now_s=now_s, last_at=entry.at)


def _is_other_boot(state: State, event: ev.SessionOpened) -> bool:
    """Whether monotonic seconds started again; the first session is of its run's own boot."""
    return event.boot != state.boot and (bool(state.boot) or event.resumed)


def _gap_s(before: str, after: str) -> float:
    """Return the seconds between two ISO instants; 0 without a first one, or if time ran back."""
    if not before:
        return 0.0
    return max(
        0.0, (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()
    )


def _after(state: State, entry: ev.JournalEntry) -> State:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    event, now = entry.event, state.now_s
    match event:
        case ev.RunStarted():
            card = event.card_sha256
            return replace(state, run=event, started_at=entry.at, card_sha256=card)
        case ev.SessionOpened():
            return _session_opened(state, event)
        case ev.SessionClosed():
            return replace(state, open=False)
        case ev.SectionStarted():
            began = SectionState(now, by=entry.by)
            return replace(state, sections={**state.sections, event.section: began})
        case ev.SectionEnded():
            return _section_ended(state, event)
        case ev.StepStarted():
            return _step_started(state, event, entry.by)
        case ev.StepEnded():
            return _with_step(state, event.step, _ended_step(state, event, entry.by))
        case ev.StepProgressed():
            return _step_reported(state, event)
        case ev.StepDoubted():
            return _with_step_status(state, event.step, StepStatus.DOUBT, event.evidence, entry.by)
        case ev.Waived():
            words = f"waived by {event.name}: {event.reason}"
            return _with_step_status(state, event.step, StepStatus.WAIVED, words, event.name)
        case ev.MarkedDone():
            words = f"marked as done by {event.name}: {event.reason}"
            return _with_step_status(state, event.step, StepStatus.PASSED, words, event.name)
        case ev.CardAccepted():
            return replace(state, card_sha256=event.card_sha256)
        case ev.WindowWaived():
            return replace(state, window_waivers=(*state.window_waivers, event))
        case ev.Held():
            return replace(state, held=event.reason or f"held by {entry.by}", held_s=now)
        case ev.Released():
            return replace(state, held=None, held_s=None)
        case ev.TrafficOrdered():
            return _traffic_ordered(state, event)
        case ev.TrafficObserved():
            return _traffic_seen(state, event)
        case ev.MonitorsSampled():
            return _monitors_sampled(state, event)
        case ev.BreakerArmed() | ev.BreakerDisarmed() | ev.BreakerFired():
            return _breaker_ordered(state, event, entry.by)
        case ev.BreakerActed() | ev.BreakerEnded():
            return _breaker_acted(state, event)
        case ev.RollbackStarted():
            begun = RollbackState(event.parts, event.steps, event.reason, event.automatic, now)
            return replace(state, rollback=begun)
        case ev.RollbackEnded():
            return _rollback_ended(state, event)
        case ev.Decided():
            return replace(state, decision=event)
        case ev.ReportWritten():
            return replace(state, report=event, end_reported=state.ended is not None)
        case ev.RunEnded():
            decided = ev.Decided(word=event.word, reasons=event.reasons)
            return replace(state, ended=event, ended_s=now, decision=decided)
        case ev.MonitorChanged() | ev.FaultInjected() | ev.Noted():
            return state
    assert_never(event)


def _with_news(state: State, entry: ev.JournalEntry) -> State:
    if isinstance(entry.event, ev.Frequent):
        return state
    return replace(state, feed=(*state.feed[1 - FEED_LENGTH :], entry))


def _after_gap(state: State, gap_s: float) -> State:
    """Return the state after `gap_s` without a cockpit: monitors are blind, holds did not count."""
    steps = {
        name: _left_alone(step, gap_s, state.now_s) if step.status is StepStatus.RUNNING else step
        for name, step in state.steps.items()
    }
    blind = {name: _blind(view) for name, view in state.monitors.items()}
    return replace(state, steps=steps, monitors=blind)


def _left_alone(step: StepState, gap_s: float, now_s: float) -> StepState:
    watch = lost(step.watch, now_s) if step.watch else None
    return replace(step, unwatched_s=step.unwatched_s + gap_s, watch=watch)


def _session_opened(state: State, event: ev.SessionOpened) -> State:
    return replace(
        state,
        operator=event.operator,
        host=event.host,
        boot=event.boot,
        open=True,
        resumes=state.resumes + event.resumed,
    )


def _blind(view: MonitorView) -> MonitorView:
    is_tripped = view.state is ev.MonitorStatus.TRIPPED
    return replace(
        view,
        state=view.state if is_tripped else ev.MonitorStatus.BLIND,
        note="not measured since the cockpit came back",
        trips_at_s=None,
    )


def _section_ended(state: State, event: ev.SectionEnded) -> State:
    section = state.sections.get(event.section, SectionState(state.now_s))
    ended = replace(section, ended_s=state.now_s)
    return replace(state, sections={**state.sections, event.section: ended})


def _with_step(state: State, name: str, step: StepState) -> State:
    return replace(state, steps={**state.steps, name: step})


def _step_started(state: State, event: ev.StepStarted, by: str) -> State:
    before = state.steps.get(event.step)
    begun = StepState(
        StepStatus.RUNNING,
        event.attempt,
        state.now_s,
        action=event.action,
        command=event.command,
        by=by,
        watch=HoldWatch(event.watches, state.now_s) if event.watches else None,
        passed_s=before.passed_s if before else (),
        restore=before.restore if before else RestoreEstimate(),
        budget=before.budget if before else (),
    )
    begun_state = _with_step(state, event.step, begun)
    if event.action:
        begun_state = _with_folder(begun_state, event.step, event.attempt, event.folder)
    return _with_changed_part(begun_state, event.changes)


def _with_folder(state: State, name: str, attempt: int, folder: str) -> State:
    """Return the state with the folder of an attempt; before attempts had one, it was the name."""
    plain = attempt_name(name, attempt)
    return replace(state, folders={**state.folders, plain: folder or plain})


def _with_changed_part(state: State, part: Part | None) -> State:
    """Return the state with a part marked as changed, in the order of the first change."""
    if part is None or part in state.changed:
        return state
    return replace(state, changed=(*state.changed, part))


def _ended_step(state: State, event: ev.StepEnded, by: str) -> StepState:
    before = state.steps.get(event.step) or StepState(
        StepStatus.RUNNING, event.attempt, state.now_s
    )
    passed = (state.now_s,) if event.outcome is Outcome.PASSED else ()
    return replace(
        before,
        status=StepStatus(event.outcome.value),
        ended_s=state.now_s,
        evidence=event.evidence,
        details=event.details,
        figures=event.figures,
        by=before.by if by == ev.COCKPIT else by,
        passed_s=(*before.passed_s, *passed)[-PASSES_KEPT:],
        restore=before.restore.after(event),
        budget=extended(before.budget, event, state.now_s),
    )


def _step_reported(state: State, event: ev.StepProgressed) -> State:
    step = state.steps.get(event.step)
    return _with_step(state, event.step, replace(step, evidence=event.text)) if step else state


def _with_step_status(state: State, name: str, status: StepStatus, evidence: str, by: str) -> State:
    before = state.steps.get(name) or StepState(status, 0, state.now_s)
    by = before.by if by == ev.COCKPIT else by
    step = replace(before, status=status, ended_s=state.now_s, evidence=evidence, by=by)
    return _with_step(state, name, step)


def _traffic_ordered(state: State, event: ev.TrafficOrdered) -> State:
    highest = max(state.traffic.highest, event.share)
    traffic = TrafficState(event.share, state.now_s, highest)
    return _with_changed_part(
        replace(state, traffic=traffic), Part.TRAFFIC if event.share > 0 else None
    )


def _traffic_seen(state: State, event: ev.TrafficObserved) -> State:
    traffic = replace(
        state.traffic,
        seen=event.share,
        margin=event.margin,
        canary=event.canary,
        total=event.total,
        seen_s=state.now_s,
    )
    return replace(state, traffic=traffic)


def _monitors_sampled(state: State, event: ev.MonitorsSampled) -> State:
    views = {
        name: _monitor_view(state, state.monitors.get(name), sample)
        for name, sample in event.monitors.items()
    }
    watching = {
        name: replace(step, watch=sampled(step.watch, state.now_s, event.monitors))
        for name, step in state.steps.items()
        if step.watch is not None and step.status is StepStatus.RUNNING
    }
    return replace(state, monitors={**state.monitors, **views}, steps={**state.steps, **watching})


def _monitor_view(
    state: State, before: MonitorView | None, sample: ev.MonitorSample
) -> MonitorView:
    now, shift = state.now_s, state.offset_s
    series = before.series if before else ()
    tripped_s, value = None, sample.value
    if sample.state is ev.MonitorStatus.TRIPPED:
        tripped_s = before.tripped_s if before and before.tripped_s is not None else now
        # A trip keeps the value that it was made of, also while nothing is seen any more.
        value = before.value if before and value is None else value
    return MonitorView(
        state=sample.state,
        value=value,
        samples=sample.samples,
        note=sample.note,
        seen_s=now - sample.age_s,
        since_s=None if sample.since_s is None else sample.since_s + shift,
        trips_at_s=None if sample.trips_at_s is None else sample.trips_at_s + shift,
        learning=sample.learning,
        tripped_s=tripped_s,
        series=(*series[1 - SERIES_LENGTH :], (now, sample.value)),
    )


def _breaker_ordered(
    state: State, event: ev.BreakerArmed | ev.BreakerDisarmed | ev.BreakerFired, by: str
) -> State:
    before = state.breakers.get(event.breaker) or BreakerState(BreakerStatus.READY, state.now_s)
    match event:
        case ev.BreakerArmed():
            after = replace(
                before,
                status=BreakerStatus.ARMED,
                argument=event.argument,
                command=event.command,
                lasts_s=event.lasts_s,
                anyway=event.anyway,
            )
        case ev.BreakerDisarmed():
            after = replace(before, status=BreakerStatus.READY, lasts_s=0.0, anyway=False)
        case ev.BreakerFired():
            after = replace(
                before,
                status=BreakerStatus.FIRING,
                argument=event.argument,
                command=event.command,
                attempt=event.attempt,
                evidence="",
                anyway=False,
            )
        case _:
            assert_never(event)
    after = replace(after, at_s=state.now_s, by=by)
    if isinstance(event, ev.BreakerFired):
        state = _with_folder(state, f"breaker.{event.breaker}", event.attempt, event.folder)
    return replace(state, breakers={**state.breakers, event.breaker: after})


_ENDED_BREAKERS: Final = {
    Outcome.PASSED: BreakerStatus.VERIFIED,
    Outcome.SKIPPED: BreakerStatus.TAKEN_OVER,
}


def _breaker_acted(state: State, event: ev.BreakerActed | ev.BreakerEnded) -> State:
    before = state.breakers.get(event.breaker) or BreakerState(BreakerStatus.FIRING, state.now_s)
    status = BreakerStatus.FIRED
    if isinstance(event, ev.BreakerEnded):
        status = _ENDED_BREAKERS.get(event.outcome, BreakerStatus.FAILED)
    after = replace(before, status=status, evidence=event.evidence, at_s=state.now_s)
    return replace(state, breakers={**state.breakers, event.breaker: after})


def _rollback_ended(state: State, event: ev.RollbackEnded) -> State:
    """Return the state with the rollback ended; if it passed, its parts are no longer changed."""
    if state.rollback is None:
        return state
    ended = replace(
        state.rollback, ended_s=state.now_s, outcome=event.outcome, evidence=event.evidence
    )
    undone = ended.parts if event.outcome is Outcome.PASSED else ()
    left = tuple(part for part in state.changed if part not in undone)
    return replace(state, rollback=ended, changed=left)
