"""The test trip of a monitor: proof, before anything changes, that it would trip.

Its target is asked now. Then the monitor's own source, window and rule see what was answered with a
fault written in, on a clock that only counts: over the limit it must trip, and with its label gone
or its target dead it must be blind. Nothing of that is recorded as a status, and nobody is paged.
"""

import asyncio
import math
from datetime import datetime

from msgspec import Struct

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.run_check import run_check
from cockpit.card.model.monitors import AnyMonitor, MetricsMonitor
from cockpit.foundation.clock import Clock
from cockpit.journal.events import MonitorStatus
from cockpit.monitors.judge import Verdict, judge, rule
from cockpit.monitors.reading import Reading
from cockpit.monitors.sources import SourceTools, sources
from cockpit.monitors.stand_in import Recording, StandIn, Trouble, recording

_LOOKS = 4
"""Scrapes of a page: several processes behind its address then show themselves."""

_TOGETHER = 3
"""Periods between two readings that still follow each other."""


class _Counted:
    """A clock that stands where it is put."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self.now_s = clock, 0.0

    def utc(self) -> datetime:
        """Return the current time."""
        return self._clock.utc()

    def monotonic(self) -> float:
        """Return the seconds that were counted."""
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        """Wait for ever: every reply comes at once."""
        await asyncio.get_running_loop().create_future()


class _Trial(Struct, frozen=True):
    """The verdict after a trouble, the seconds from its start, and which labels were made up."""

    verdict: Verdict
    lasts_s: float
    made_up: str


async def proven(monitor: AnyMonitor, tools: Tools, clock: Clock) -> Result:
    """Return whether a monitor would trip: failed if not, unknown if that cannot be told now."""
    record = Recording()
    reading = await _real_reading(monitor, tools, clock, record)
    if not reading.groups and not reading.learning:
        return Result(Outcome.UNKNOWN, f"not proven: it is blind: {reading.note}")
    try:
        trip = await _tried(monitor, tools, record, clock, Trouble.OVER)
        if trip.verdict.state is not MonitorStatus.TRIPPED:
            return _never(Trouble.OVER, trip.verdict)
        for trouble in (Trouble.GONE, Trouble.DEAD):
            blind = await _tried(monitor, tools, record, clock, trouble)
            if blind.verdict.state is not MonitorStatus.BLIND:
                return _never(trouble, blind.verdict)
    except ValueError as error:
        return Result(Outcome.UNKNOWN, f"not proven: {error}")
    return Result(Outcome.PASSED, _proven(clock, trip))


def _proven(clock: Clock, trip: _Trial) -> str:
    lasts = format_duration(round(trip.lasts_s))
    made_up = f" (tried with {trip.made_up}, which has not come yet)" if trip.made_up else ""
    return f"proven {clock.utc():%H:%M}Z, would trip in {lasts}{made_up}"


def _never(trouble: Trouble, verdict: Verdict) -> Result:
    what, cure = "would not be blind", "its value must end when its data does"
    if trouble is Trouble.OVER:
        what, cure = "would not trip", "change `above`, or what is measured"
    text = f"{what}: with {trouble.value} it is {verdict.state}: {verdict.note or cure}"
    return Result(Outcome.FAILED, text)


async def _real_reading(
    monitor: AnyMonitor, tools: Tools, clock: Clock, record: Recording
) -> Reading:
    async def look(check: Check) -> Result:
        record.result = await run_check(check, tools)
        return record.result

    looks = _LOOKS if isinstance(monitor, MetricsMonitor) else 1
    async with tools.http(monitor.timeout) as client, recording(client, record) as recorder:
        (source,) = sources([monitor], SourceTools(recorder, clock, tools.expand, look))
        readings = [(await source.read())[monitor.monitor] for _ in range(looks)]
    return readings[-1]


async def _tried(
    monitor: AnyMonitor, tools: Tools, record: Recording, clock: Clock, trouble: Trouble
) -> _Trial:
    """Try one trouble on the monitor's own source, window and rule.

    It waits for a trip as long as it may take; what makes a monitor blind does so at once.
    """
    stand_in, counted = StandIn(monitor, record, trouble), _Counted(clock)
    verdict: Verdict | None = None
    async with stand_in.client() as client:
        tried = SourceTools(client, counted, tools.expand, stand_in.run_check)
        (source,) = sources([monitor], tried)
        while verdict is None or counted.now_s <= _longest_s(monitor, verdict):
            reading = (await source.read())[monitor.monitor]
            verdict = judge(verdict, reading, rule(monitor))
            if counted.now_s and _is_decided(trouble, verdict):
                break
            counted.now_s += _step_s(monitor, verdict, counted.now_s)
            stand_in.passed_s = counted.now_s
    return _Trial(verdict, counted.now_s, stand_in.made_up)


def _is_decided(trouble: Trouble, verdict: Verdict) -> bool:
    return trouble is not Trouble.OVER or verdict.state is MonitorStatus.TRIPPED


def _step_s(monitor: AnyMonitor, verdict: Verdict, now_s: float) -> float:
    """Return the seconds to the next reading: a long breach is passed in fewer of them."""
    if verdict.trips_at_s is None:
        return monitor.every
    left_s = math.ceil((verdict.trips_at_s - now_s) / monitor.every) * monitor.every
    return max(monitor.every, min(_TOGETHER * monitor.every, left_s))


def _longest_s(monitor: AnyMonitor, verdict: Verdict) -> float:
    """Return how long to wait for a trip: what fills its window and is no breach never is one."""
    begins_s = (monitor.window_s() or 0.0) + 3 * monitor.every
    return begins_s if verdict.trips_at_s is None else begins_s + monitor.sustained
