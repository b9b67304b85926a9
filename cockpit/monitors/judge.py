"""When a monitor trips. Pure: time comes in with each reading, in monotonic seconds.

- A value over the limit breaches, a value at the limit does not. A breach of `for` seconds without
  one good reading trips; `for: 0` trips at once.
- Tripped stays tripped until the value was within the limit for `clear` seconds without a gap.
- What is not measured is blind, never ok. Blindness during a breach keeps the breach's start, since
  the breach may well go on; but it does not trip: a trip is always a measured value. A blind gap
  longer than `stale` ends the breach; a later bad reading starts another one. But where counters
  bridge the gap, a bad reading speaks for all of it: the breach goes on, or began with the gap.
  Blindness restarts the wait of `clear`. That nobody looked, as a cockpit that stood still, is
  blindness too.
- A value estimated from buckets is over or within the limit for sure, or the limit lies inside its
  bucket: then it cannot be told, and is blind.
- Of several groups the worst counts. A group over its limit breaches even while another is
  under its floor of samples; but all must have enough before the monitor may be ok. A group
  without any event is ignored.
"""

import math

from msgspec import Struct

from checks.core.durations import format_duration
from checks.core.text import count_of
from checks.telemetry.histogram_quantile import is_over
from cockpit.card.model.monitors import MonitorEntry
from cockpit.journal.events import MonitorStatus
from cockpit.monitors.reading import Reading, ReadingGroup

_TOGETHER = 3
"""Readings at most so many periods apart follow each other; between others there is a gap."""


class TripRule(Struct, frozen=True):
    """A limit in base units, durations in seconds, and the floor of samples; `by` names a group.

    `every_s` is the time between two readings; if it is not known, none lie too far apart.
    """

    limit: float
    for_s: float = 0.0
    clear_s: float = 60.0
    stale_s: float = 15.0
    every_s: float = math.inf
    samples: int = 1
    by: str = ""


class Verdict(Struct, frozen=True):
    """The status of a monitor, and why; all instants are monotonic seconds.

    `since_s` is when the status began, for a breach its first bad reading. `value` (None if blind)
    and `samples` are of the worst group that has enough samples. With `learning` it is blind since
    too few samples have come so far. `over_s` and `within_s` are the starts of the current breach
    and of the current wait to clear, `measured_s` is the last reading with a value; `judged` are
    the groups that once had enough samples.
    """

    state: MonitorStatus
    since_s: float
    value: float | None
    limit: float
    samples: int
    note: str = ""
    trips_at_s: float | None = None
    clears_at_s: float | None = None
    learning: bool = False
    over_s: float | None = None
    within_s: float | None = None
    measured_s: float | None = None
    judged: frozenset[str] = frozenset()


class _Judgement(Struct, frozen=True):
    """One reading by itself: bad (True), good (False) or without a value (None)."""

    bad: bool | None
    value: float | None
    samples: int
    note: str
    learning: bool
    judged: frozenset[str]


class _Since(Struct, frozen=True):
    """The starts of the current breach and wait to clear, and whether the reading is bad."""

    bad: bool | None
    over_s: float | None
    within_s: float | None


def rule(monitor: MonitorEntry) -> TripRule:
    """Return the rule of a card's monitor.

    Data of a monitor that is measured less often than its `stale` is fresh for two of its periods.
    """
    return TripRule(
        limit=float(monitor.judged_at()),
        for_s=monitor.sustained,
        clear_s=monitor.clear,
        stale_s=max(monitor.stale, 2 * monitor.every),
        every_s=monitor.every,
        samples=monitor.samples,
        by=monitor.group_label(),
    )


def judge(previous: Verdict | None, reading: Reading, rule: TripRule) -> Verdict:
    """Return the verdict that follows `previous` (None at the start) after `reading`.

    >>> from cockpit.monitors.reading import plain
    >>> slow = TripRule(limit=0.25, for_s=300.0)
    >>> first = judge(None, plain(1000.0, 0.3, 80), slow)
    >>> first.state.value, first.trips_at_s
    ('breaching', 1300.0)
    >>> judge(first, plain(1300.0, 0.3, 80), slow).state.value
    'tripped'
    >>> judge(first, plain(1300.0, 0.25, 80), slow).state.value
    'ok'
    >>> judge(first, Reading(1300.0, note="answered 503"), slow).state.value
    'blind'
    """
    judgement = _judge_alone(previous, reading, rule)
    over_s = _over_since(previous, judgement, reading, rule)
    within_s = _within_since(previous, judgement, reading.t_s, rule)
    state = _state(previous, reading.t_s, rule, _Since(judgement.bad, over_s, within_s))
    since_s = over_s if state is MonitorStatus.BREACHING and over_s is not None else reading.t_s
    return Verdict(
        state=state,
        since_s=previous.since_s if previous and previous.state is state else since_s,
        value=judgement.value,
        limit=rule.limit,
        samples=judgement.samples,
        note=judgement.note,
        trips_at_s=since_s + rule.for_s if state is MonitorStatus.BREACHING else None,
        clears_at_s=_clears_at(state, within_s, rule),
        learning=judgement.learning and state is MonitorStatus.BLIND,
        over_s=over_s,
        within_s=within_s if state is MonitorStatus.TRIPPED else None,
        measured_s=_measured_s(previous) if judgement.bad is None else reading.t_s,
        judged=judgement.judged,
    )


