"""A monitor that runs a check: the outcome or a figure is the value, the evidence the note."""

from collections.abc import Awaitable, Callable, Mapping

from checks.core.base import Check, Outcome, Result
from cockpit.card.model.monitors import CheckMonitor
from cockpit.foundation.clock import Clock
from cockpit.monitors.reading import Reading, plain

RunCheck = Callable[[Check], Awaitable[Result]]
_VALUES = {Outcome.PASSED: 0.0, Outcome.FAILED: 1.0}


class CheckedSource:
    """One monitor that runs one check; `run_check` keeps to its timeout and raises nothing."""

    def __init__(self, monitor: CheckMonitor, run_check: RunCheck, clock: Clock) -> None:
        self.names = (monitor.monitor,)
        self.every_s = monitor.every
        self._monitor, self._run_check, self._clock = monitor, run_check, clock

    async def read(self) -> Mapping[str, Reading]:
        """Run the check once and return the monitor's reading, by its name."""
        result = await self._run_check(self._monitor.check)
        return {self._monitor.monitor: self._reading(result)}

    def _reading(self, result: Result) -> Reading:
        now_s, figure = self._clock.monotonic(), self._monitor.figure
        if result.outcome not in _VALUES:
            return Reading(now_s, note=result.evidence)
        if figure is None:
            return plain(now_s, _VALUES[result.outcome], 1, result.evidence)
        if (value := result.figures.get(figure)) is None:
            known = ", ".join(sorted(result.figures))
            reason = f"it has measured {known}" if known else result.evidence
            return Reading(now_s, note=f"no {figure}: {reason}")
        return plain(now_s, value, 1, result.evidence)
