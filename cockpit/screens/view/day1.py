"""The day after: the budget in words and meters, the success metrics and the drumbeat as lines."""

from msgspec.structs import replace

from checks.budget import ErrorBudget
from checks.core.durations import format_duration
from checks.core.text import count_of
from cockpit.card.model.plan import Planned
from cockpit.foundation.formatting import clock
from cockpit.projections.done_list import line as done_line
from cockpit.projections.drumbeat import DAY_S, Beat, Due, beats, format_due, groups, verdict
from cockpit.projections.error_budget import Burning, LimitMeter, share, standing
from cockpit.screens.view.done import board_line
from cockpit.screens.view.phrases import whole_seconds
from cockpit.screens.view.snapshot import Snapshot
from cockpit.state.budget_history import BudgetHistory
from widgets.board import BoardGroup, BoardLine, BoardView
from widgets.budget import BudgetView, MeterRow
from widgets.burndown import BurnDown
from widgets.glyphs import Status as Glyph

_GLYPH = {
    Due.WAITS: Glyph.SKIPPED,
    Due.DUE: Glyph.TODO,
    Due.OVERDUE: Glyph.BREACHING,
    Due.FAILED: Glyph.FAILED,
    Due.UNKNOWN: Glyph.UNKNOWN,
    Due.RUNNING: Glyph.RUNNING,
    Due.DONE: Glyph.PASSED,
    Due.UNTIMED: Glyph.TODO,
}


def items(snapshot: Snapshot) -> tuple[Planned, ...]:
    """Return the item of each line, in the order of the lines."""
    later = (item for group in snapshot.plan.drumbeat for item in group.items)
    return (*snapshot.plan.success.items, *later)


def board(snapshot: Snapshot) -> BoardView:
    """Return the success metrics and the drumbeat."""
    drumbeat = beats(snapshot.plan, snapshot.state, snapshot.now_s)
    lines = [
        done_line("success", i, snapshot.state, snapshot.now_s) for i in snapshot.plan.success.items
    ]
    hold = sum(line.status.counts for line in lines)
    metrics = tuple(board_line(snapshot, line) for line in lines)
    parts = [BoardGroup("success", f"{hold} of {len(lines)} hold", metrics)] if lines else []
    parts += [_group(snapshot, name, members) for name, members in groups(drumbeat)]
    return BoardView(heading=f"DAY 1: {verdict(drumbeat)}", groups=tuple(parts))


def _group(snapshot: Snapshot, name: str, members: tuple[Beat, ...]) -> BoardGroup:
    finished = sum(beat.status is Due.DONE for beat in members)
    rows = tuple(_line(snapshot, beat) for beat in members)
    return BoardGroup(name, f"{finished} of {len(members)}", rows)


def _line(snapshot: Snapshot, beat: Beat) -> BoardLine:
    word = beat.status.value
    if beat.status is Due.DONE and beat.done_s is not None:
        right = f"{beat.by} {whole_seconds(snapshot.now_s - beat.done_s)} ago"
    elif beat.due_s is None:
        right = word
    else:
        due = format_due(beat, snapshot.now_s)
        right = f"{word}, {due}"
        if beat.status is Due.DUE:
            near = beat.due_s - snapshot.now_s < DAY_S
            when = (
                f"{snapshot.at(beat.due_s):%H:%MZ}" if near else f"{snapshot.at(beat.due_s):%d %b}"
            )
            right = f"due {when}, {due.removeprefix('due ')}"
    details = (f"{beat.missed} missed since the end",) if beat.missed else ()
    return BoardLine(beat.item.title, _GLYPH[beat.status], right, beat.evidence, details)


def budget(snapshot: Snapshot) -> BudgetView:
    """Return the budget as its checks last measured it, or that it was not measured yet."""
    budgets = [item for item in snapshot.plan.success.items if isinstance(item.step, ErrorBudget)]
    if not budgets:
        return BudgetView(left_label="the card has no `check: budget` among its success metrics")
    view, rows = BudgetView(left_label="not measured yet: Enter on its line runs the check"), []
    for item in budgets:
        step = snapshot.state.steps.get(item.id)
        assert isinstance(item.step, ErrorBudget)
        current = standing(item.step, step.figures if step else {})
        rows += [_meter(meter) for meter in current.meters]
        if current.left is not None:
            view = BudgetView(
                limit=current.limit,
                left=current.left,
                left_label=f"{share(current.left)} left   {current.counted}",
                status=_status(current.left, current.burns),
                sentences=(*current.sentences, _burns(current.burns), f"It {current.covers}."),
            )
        if step is not None and step.budget:
            view = replace(view, curve=_curve(snapshot, step.budget, item.step.window))
    return replace(view, rows=tuple(rows))


def _curve(snapshot: Snapshot, history: BudgetHistory, window_s: float) -> BurnDown:
    """Return what was left at each check, over the window after the end, later the newest one."""
    newest_s, ended_s = snapshot.now_s - window_s, snapshot.state.ended_s
    begins_s = newest_s if ended_s is None else max(newest_s, ended_s)
    after = f"{format_duration(window_s)} after" if begins_s > newest_s else ""
    places = [((at_s - begins_s) / window_s, left) for at_s, left in history]
    shown = tuple((place, left) for place, left in places if place >= 0)
    return BurnDown(
        checks=shown,
        now=(snapshot.now_s - begins_s) / window_s,
        begins=clock(snapshot.at(begins_s)) if after else f"{format_duration(window_s)} ago",
        ends=after,
        count=count_of(len(shown), "check"),
    )


def _status(left: float, burns: tuple[Burning, ...]) -> Glyph:
    if left <= 0:
        return Glyph.FAILED
    return Glyph.BREACHING if any(burning.hot for burning in burns) else Glyph.OK


def _burns(burns: tuple[Burning, ...]) -> str:
    windows = [f"{b.window} {b.burn:.1f} of {b.factor:.1f}{' TOO FAST' * b.hot}" for b in burns]
    return f"Burn: {', '.join(windows)}." if windows else ""


def _meter(meter: LimitMeter) -> MeterRow:
    status = Glyph.FAILED if meter.over else Glyph.OK if meter.ratio is not None else Glyph.UNKNOWN
    return MeterRow(meter.name, status, meter.value, meter.limit, meter.ratio)
