"""Measures all monitors periodically, side by side, and publishes one tick a period."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field

from checks.core.durations import format_duration
from cockpit.card.model.monitors import AnyMonitor
from cockpit.foundation.clock import Clock
from cockpit.monitors.checked import RunCheck
from cockpit.monitors.judge import Verdict, judge, rule
from cockpit.monitors.reading import Reading
from cockpit.monitors.sources import MonitorSource, SourceTools, sources

if TYPE_CHECKING:
    import httpx

Http = Callable[[], "AbstractAsyncContextManager[httpx.AsyncClient]"]


class PollTick(Struct, frozen=True):
    """All monitors' verdicts, by name, at `t_s` (monotonic seconds).

    `ages_s` holds the age of the data behind a verdict; what is not in it was read just now.
    """

    t_s: float
    verdicts: Mapping[str, Verdict]
    ages_s: Mapping[str, float] = field(default_factory=dict)


class _Lane(Struct):
    """A source, its running measurement, and when the next one is due."""

    source: MonitorSource
    due_s: float
    task: asyncio.Task[None] | None = None


class _Watched(Struct):
    """A monitor, its verdict, and when it last gave a reading."""

    monitor: AnyMonitor
    read_s: float
    verdict: Verdict | None = None


class Poller:
    """Polls the monitors of a card.

    `http` makes a client, which must set no shorter timeouts than the sources; `expand` fills in
    `${NAME}`, and `run_check` runs a check within its timeout.

    A measurement that takes longer than the period does not delay the ticks of the others. Until it
    ends, its monitor keeps the last verdict, and is blind once its data is older than `stale`.
    """

    def __init__(
        self,
        monitors: Sequence[AnyMonitor],
        http: Http,
        clock: Clock,
        expand: Callable[[str], str],
        run_check: RunCheck,
    ) -> None:
        self._monitors = monitors
        self._http = http
        self._clock = clock
        self._expand = expand
        self._run_check = run_check
        self._lanes: list[_Lane] = []
        self._watched: dict[str, _Watched] = {}

    async def run(self, publish: Callable[[PollTick], Awaitable[None]]) -> None:
        """Measure and publish until cancelled; without monitors it returns at once.

        Even then it makes a client, so that its imports are done when the first check needs one.
        """
        async with self._http() as client:
            if self._monitors:
                await self._run(client, publish)

    async def _run(
        self, client: "httpx.AsyncClient", publish: Callable[[PollTick], Awaitable[None]]
    ) -> None:
        now_s = self._clock.monotonic()
        self._lanes = [_Lane(source, now_s) for source in self._sources(client)]
        self._watched = {monitor.monitor: _Watched(monitor, now_s) for monitor in self._monitors}
        every_s = min(lane.source.every_s for lane in self._lanes)
        async with asyncio.TaskGroup() as group:
            while True:
                pause = group.create_task(self._clock.sleep(every_s))
                self._start(group, slack_s=every_s / 20)
                await self._settle(pause)
                await publish(self._tick())
                await pause

    def _start(self, group: asyncio.TaskGroup, slack_s: float) -> None:
        now_s = self._clock.monotonic()
        for lane in self._lanes:
            if lane.task is None and now_s >= lane.due_s - slack_s:
                lane.due_s = now_s + lane.source.every_s
                lane.task = group.create_task(self._measure(lane))

    async def _settle(self, pause: asyncio.Task[None]) -> None:
        """Wait until no measurement runs, or the period is over."""
        while running := {lane.task for lane in self._lanes if lane.task}:
            await asyncio.wait({pause, *running}, return_when=asyncio.FIRST_COMPLETED)
            if pause.done():
                return

    async def _measure(self, lane: _Lane) -> None:
        try:
            readings = await lane.source.read()
        except Exception as error:  # a boundary: one broken monitor must not end the others
            why = f"could not be measured: {type(error).__name__}"
            readings = dict.fromkeys(lane.source.names, Reading(self._clock.monotonic(), note=why))
        finally:
            lane.task = None
        for name, reading in readings.items():
            self._take(self._watched[name], reading)

    def _take(self, watched: _Watched, reading: Reading) -> None:
        watched.read_s = reading.t_s
        watched.verdict = judge(watched.verdict, reading, rule(watched.monitor))

    def _tick(self) -> PollTick:
        now_s = self._clock.monotonic()
        verdicts = {name: self._verdict(watched, now_s) for name, watched in self._watched.items()}
        ages_s = {name: max(0.0, now_s - watched.read_s) for name, watched in self._watched.items()}
        return PollTick(now_s, MappingProxyType(verdicts), MappingProxyType(ages_s))

    def _verdict(self, watched: _Watched, now_s: float) -> Verdict:
        """Return a monitor's verdict: the last one while its data is fresh, then blind."""
        age_s, own = now_s - watched.read_s, rule(watched.monitor)
        if watched.verdict is None or age_s > own.stale_s:
            starts = age_s <= own.stale_s
            age = format_duration(round(age_s))
            note = "not measured yet" if starts else f"no fresh data for {age}"
            reading = Reading(now_s, note=note, learning=starts)
            watched.verdict = judge(watched.verdict, reading, own)
        return watched.verdict

    def _sources(self, client: "httpx.AsyncClient") -> list[MonitorSource]:
        tools = SourceTools(client, self._clock, self._expand, self._run_check)
        return sources(self._monitors, tools)
