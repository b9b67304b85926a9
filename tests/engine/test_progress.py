"""What a check says while it looks: in the state and the record, the newest line once a second."""

import asyncio
from pathlib import Path

from checks.core.base import Check, Outcome, Result, Tools
from cockpit.card.model.plan import Planned, SectionKind
from cockpit.engine import steps
from cockpit.journal import events as ev
from cockpit.state import StepStatus
from tests.clocks import ManualClock, settle
from tests.engine.kit import Memory, card, flying


class Talking(Check, kw_only=True, frozen=True, tag="talking"):
    """A check that says what a test wants said."""

    over: asyncio.Event
    spoken: asyncio.Queue[str]

    def label(self) -> str:
        return "talking"

    async def run(self, tools: Tools) -> Result:
        speaking = asyncio.ensure_future(self._speak(tools))
        await self.over.wait()
        speaking.cancel()
        return Result(Outcome.PASSED, "done", figures={"p95_s": 0.2, "none": float("nan")})

    async def _speak(self, tools: Tools) -> None:
        while True:
            tools.say(await self.spoken.get())


async def test_the_newest_line_is_shown_once_a_second(tmp_path: Path) -> None:
    journal, clock = Memory(), ManualClock()
    check = Talking(timeout=60.0, over=asyncio.Event(), spoken=asyncio.Queue())
    planned = Planned("soak", "soak test", check, "t-0", SectionKind.PHASE)
    async with flying(tmp_path, card(), journal=journal, clock=clock) as flight:
        running = asyncio.ensure_future(steps.run_step(flight.engine.context, planned))
        await settle()
        for line in ("1 rps", "2 rps", "3 rps"):
            check.spoken.put_nowait(line)
            await settle()
        assert flight.evidence("soak") == "1 rps"
        assert flight.state.status("soak") is StepStatus.RUNNING
        await clock.advance(1.0)
        assert flight.evidence("soak") == "3 rps"
        check.over.set()
        assert await running
        assert flight.evidence("soak") == "done"
        assert flight.state.steps["soak"].figures == {"p95_s": 0.2}
    said = [one.event.text for one in journal.entries() if isinstance(one.event, ev.StepProgressed)]
    assert said == ["1 rps", "3 rps"]
    assert not [one for one in flight.state.feed if isinstance(one.event, ev.StepProgressed)]
