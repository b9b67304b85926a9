"""The SLO panel: the status of every monitor, and its samples in buckets of a fixed length."""

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter

from checks.core.durations import format_duration
from checks.core.text import count_of
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.steps import Traffic
from cockpit.foundation.formatting import clock, percent
from cockpit.monitors.judge import rule
from cockpit.projections.monitor_status import format_limit, format_value, is_estimate
from cockpit.screens.view.phrases import whole_seconds
from cockpit.screens.view.snapshot import Snapshot, label, name_of
from cockpit.state import MonitorStatus, MonitorView
from widgets.chart import GAP, Sample
from widgets.glyphs import Status
from widgets.slo import SloPanelView, SloView, TimeMark

STEP_S = {30: 30.0, 80: 15.0}
"""The length of a bucket in seconds at speed 1, by the cells of a chart."""

LOST_S = 20.0
"""Seconds without any sample after which a monitor is shown as blind, whatever its status."""

_STATUS = {
    MonitorStatus.OK: Status.OK,
    MonitorStatus.BREACHING: Status.BREACHING,
    MonitorStatus.TRIPPED: Status.TRIPPED,
    MonitorStatus.BLIND: Status.BLIND,
}


def panel(snapshot: Snapshot, cells: int) -> SloPanelView:
    """Return the panel for charts of `cells` cells."""
    speed = snapshot.state.run.speed if snapshot.state.run else 1.0
    step_s = max(1.0, STEP_S.get(cells, 900.0 / max(1, cells)) / speed)
    last = _last_bucket(snapshot, step_s)
    rows = tuple(_row(snapshot, monitor, step_s, last, cells) for monitor in snapshot.plan.monitors)
    axis = tuple(_axis(snapshot, step_s, cells)) if cells > 30 else ()
    window = f"last {format_duration(round(cells * step_s))}"
    return SloPanelView(rows, window, _marks(snapshot, step_s, last), axis)


def _last_bucket(snapshot: Snapshot, step_s: float) -> int:
    """Return the bucket at the right edge: the current one, or that of a still fresh sample."""
    newest = max((view.seen_s for view in snapshot.state.monitors.values()), default=snapshot.now_s)
    at_s = newest if snapshot.now_s - newest < min(LOST_S, step_s) else snapshot.now_s
    return math.floor(at_s / step_s)


def buckets(
    series: Sequence[tuple[float, float | None]], limit_at: float, step_s: float, last: int, n: int
) -> tuple[Sample, ...]:
    """Return the worst sample of each of the `n` buckets up to `last`, as value over limit.

    >>> buckets([(0.0, 0.1), (1.0, 0.5), (2.0, None)], 0.25, 2.0, 2, 3)
    (2.0, None, <Gap.GAP: 'gap'>)
    """
    samples: list[Sample] = []
    first = bisect_left(series, (last - n + 1) * step_s, key=itemgetter(0))
    at_s = [at for at, _ in series[first:]]
    values = [value for _, value in series[first:]]
    begin = 0
    for index in range(last - n + 2, last + 2):
        end = bisect_left(at_s, index * step_s, begin)
        samples.append(_worst(values[begin:end], limit_at))
        begin = end
    return tuple(samples)


def _over(value: float | None, limit_at: float) -> float | None:
    if value is None:
        return None
    if limit_at == 0:
        return math.inf if value > 0 else 0.0
    return value / limit_at


def _worst(values: list[float | None], limit_at: float) -> Sample:
    """Return the worst: over the limit is worse than no data, no data is worse than within it."""
    if not values:
        return GAP
    known = [value for value in values if value is not None]
    worst = _over(max(known), limit_at) if known else None
    if len(known) < len(values) and (worst is None or worst <= 1.0):
        return None
    return worst


