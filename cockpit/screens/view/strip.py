"""The six cells and the ruler: clock, next trip, rollback, end, window, stop."""

from collections.abc import Iterator
from datetime import timedelta

from checks.core.base import Outcome
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.steps import Hold, Part, Traffic
from cockpit.foundation.formatting import clock
from cockpit.projections.forecast import back_items, expected_s
from cockpit.projections.t_clock import Ticking, is_rolling_back
from cockpit.screens.view.offers import usable_rollbacks
from cockpit.screens.view.phrases import (
    ceil_to_minute,
    measured_total,
    of_limit,
    parts,
    t_plus,
    whole_minutes,
    whole_seconds,
)
from cockpit.screens.view.slo import learnt
from cockpit.screens.view.snapshot import Snapshot, name_of, rolls_back
from cockpit.state import MonitorStatus, MonitorView, StepStatus
from widgets.ruler import RulerView
from widgets.strip import CellView, Tone

_CELL = 3
"""Decimals of a ratio on the ruler: finer than a cell, coarser than a second of a window."""


def strip(snapshot: Snapshot) -> tuple[CellView, ...]:
    """Return the cells, in their fixed order."""
    return (
        _clock(snapshot),
        _trip(snapshot),
        _back(snapshot),
        _end(snapshot),
        _window(snapshot),
        _stop(snapshot),
    )


def _clock(snapshot: Snapshot) -> CellView:
    t_clock = snapshot.forecast.t_clock
    shown = t_plus(t_clock.at_s)
    since = "" if t_clock.since_s is None else whole_seconds(snapshot.now_s - t_clock.since_s)
    stopped = {Ticking.HELD: f"held {since}", Ticking.DOUBT: f"in doubt {since}"}
    tone = Tone.ATTENTION if t_clock.ticking is Ticking.DOUBT else Tone.PLAIN
    detail = stopped.get(t_clock.ticking, t_clock.ticking.value)
    return CellView("T-CLOCK", shown, detail, tone, figure=shown)


def _trip(snapshot: Snapshot) -> CellView:
    total, ok = len(snapshot.plan.monitors), snapshot.monitors(MonitorStatus.OK)
    statuses = (MonitorStatus.BREACHING, MonitorStatus.TRIPPED, MonitorStatus.BLIND)
    breaching, tripped, blind = map(snapshot.monitors, statuses)
    if breaching:
        return _breaching(snapshot, breaching)
    if tripped:
        names = ", ".join(name_of(monitor) for monitor, _ in tripped)
        figure = f"none near, {len(ok)} ok"
        return CellView("NEXT TRIP", figure, f"{len(tripped)} tripped: {names}")
    if blind:
        name = name_of(blind[0][0])
        figure = f"{name} unknown, {len(ok)} ok"
        detail = f"{len(blind)} of {total} blind"
        return CellView("NEXT TRIP", figure, detail, Tone.ATTENTION, f"{name} unknown")
    return _calm(snapshot)


def _calm(snapshot: Snapshot) -> CellView:
    """Return the cell where nothing is near its limit, or not everything is measured yet."""
    total, ok = len(snapshot.plan.monitors), snapshot.monitors(MonitorStatus.OK)
    missing = total - len(snapshot.state.monitors)
    if learning := snapshot.learning():
        return CellView("NEXT TRIP", "learning", learnt(learning[0][1]))
    if missing:
        return CellView(
            "NEXT TRIP", "not measured yet", f"{missing} of {total}", short="unmeasured"
        )
    if not total:
        return CellView("NEXT TRIP", "no monitors", "the card has none")
    monitor, view = max(ok, key=lambda pair: _ratio(*pair))
    detail = f"{name_of(monitor)} {of_limit(monitor, view.value)}"
    return CellView("NEXT TRIP", f"none near, {len(ok)} ok", detail)


def _ratio(monitor: AnyMonitor, view: MonitorView) -> float:
    return (view.value or 0.0) / (float(monitor.judged_at()) or 1.0)


