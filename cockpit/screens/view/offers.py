"""What the operator may order now: one source for the banner's choices, keys and orders."""

from collections.abc import Iterator
from typing import assert_never

from msgspec import Struct

from checks.auth import Auth
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker, argument_of
from cockpit.card.model.monitors import CheckMonitor
from cockpit.card.model.plan import Planned
from cockpit.card.model.steps import Confirm, Part, Run, Traffic
from cockpit.engine import cutover
from cockpit.engine.rollback import parts_fired
from cockpit.foundation.errors import UsageError
from cockpit.projections.cutover_window import acts, reason_not_to_act
from cockpit.projections.hanging_lines import what_helps
from cockpit.projections.t_clock import is_rolling_back
from cockpit.screens.view.snapshot import Snapshot, label
from cockpit.state import MonitorStatus, State, StepStatus


class Available(Struct, frozen=True):
    """The orders that are possible now; None, empty or False for one that is not.

    `next_label` names what `n` would start, `next_not` why it may not start now, and `next_step`
    the step that a stage already begun continues with. `again` is the id of the step or section
    that `r` runs again, `again_label` its title; where it acts, `r` only arms it. `outside` says
    why what comes next may not act outside the window. The others are the steps that the keys
    waive, verify or mark, and vouch for.
    """

    next_label: str = ""
    next_not: str = ""
    next_step: str = ""
    again: str = ""
    again_label: str = ""
    again_acts: bool = False
    waive: Planned | None = None
    doubt: Planned | None = None
    answer: Planned | None = None
    outside: str = ""
    hold: bool = False
    release: bool = False


def offers(snapshot: Snapshot) -> Available:
    """Return the possible orders; none on a screen without control."""
    if snapshot.observer is not None or snapshot.state.run is None:
        return Available()
    state = snapshot.state
    stage = cutover.next_stage(snapshot.plan, state)
    stopped = cutover.stopped(state, stage) if stage and state.rollback is None else ()
    running = bool(snapshot.running())
    next_label, next_not = _next(snapshot, stage)
    again, again_label = ("", "") if running or not stage else _again(snapshot, stage, stopped)
    return Available(
        next_label=next_label,
        next_not=next_not,
        next_step=_next_step(state, stage) if stage else "",
        again=again,
        again_label=again_label,
        again_acts=len(stopped) == 1 and isinstance(stopped[0].step, Run | Traffic),
        waive=stopped[0] if stopped else None,
        doubt=next((item for item in stopped if state.status(item.id) is StepStatus.DOUBT), None),
        answer=_running_confirm(snapshot),
        outside=_outside(snapshot, stage, stopped) if stage else "",
        hold=state.held is None and state.ended is None and state.rollback is None,
        release=state.held is not None,
    )


def _next(snapshot: Snapshot, stage: cutover.Stage | None) -> tuple[str, str]:
    if stage is None or snapshot.state.ended is not None:
        return "", "the card has nothing left to begin"
    what = "Done list" if len(stage) > 1 else label(stage[0])
    runs = next(
        (i for i in snapshot.plan.all() if snapshot.state.status(i.id) is StepStatus.RUNNING), None
    )
    if runs is not None:
        return what, f"{runs.title} runs"
    try:
        cutover.may_begin(snapshot.plan, snapshot.state, snapshot.utc)
    except UsageError as error:
        return what, str(error)
    return what, ""


def _outside(snapshot: Snapshot, stage: cutover.Stage, stopped: tuple[Planned, ...]) -> str:
    """Return why the window keeps what comes next from acting; empty if it does not."""
    state, utc = snapshot.state, snapshot.utc
    if state.ended is not None or state.rollback is not None:
        return ""
    if any(acts(item) for item in stopped):
        return reason_not_to_act(state, utc) or ""
    return cutover.kept_by_window(state, stage, utc) or ""


def _next_step(state: State, stage: cutover.Stage) -> str:
    """Return the title of the step that a stage already begun continues with, else nothing."""
    if not any(section.id in state.sections for section in stage):
        return ""
    return next((i.title for i in cutover.items(stage) if not state.settled(i.id)), "")


def _again(
    snapshot: Snapshot, stage: cutover.Stage, stopped: tuple[Planned, ...]
) -> tuple[str, str]:
    again = [item for item in stopped if not what_helps(snapshot.plan, snapshot.state, item)]
    if not again:
        return "", ""
    if len(again) == 1:
        return again[0].id, f"run {again[0].title} again"
    return stage[0].id, f"run {len(again)} again"


def _running_confirm(snapshot: Snapshot) -> Planned | None:
    return next((item for item in snapshot.running() if isinstance(item.step, Confirm)), None)


def undone_by(snapshot: Snapshot, breaker: Breaker) -> tuple[Part, ...]:
    """Return the parts that a rollback breaker would undo now; none for a command breaker."""
    match breaker:
        case CommandBreaker():
            return ()
        case RollbackBreaker():
            return parts_fired(snapshot.plan, snapshot.state, breaker)
        case _:
            assert_never(breaker)


def usable_rollbacks(snapshot: Snapshot) -> tuple[tuple[RollbackBreaker, tuple[Part, ...]], ...]:
    """Return the rollback breakers that would undo more than the running rollback does."""
    going = (
        snapshot.state.rollback.parts
        if snapshot.state.rollback and is_rolling_back(snapshot.state)
        else ()
    )
    wider = []
    for breaker in snapshot.plan.breakers:
        match breaker:
            case CommandBreaker():
                pass
            case RollbackBreaker():
                parts = undone_by(snapshot, breaker)
                if set(parts) - set(going):
                    wider.append((breaker, parts))
            case _:
                assert_never(breaker)
    return tuple(wider)


def demoting(snapshot: Snapshot) -> Breaker | None:
    """Return the breaker that takes an endpoint, if a check found an unguarded one.

    A failed `auth` step says whether a request got in; a monitor of such a check has to trip.
    """
    if not any(_let_in(snapshot)):
        return None
    return next(
        (breaker for breaker in snapshot.plan.breakers if argument_of(breaker) == "endpoint"), None
    )


def _let_in(snapshot: Snapshot) -> Iterator[bool]:
    for monitor in snapshot.plan.monitors:
        view = snapshot.state.monitors.get(monitor.monitor)
        if isinstance(monitor, CheckMonitor) and isinstance(monitor.check, Auth):
            yield view is not None and view.state is MonitorStatus.TRIPPED
    for item in snapshot.plan.gating():
        step = snapshot.state.steps.get(item.id)
        if isinstance(item.step, Auth) and step and step.status is StepStatus.FAILED:
            yield step.figures.get("let_in", 0.0) > 0