def _row(snapshot: Snapshot, monitor: AnyMonitor, step_s: float, last: int, cells: int) -> SloView:
    view = snapshot.state.monitors.get(monitor.monitor)
    most, limit = format_limit(monitor), _limit(monitor)
    if view is None:
        return SloView(name_of(monitor), Status.BLIND, "no data", limit, "not measured yet")
    status, note, detail = _status(snapshot, monitor, view)
    tripped = 0
    if view.tripped_s is not None:
        tripped = max(1, last - math.floor(view.tripped_s / step_s) + 1)
    return SloView(
        name=name_of(monitor),
        status=status,
        value=format_value(monitor, view.value),
        limit=limit,
        note=note,
        limit_mark="" if most == "passed" else most.split(" ")[0],
        detail=detail,
        age=f"{whole_seconds(snapshot.now_s - view.seen_s)} old",
        series=buckets(view.series, float(monitor.judged_at()), step_s, last, cells),
        tripped=tripped,
    )


def _limit(monitor: AnyMonitor) -> str:
    """Format the limit and how long a value may be over it; a check has to pass."""
    most = format_limit(monitor)
    sustained = f" for {format_duration(monitor.sustained)}" if monitor.sustained else ""
    return f"must pass{sustained}" if most == "passed" else f"limit {most}{sustained}"


def _status(snapshot: Snapshot, monitor: AnyMonitor, view: MonitorView) -> tuple[Status, str, str]:
    """Return status, note and detail of a monitor."""
    silent_s = snapshot.now_s - view.seen_s
    lost = silent_s > max(LOST_S, rule(monitor).stale_s)
    if lost and view.state is not MonitorStatus.TRIPPED and snapshot.state.ended is None:
        return Status.BLIND, f"stale, {whole_seconds(silent_s)} old", "no sample arrives"
    if view.learning:
        return Status.LEARNING, learnt(view), "learning"
    status = _STATUS.get(view.state, Status.UNKNOWN)
    if status is Status.TRIPPED:
        ago = snapshot.now_s - (view.tripped_s if view.tripped_s is not None else snapshot.now_s)
        return status, "TRIPPED", f"{whole_seconds(ago)} ago"
    since_s = view.since_s if view.since_s is not None else view.seen_s
    lasted = whole_seconds(snapshot.now_s - since_s)
    if status is Status.BREACHING:
        left = whole_seconds((view.trips_at_s or snapshot.now_s) - snapshot.now_s)
        return status, f"trips in {left}", f"{lasted} of {format_duration(monitor.sustained)}"
    if status is Status.OK:
        said = f", {view.note}" if is_estimate(monitor) and view.note else ""
        return status, "", f"{count_of(view.samples, 'sample')}{said}"
    return status, f"blind {lasted}", view.note


def learnt(view: MonitorView) -> str:
    """Return how many samples a learning monitor has of those it needs."""
    progress = re.search(r"[\d,]+ of [\d,]+ requests", view.note)
    return progress[0] if progress else "learning"


def _marks(snapshot: Snapshot, step_s: float, last: int) -> tuple[TimeMark, ...]:
    """Return marks where phases and traffic steps began, in the buckets of the samples."""
    state = snapshot.state
    at = [
        (state.sections[p.id].started_s, label(p))
        for p in snapshot.plan.phases
        if p.id in state.sections
    ]
    at += [
        (state.steps[item.id].started_s, percent(item.step.traffic))
        for item in snapshot.plan.all()
        if isinstance(item.step, Traffic) and item.id in state.steps
    ]
    return tuple(TimeMark(name, last - math.floor(s / step_s) + 1) for s, name in at)


def _axis(snapshot: Snapshot, step_s: float, cells: int) -> list[TimeMark]:
    """Return marks at about four round instants under the charts."""
    every_s = max(60.0, math.ceil(cells * step_s / 4 / 60) * 60.0)
    into_s = snapshot.utc.timestamp() % every_s
    marks = []
    ago_s = into_s
    while ago_s < cells * step_s:
        marks.append(
            TimeMark(clock(snapshot.at(snapshot.now_s - ago_s)), math.ceil(ago_s / step_s))
        )
        ago_s += every_s
    return marks
