"""Each monitor of a card has a source that measures it."""

import inspect
from typing import get_args

import httpx
import pytest

from checks.core.base import Check, Outcome, Result
from checks.core.errors import UnsetVariableError
from cockpit.card.docs.card_page import page
from cockpit.card.model.monitors import (
    AnyMonitor,
    MetricsMonitor,
    MonitorEntry,
    PrometheusMonitor,
)
from cockpit.monitors.sources import BrokenSource, SourceTools, sources
from tests.clocks import ManualClock
from tests.monitors.examples import EXAMPLES

UP = PrometheusMonitor(monitor="up", above=1.0, query="up", url="http://b")


async def look(check: Check) -> Result:
    return Result(Outcome.PASSED, check.label())


def expand(text: str) -> str:
    if text.startswith("$"):
        raise UnsetVariableError(text.strip("${}"))
    return text


def tools() -> SourceTools:
    return SourceTools(httpx.AsyncClient(), ManualClock(), expand, look)


@pytest.mark.parametrize("kind", get_args(AnyMonitor))
def test_every_monitor_of_the_union_has_a_source_of_its_own(kind: type[MonitorEntry]) -> None:
    monitor = EXAMPLES[kind][0].make("http://a", "5s")
    (source,) = sources([monitor], tools())
    assert not isinstance(source, BrokenSource)
    assert (source.names, source.every_s) == ((monitor.monitor,), monitor.every)


@pytest.mark.parametrize("kind", get_args(AnyMonitor))
def test_every_monitor_of_the_union_is_described(kind: type[MonitorEntry]) -> None:
    """Its section of the reference page begins with its docstring."""
    title = f"## Monitor `{kind.__struct_config__.tag}`"
    assert f"{title}\n\n{inspect.getdoc(kind)}\n" in page()


def test_monitors_of_one_page_share_a_source() -> None:
    first = MetricsMonitor(monitor="p95", above=0.25, url="http://a", of="x", quantile=0.9)
    second = MetricsMonitor(monitor="rate", above=1.0, url="http://a", of="y", rate={"code": "5.."})
    (source,) = sources([first, second], tools())
    assert source.names == ("p95", "rate")


async def test_a_variable_that_is_not_set_breaks_one_monitor_alone() -> None:
    unset = PrometheusMonitor(monitor="lost", above=1.0, query="up", url="${PROMETHEUS_URL}")
    broken, other = sources([unset, UP], tools())
    assert (await broken.read())["lost"].note == "PROMETHEUS_URL is not set in the environment"
    assert other.names == ("up",)