def _state(previous: Verdict | None, t_s: float, rule: TripRule, since: _Since) -> MonitorStatus:
    if previous and previous.state is MonitorStatus.TRIPPED:
        cleared = since.within_s is not None and t_s - since.within_s >= rule.clear_s
        return MonitorStatus.OK if cleared else MonitorStatus.TRIPPED
    if since.bad is None:
        return MonitorStatus.BLIND
    if since.over_s is None:
        return MonitorStatus.OK
    return MonitorStatus.TRIPPED if t_s - since.over_s >= rule.for_s else MonitorStatus.BREACHING


def _clears_at(state: MonitorStatus, within_s: float | None, rule: TripRule) -> float | None:
    if state is not MonitorStatus.TRIPPED or within_s is None:
        return None
    return within_s + rule.clear_s


def _over_since(
    previous: Verdict | None, judgement: _Judgement, reading: Reading, rule: TripRule
) -> float | None:
    """Return the start of the current breach; it survives a short blindness, not a long one."""
    if judgement.bad is False:
        return None
    kept_s = previous.over_s if previous else None
    if judgement.bad is None:
        return kept_s
    known_s = _known_since(reading, rule)
    if previous and _unknown_s(previous, known_s, rule) > rule.stale_s:
        kept_s = None
    return known_s if kept_s is None else kept_s


def _known_since(reading: Reading, rule: TripRule) -> float:
    """Return from when on a reading speaks: where counters bridge a gap, from its start."""
    if reading.from_s is None or reading.t_s - reading.from_s <= _TOGETHER * rule.every_s:
        return reading.t_s
    return reading.from_s


def _unknown_s(previous: Verdict, known_s: float, rule: TripRule) -> float:
    """Return how long nothing was known before an instant: it was blind, or nobody looked."""
    blind_s = known_s - previous.since_s if previous.state is MonitorStatus.BLIND else 0.0
    if previous.measured_s is None:
        return blind_s
    return max(blind_s, known_s - previous.measured_s - rule.every_s)


def _measured_s(previous: Verdict | None) -> float | None:
    return previous.measured_s if previous else None


def _within_since(
    previous: Verdict | None, judgement: _Judgement, t_s: float, rule: TripRule
) -> float | None:
    """Return the start of the current wait to clear; a gap, or no value, restarts it."""
    if (
        judgement.bad is not False
        or previous is None
        or previous.state is not MonitorStatus.TRIPPED
    ):
        return None
    last_s = previous.measured_s
    is_gap = last_s is not None and t_s - last_s > _TOGETHER * rule.every_s
    return t_s if previous.within_s is None or is_gap else previous.within_s


def _judge_alone(previous: Verdict | None, reading: Reading, rule: TripRule) -> _Judgement:
    """Judge one reading by itself."""
    enough = [group for group in reading.groups if _enough(group, rule)]
    few = [group for group in reading.groups if not _enough(group, rule)]
    before = previous.judged if previous else frozenset()
    judged = _judged(before, reading, enough)
    worst = max(enough, key=lambda group: _badness(group, rule.limit), default=None)
    if worst and _exceeds(worst, rule.limit):
        note = _said(worst, reading, rule)
        return _Judgement(True, worst.value, worst.samples, note, False, judged)
    if few or worst is None:
        note = "; ".join(filter(None, (*(_few(group, rule) for group in few[:3]), reading.note)))
        learning = (bool(few) or reading.learning) and _never(before, few)
        return _Judgement(None, None, reading.samples, note or "no data", learning, judged)
    if hidden := next((one for one in enough if _exceeds(one, rule.limit) is None), None):
        note = _said(hidden, reading, rule)
        return _Judgement(None, None, reading.samples, f"cannot be told: {note}", False, judged)
    note = _said(worst, reading, rule)
    return _Judgement(False, worst.value, worst.samples, note, False, judged)


def _enough(group: ReadingGroup, rule: TripRule) -> bool:
    return group.value is not None and math.isfinite(group.value) and group.samples >= rule.samples


def _exceeds(group: ReadingGroup, limit: float) -> bool | None:
    """Whether the value is over the limit; None if the limit lies inside the value's bucket."""
    if group.between is None or group.value is None:
        return group.value is not None and group.value > limit
    return is_over(group.between, limit)


def _badness(group: ReadingGroup, limit: float) -> tuple[bool, float, float]:
    value = 0.0 if group.value is None else group.value
    return bool(_exceeds(group, limit)), value, group.between[1] if group.between else value


def _said(group: ReadingGroup, reading: Reading, rule: TripRule) -> str:
    """Return the group's name, the interval of its value, and the note of the reading."""
    return "; ".join(filter(None, (_named(group, rule), _interval(group), reading.note)))


def _interval(group: ReadingGroup) -> str:
    if group.between is None:
        return ""
    low, high = group.between
    if high == math.inf:
        return f"over {format_duration(low)}, the highest bucket"
    return f"between {format_duration(low)} and {format_duration(high)}"


def _judged(before: frozenset[str], reading: Reading, enough: list[ReadingGroup]) -> frozenset[str]:
    """Return the groups that once had enough samples and are still there.

    A version that drained away and comes back must have enough samples again.
    """
    kept = before & {group.name for group in reading.groups} if reading.groups else before
    return kept | {group.name for group in enough}


def _never(before: frozenset[str], few: list[ReadingGroup]) -> bool:
    names = {group.name for group in few}
    return not (before & names if few else before)


def _named(group: ReadingGroup, rule: TripRule) -> str:
    return f"{rule.by or 'group'} {group.name[:60] or 'none'}" if group.name or rule.by else ""


def _few(group: ReadingGroup, rule: TripRule) -> str:
    count = f"{group.samples:,} of {count_of(rule.samples, 'request')}"
    if group.samples >= rule.samples:
        count = f"{count_of(group.samples, 'request')}, but no value yet"
    name = _named(group, rule)
    return f"{name}: {count}" if name else count
