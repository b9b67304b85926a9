"""One monitor of a page: what it means there, and its value over a window."""

from typing import assert_never

from msgspec.structs import replace

from cockpit.card.model.monitors import MetricsMonitor
from cockpit.monitors.exposition import MetricsPage
from cockpit.monitors.judge import rule
from cockpit.monitors.reading import Reading
from cockpit.monitors.resolution import Awaited, Found, Missing, Resolution, resolve
from cockpit.monitors.window import SampleWindow
from cockpit.monitors.window_query import WindowQuery, window_query


class PageMonitor:
    """Reads one monitor's value from each page; raises ValueError if it computes nothing."""

    def __init__(self, monitor: MetricsMonitor) -> None:
        self.query = window_query(monitor)
        self.stale_s = rule(monitor).stale_s
        self._monitor = monitor
        self._read: WindowQuery = self.query
        self._window = SampleWindow(self.query, monitor.over)
        self._lines: tuple[object, ...] | None = None
        self._resolution: Resolution = Missing("")

    def forget(self) -> None:
        """Forget all pages so far: the next one is a first page."""
        self._window = SampleWindow(self._read, self._monitor.over)

    def add(self, t_s: float, page: MetricsPage, text: str) -> Reading:
        """Add the page of the instant `t_s` (rising), whose whole text is `text`."""
        resolution = self._resolved(page, text)
        match resolution:
            case Missing():
                return Reading(t_s, note=resolution.why)
            case Awaited():
                declared = page.families | {self.query.family}
                self._window.add(t_s, replace(page, families=declared))
                return Reading(t_s, note=resolution.why, learning=resolution.learning)
            case Found():
                if resolution.query != self._read:
                    self._read = resolution.query
                    self.forget()
                reading = self._window.add(t_s, page)
                said = "; ".join(filter(None, (reading.note, resolution.note)))
                return replace(reading, note=said)
            case _:
                assert_never(resolution)

    def _resolved(self, page: MetricsPage, text: str) -> Resolution:
        """Return what the monitor means on a page; the same lines mean the same."""
        lines = tuple((sample.name, sample.labels) for sample in page.samples)
        if lines != self._lines or not lines:
            self._resolution = resolve(self._monitor, self.query, page, text)
            self._lines = lines
        return self._resolution
