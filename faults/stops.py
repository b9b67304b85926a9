"""The cockpit is suspended, its page is away, its clock is stepped; meanwhile requests may fail."""

import signal
import sys
import time
from dataclasses import replace

from cockpit.journal import events as ev
from faults.oracle import FORWARD, Ending, Truth
from faults.stage import FRESH, Stage
from tests.cli.program import Cockpit, Program

_LINES = 24
_LOOKS = 15
_HOUR_S = 3600
STEPPED = """\
import datetime, pathlib, sys
from cockpit.foundation import clock
real = clock.SystemClock.utc
def utc(self):
    step = pathlib.Path("step")
    return real(self) + datetime.timedelta(seconds=float(step.read_text()) if step.exists() else 0)
clock.SystemClock.utc = utc
from cockpit.cli import main
sys.exit(main())
"""
"""The program with a wall clock that is as far off as a file says."""


def now_s() -> float:
    """Return the time by the clock of a journal's monotonic seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def suspended(stage: Stage) -> Ending:
    """Stop the program for some seconds, as a suspended laptop does; half the time, all is well."""
    bad, program = stage.chance.random() < 0.5, stage.begin(*FRESH)
    _instant(stage, program)
    program.signal(signal.SIGSTOP)
    from_s = now_s()
    stage.shop.failing = bad
    for _ in range(_LOOKS):
        stage.shop.look()
        time.sleep(0.2)
    stage.shop.failing = False
    until_s = now_s()
    program.signal(signal.SIGCONT)
    return _ending(stage, program, bad=bad, from_s=from_s, until_s=until_s)


def page_away(stage: Stage) -> Ending:
    """Let the metrics page be away for some seconds; half the time, all is well meanwhile."""
    bad, program = stage.chance.random() < 0.5, stage.begin(*FRESH)
    _instant(stage, program)
    from_s = now_s()
    stage.shop.failing, stage.shop.dark = bad, _LOOKS
    while stage.shop.dark and program.process.poll() is None:
        time.sleep(0.02)
    stage.shop.failing, until_s = False, now_s()
    return _ending(stage, program, bad=bad, from_s=from_s, until_s=until_s)


def _instant(stage: Stage, program: Program) -> None:
    """Wait for a random instant, half the time for one in the hold."""
    if stage.chance.random() < 0.5:
        program.until("► watched")
        time.sleep(stage.chance.uniform(0.0, 0.8))
    else:
        stage.after(program, stage.chance.randrange(_LINES))


def clock_stepped(stage: Stage) -> Ending:
    """Step the wall clock, forth or back, and go on once it is right again."""
    stage.cockpit = _with_a_clock(stage)
    program = stage.begin(*FRESH)
    stage.after(program, stage.chance.randrange(_LINES))
    step = stage.chance.choice((-1, 1)) * stage.chance.choice((1, 60, _HOUR_S, 9000 * _HOUR_S))
    stage.note(f"the wall clock is stepped by {step} s")
    (stage.folder / "step").write_text(str(step))
    stage.ended(program)
    (stage.folder / "step").unlink()
    return Ending(stage.ended(stage.onward()), Truth.GO, wanted=FORWARD)


def _with_a_clock(stage: Stage) -> Cockpit:
    return replace(stage.cockpit, command=(sys.executable, "-P", "-c", STEPPED))


def _ending(stage: Stage, program: Program, *, bad: bool, from_s: float, until_s: float) -> Ending:
    """Return the ending: what failed while the hold was on makes any GO a false one."""
    stage.note(f"{'requests fail' if bad else 'all is well'} for {until_s - from_s:.1f} s")
    said = stage.ended(program)
    if bad and _held(stage, from_s, until_s):
        return Ending(said, Truth.NO_GO)
    return Ending(said, Truth.OPEN)


def _held(stage: Stage, from_s: float, until_s: float) -> bool:
    """Whether the hold was on all the time."""
    on = ended = None
    for entry in stage.entries():
        match entry.event:
            case ev.StepStarted(step="watched"):
                on = entry.mono_s
            case ev.StepEnded(step="watched"):
                ended = entry.mono_s
            case _:
                pass
    return on is not None and on <= from_s and (ended is None or until_s <= ended)