def _breaching(
    snapshot: Snapshot, breaching: tuple[tuple[AnyMonitor, MonitorView], ...]
) -> CellView:
    monitor, view = min(breaching, key=lambda pair: pair[1].trips_at_s or snapshot.now_s)
    left = whole_seconds((view.trips_at_s or snapshot.now_s) - snapshot.now_s)
    then = "then rolls back" if rolls_back(snapshot, monitor.monitor) else "then asks you"
    name = name_of(monitor)
    return CellView(
        "NEXT TRIP",
        f"{name} in {left}",
        then,
        Tone.ATTENTION,
        figure=left,
        figure_note=f"{name}, {then}",
    )


def _back(snapshot: Snapshot) -> CellView:
    state, ahead = snapshot.state, snapshot.forecast
    takes = f"takes {whole_minutes(ahead.back_s)}"
    if is_rolling_back(state):
        return CellView("GO BACK", "rolling back now", f"{takes} more", short="going back")
    if state.rollback is not None and state.rollback.outcome is Outcome.PASSED:
        return CellView("GO BACK", f"back on {snapshot.stable}", parts(state.rollback.parts))
    if not state.changed:
        return CellView("GO BACK", "not begun", "nothing to undo")
    if snapshot.utc > ahead.closes:
        return CellView("GO BACK", "window closed", takes, Tone.ATTENTION, "closed")
    by = clock(ahead.no_return)
    if snapshot.utc > ahead.no_return:
        ends = ceil_to_minute(snapshot.utc + timedelta(seconds=ahead.back_s))
        return CellView("GO BACK", f"past {by}", f"{takes}, ends {ends}", Tone.ATTENTION)
    note = f"start by then, {takes}"
    if ahead.back_measured_s:
        takes = f"{whole_minutes(ahead.back_s)}, {measured_total(ahead.back_measured_s)}"
        note = f"by then: {takes}"
    return CellView("GO BACK", f"start by {by}", takes, Tone.PLAIN, f"by {by}", by, note)


def _end(snapshot: Snapshot) -> CellView:
    state, ahead = snapshot.state, snapshot.forecast
    back_s = _back_on_stable_s(snapshot)
    if is_rolling_back(state):
        ahead_of = snapshot.utc + timedelta(seconds=until_back_s(snapshot))
        on_stable = clock(ahead_of if back_s is None else snapshot.at(back_s), seconds=True)
        return CellView("BACK ON STABLE", on_stable, _watch(snapshot), figure=on_stable)
    if back_s is not None:
        on_stable = clock(snapshot.at(back_s), seconds=True)
        return CellView("BACK ON STABLE", on_stable, "run rolled back", figure=on_stable)
    if state.rollback is not None:
        return CellView("END", "no end", "run rolled back")
    ended = [state.sections[p.id].ended_s for p in snapshot.plan.phases if p.id in state.sections]
    last = max((at for at in ended if at is not None), default=None)
    if last is not None and not ahead.left:
        at = clock(snapshot.at(last))
        return CellView("ENDED", at, "nothing runs", figure=at)
    end, later = ceil_to_minute(ahead.end), " or later" if ahead.least else ""
    spare_s = (ahead.no_return - ahead.end).total_seconds()
    where = "before" if spare_s >= 0 else "after"
    detail = f"{whole_minutes(abs(spare_s))} {where} {clock(ahead.no_return)}"
    tone = Tone.PLAIN if spare_s >= 0 else Tone.ATTENTION
    note = f"{'or later, ' if later else ''}{detail}"
    return CellView("END", f"{end}{later}", detail, tone, figure=end, figure_note=note)


def _watch(snapshot: Snapshot) -> str:
    assert snapshot.state.rollback is not None
    items = back_items(snapshot.plan, snapshot.state.rollback.parts)
    held = [expected_s(item.step, snapshot.state) for item in items if isinstance(item.step, Hold)]
    return f"then watch {whole_minutes(held[-1])}" if held else "then done"


