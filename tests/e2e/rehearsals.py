"""Headless rehearsals, started by the command line, and the log of what their commands did."""

import json
import os
import select
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.core.base import Outcome
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Hold
from cockpit.card.packaged import card
from cockpit.journal import events as ev
from cockpit.runtime.run_folder import RunFolder
from tests.cli.program import Cockpit, Program, Said

ALL_EFFECTS = [
    "cutover t-30",
    "cutover t-10",
    "cutover t0",
    "traffic --canary 5",
    "traffic --canary 100",
    "cutover t60",
]
SCENARIO_S = 150.0


@dataclass(frozen=True)
class Rehearsal:
    """Rehearsals whose runs are in `runs`, sped up by the factor `speed`."""

    cockpit: Cockpit
    runs: Path
    speed: int = 240

    @classmethod
    def in_folder(cls, folder: Path) -> "Rehearsal":
        return cls(Cockpit(folder), folder / "runs")

    def start(self, *words: str) -> Program:
        return self.cockpit.start(
            *("rehearse", "--headless", "--speed", str(self.speed), "--json"),
            *("--runs", str(self.runs), *words),
        )

    def resume(self) -> Program:
        return self.start("--resume", "last")

    def play(self, *words: str) -> Said:
        return self.start(*words).ended(SCENARIO_S)

    @property
    def run(self) -> Path:
        """The folder of the only run."""
        (folder,) = self.runs.iterdir()
        return folder

    def effects(self) -> list[str]:
        """The effects of the card's commands, in order: each logged its own beforehand."""
        log = self.run / "world/workspace/effects.log"
        return log.read_text().splitlines() if log.exists() else []

    def pids(self) -> list[int]:
        """The process ids of the running world, from its record."""
        kept: dict[str, Any] = json.loads((self.run / "world/world.json").read_text())
        return list(kept["pids"].values())


def left_alive(pids: Iterable[int], patience_s: float = 40.0) -> list[int]:
    """Wait for the end of processes that are not children of this one; return those still alive."""
    deadline_s, left = time.monotonic() + patience_s, []
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            if not poll.poll(max(0.0, deadline_s - time.monotonic()) * 1000):
                left.append(pid)
        finally:
            os.close(handle)
    return left


@contextmanager
def naming_a_hold_that_passed(rehearsal: Rehearsal, hold: str) -> Iterator[None]:
    """Let what fails in the block fail with its cause, when the cause is a hold that has passed.

    On a busy machine a hold of a few seconds may end before its monitors have enough samples to
    trip on a fault: all that comes after it is then another story than that of the test.
    """
    try:
        yield
    except AssertionError as error:
        entries = tuple(RunFolder(rehearsal.run).entries())
        if why := why_it_passed(entries, hold):
            raise AssertionError(why) from error
        raise


def why_it_passed(entries: Sequence[ev.JournalEntry], hold: str) -> str:
    """Return on how much data a hold of the packaged card has passed; nothing if it has not."""
    step = plan(card()).find(hold).step
    assert isinstance(step, Hold)
    began = passed = None
    for entry in entries:
        if isinstance(entry.event, ev.StepStarted) and entry.event.step == hold:
            began = entry
        if isinstance(entry.event, ev.StepEnded) and entry.event.step == hold:
            passed = entry if entry.event.outcome is Outcome.PASSED else None
    if began is None or passed is None:
        return ""
    ticks = [
        entry.event.monitors
        for entry in entries
        if isinstance(entry.event, ev.MonitorsSampled) and began.seq < entry.seq < passed.seq
    ]
    watched = ", ".join(
        f"{name} {' '.join(str(tick[name].samples) for tick in ticks if name in tick) or 'none'}"
        for name in step.watch
    )
    return (
        f"the hold {hold} passed without enough data to trip on the injected fault, so the cutover"
        f" went on: in {passed.mono_s - began.mono_s:.1f} s its monitors were read {len(ticks)}"
        f" times, with these numbers of samples: {watched}"
    )
