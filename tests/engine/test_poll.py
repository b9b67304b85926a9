"""Looking: within its time, and never an exception; what the monitors say, in words."""

import asyncio
from pathlib import Path

import pytest

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import UnsetVariableError
from checks.core.run_check import run_check
from cockpit.engine.poll import check_until
from cockpit.foundation.clock import SystemClock
from cockpit.journal import events as ev
from tests.clocks import ManualClock
from tests.engine.kit import ERRORS, P95, Memory, card, flying


class Odd(Check):
    """A check that does as it is told."""

    does: str = ""

    def label(self) -> str:
        return "odd"

    async def run(self, tools: Tools) -> Result:
        match self.does:
            case "hangs":
                await asyncio.get_running_loop().create_future()
            case "breaks":
                raise ZeroDivisionError("a bug")
            case "unset":
                raise UnsetVariableError("NAME")
        return Result(Outcome.FAILED, str(tools.clock.monotonic()))


def tools(clock: ManualClock | SystemClock, tmp_path: Path) -> Tools:
    return Tools(folder=tmp_path, env={}, clock=clock, http=lambda _: None)  # type: ignore[arg-type,return-value]


@pytest.mark.law(1)
@pytest.mark.law(12)
@pytest.mark.parametrize(
    ("does", "evidence"),
    [
        ("hangs", "no answer within 100 ms"),
        ("breaks", "could not look: ZeroDivisionError: a bug"),
        ("unset", "NAME is not set in the environment"),
    ],
)
async def test_what_goes_wrong_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, evidence: str
) -> None:
    """Law 1 and law 12: a check that hangs ends in time, and none of them has passed."""
    monkeypatch.setattr("checks.core.run_check.GRACE_S", 0.0)
    seen = await run_check(Odd(timeout=0.1, does=does), tools(SystemClock(), tmp_path))
    assert seen == Result(Outcome.UNKNOWN, evidence)


async def test_a_check_that_takes_long_says_how_long_it_may_take(tmp_path: Path) -> None:
    class Long(Odd):
        def limit_s(self) -> float:
            return 0.2

    seen = await run_check(Long(timeout=60.0, does="hangs"), tools(SystemClock(), tmp_path))
    assert seen == Result(Outcome.UNKNOWN, "no answer within 200 ms")


@pytest.mark.law(5)
async def test_looks_again_until_time_is_up(tmp_path: Path) -> None:
    """Law 5: an effect may take a moment; the last look is what counts."""
    clock = ManualClock(start_s=0.0)
    seeing = asyncio.create_task(check_until(Odd(), tools(clock, tmp_path), 2.5))
    await clock.advance(2.4)
    assert not seeing.done()
    await clock.advance(0.2)
    assert (await seeing).evidence == "2.5"


@pytest.mark.law(1)
async def test_each_change_of_a_monitor_is_told_once(tmp_path: Path) -> None:
    """Law 1: that one is blind is news, and so is that it sees again."""
    text = card(monitors=[P95, ERRORS])
    async with flying(tmp_path, text, clock=ManualClock(), journal=Memory()) as flight:
        for state in ("ok", "ok", "breaching", "tripped", "tripped", "blind"):
            await flight.ticks.say(p95=state)
        told = [e for e in flight.state.feed if isinstance(e.event, ev.MonitorChanged)]
        assert [
            entry.event.text for entry in told if isinstance(entry.event, ev.MonitorChanged)
        ] == [
            "p95 is ok",
            "p95 breaching: 300 ms over 250 ms, trips after 5m",
            "p95 tripped: 300 ms over 250 ms for 5m (100 samples)",
            "p95 is blind: no data",
        ]
        assert {entry.by for entry in told} == {"the cockpit"}
        assert flight.replayed() == flight.state