def until_back_s(snapshot: Snapshot) -> float:
    """Return the seconds until everyone is on stable: the rollback up to its last shift.

    Where it shifts no traffic, it is the rollback without its final watch.
    """
    if _back_on_stable_s(snapshot) is not None:
        return 0.0
    kinds = {item.id: item.step for item in snapshot.plan.all()}
    back = [each for each in snapshot.forecast.back if not isinstance(kinds.get(each.id), Hold)]
    shifts = [place for place, each in enumerate(back) if isinstance(kinds.get(each.id), Traffic)]
    return sum(each.seconds for each in (back[: shifts[-1] + 1] if shifts else back))


def _back_on_stable_s(snapshot: Snapshot) -> float | None:
    """Return the instant at which the rollback's shift to 0 % was verified; None if it was not."""
    rollback, steps = snapshot.state.rollback, snapshot.state.steps
    if rollback is None:
        return None
    shifts = [
        steps[item.id]
        for item in back_items(snapshot.plan, rollback.parts)
        if isinstance(item.step, Traffic) and item.step.traffic == 0 and item.id in steps
    ]
    seen = [step.ended_s for step in shifts if step.status is StepStatus.PASSED]
    return max((at for at in seen if at is not None and at >= rollback.started_s), default=None)


def _window(snapshot: Snapshot) -> CellView:
    ahead = snapshot.forecast
    opens, closes = clock(ahead.opens), clock(ahead.closes)
    if ahead.l_clock_s < 0:
        left = whole_seconds(-ahead.l_clock_s)
        both = f"{opens} to {closes}"
        note = f"to opening, {both}"
        return CellView("WINDOW", f"opens in {left}", both, Tone.PLAIN, f"in {left}", left, note)
    if ahead.window_left_s >= 0:
        left = whole_minutes(ahead.window_left_s)
        note = f"left, closes {closes}"
        return CellView("WINDOW", f"{left} left", f"closes {closes}", figure=left, figure_note=note)
    closed = f"closed {whole_minutes(-ahead.window_left_s)} ago"
    return CellView("WINDOW", closed, f"closed {closes}", Tone.ATTENTION, "closed")


def _stop(snapshot: Snapshot) -> CellView:
    """Return the key that makes things safer now, and its scope."""
    back = usable_rollbacks(snapshot)
    if snapshot.observer is not None:
        return CellView("STOP", "no keys here", f"{snapshot.observer or 'nobody'} has control")
    if is_rolling_back(snapshot.state):
        wider = f"{back[-1][0].key.upper()} undoes the rest" if back else "nothing more to undo"
        return CellView("STOP", "rolling back now", wider, Tone.KEY, "going back")
    if back:
        breaker, undone = max(back, key=lambda pair: len(pair[1]))
        rollback = f"{breaker.key.upper()} rollback"
        scope = parts(undone) if len(undone) < len(Part) else "everything changed"
        return CellView("STOP", rollback, scope, Tone.KEY, figure_note=_after_trip(snapshot))
    if any(status is StepStatus.RUNNING for status in _statuses(snapshot)):
        return CellView("STOP", "h hold", "begins nothing more", Tone.KEY)
    return CellView("STOP", "nothing to undo", "nothing runs", short="nothing")


def _statuses(snapshot: Snapshot) -> Iterator[StepStatus | None]:
    return (snapshot.state.status(item.id) for item in snapshot.plan.gating())


def _after_trip(snapshot: Snapshot) -> str:
    acts = any(rolls_back(snapshot, monitor.monitor) for monitor in snapshot.plan.monitors)
    return "a trip rolls back too" if acts else ""


def ruler(snapshot: Snapshot) -> RulerView:
    """Return the window's ruler; a forecast that no longer applies is left out."""
    ahead = snapshot.forecast
    end = round(ahead.ratio(ahead.end), _CELL) if ahead.left else None
    later = " or later" if ahead.least else ""
    possible = bool(snapshot.state.changed) or Part.TRAFFIC in ahead.parts
    no_return = ahead.ratio(ahead.no_return) if possible and snapshot.state.changed else None
    return RulerView(
        opens=clock(ahead.opens),
        closes=clock(ahead.closes),
        now=round(ahead.ratio(ahead.now), _CELL),
        end=end,
        no_return=no_return,
        end_label=f"end {ceil_to_minute(ahead.end)}{later}",
        no_return_label=f"start back by {clock(ahead.no_return)}",
    )
