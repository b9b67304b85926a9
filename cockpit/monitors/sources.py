"""The sources of a card's monitors: a new one is one file beside this and one arm in `sources`."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, assert_never

from msgspec import Struct

from checks.core.errors import UnsetVariableError
from cockpit.card.model.monitors import AnyMonitor, CheckMonitor, MetricsMonitor, PrometheusMonitor
from cockpit.foundation.clock import Clock
from cockpit.monitors.checked import CheckedSource, RunCheck
from cockpit.monitors.metrics import MetricsSource
from cockpit.monitors.prometheus import PrometheusSource
from cockpit.monitors.reading import Reading
from cockpit.monitors.window_query import window_query

if TYPE_CHECKING:
    import httpx


class MonitorSource(Protocol):
    """Measures one or more monitors together."""

    @property
    def names(self) -> tuple[str, ...]:
        """The monitors' names."""

    @property
    def every_s(self) -> float:
        """The period between two measurements, in seconds."""

    async def read(self) -> Mapping[str, Reading]:
        """Measure once within the source's own timeout; a failure is a reading too."""


class SourceTools(Struct, frozen=True):
    """What a source may use.

    The client must set no shorter timeouts than a source's own. `expand` fills in `${NAME}` and
    raises UnsetVariableError; `run_check` runs a check within its timeout and raises nothing.
    """

    client: "httpx.AsyncClient"
    clock: Clock
    expand: Callable[[str], str]
    run_check: RunCheck


class BrokenSource(Struct, frozen=True):
    """A monitor that cannot be measured, and why: a variable that is not set, for example."""

    names: tuple[str, ...]
    every_s: float
    clock: Clock
    why: str

    async def read(self) -> Mapping[str, Reading]:
        """Return a reading without a value, with the reason."""
        return dict.fromkeys(self.names, Reading(self.clock.monotonic(), note=self.why))


def sources(monitors: Sequence[AnyMonitor], tools: SourceTools) -> list[MonitorSource]:
    """Build the sources of all monitors; the monitors of one `/metrics` page share one source."""
    client, clock, expand = tools.client, tools.clock, tools.expand
    built: list[MonitorSource] = []
    pages: defaultdict[str, list[MetricsMonitor]] = defaultdict(list)
    for monitor in monitors:
        try:
            match monitor:
                case CheckMonitor():
                    built.append(CheckedSource(monitor, tools.run_check, clock))
                case PrometheusMonitor():
                    url = expand(monitor.url)
                    built.append(PrometheusSource(url, monitor, client, clock))
                case MetricsMonitor():
                    url = expand(monitor.url)
                    window_query(monitor)  # raises ValueError if it measures nothing
                    pages[url].append(monitor)
                case _:
                    assert_never(monitor)
        except (UnsetVariableError, ValueError) as error:
            built.append(BrokenSource((monitor.monitor,), monitor.every, clock, str(error)))
    shared = (MetricsSource(url, some, client, clock) for url, some in pages.items())
    return [*built, *shared]
