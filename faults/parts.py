"""A part is killed under the cockpit: a step, the supervisor of a step, the shot of a breaker."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from faults.card import DEMOTED, DEMOTION
from faults.oracle import FORWARD, Ending, Truth
from faults.stage import FRESH, NotTriedError, Stage, with_env

_COMMANDS = ("effect.sh", "ask.py")
_SUPERVISOR = ("supervisor.py",)


def step(stage: Stage) -> Ending:
    """Kill the command of a step in the middle of its work."""
    return _killed(stage, _COMMANDS)


def supervisor(stage: Stage) -> Ending:
    """Kill the process that outlives the cockpit and waits for a step."""
    return _killed(stage, _SUPERVISOR)


def _killed(stage: Stage, words: tuple[str, ...]) -> Ending:
    """Kill a part of a run, or of a breaker; then go on as a person would."""
    with_env(stage, PAUSE="1.0")
    if stage.chance.random() < 0.3:
        order = ("breaker", "card.yaml", "demote", DEMOTED, "--json")
        _kill_at(stage, order, DEMOTION, words)
        said = stage.ended(stage.begin(*order))
        return Ending(said, Truth.OPEN, {DEMOTION: 2}, (DEMOTION,))
    _kill_at(stage, FRESH, stage.chance.choice(FORWARD), words)
    return Ending(stage.ended(stage.onward()), Truth.OPEN)


def _kill_at(stage: Stage, order: tuple[str, ...], effect: str, words: tuple[str, ...]) -> None:
    program = stage.begin(*order)
    program.until_it_holds(lambda: effect in stage.effects("begun"))
    time.sleep(stage.chance.uniform(0.0, 0.7))
    killed = list(_processes(stage.folder, words))
    for pid, line in killed:
        stage.note(f"killed {pid}: {line}")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    stage.ended(program)
    if not killed:
        raise NotTriedError("it had ended before it could be killed")


def _processes(folder: Path, words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield the processes of this trial whose command line has one of the words."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if not entry.name.isdigit():
                continue
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            here = str(folder) in line or (entry / "cwd").readlink() == folder
            if here and any(word in line for word in words):
                yield int(entry.name), line
