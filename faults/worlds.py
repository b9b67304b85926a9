"""A part of a rehearsal's world is killed: its load generator, its PostgreSQL, its router."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable

from cockpit.rehearsal.host.record import forget
from faults.oracle import Ending, Truth
from faults.stage import Stage

_MOMENTS = ("preflight begun", "cutover t-30", "cutover t-10", "canary begun", "» traffic 5 %")
_REHEARSE = ("rehearse", "--headless", "--speed", "240", "--json")
_PATIENCE_S = 240.0


def killing(part: str) -> Callable[[Stage], Ending]:
    """Return the kind of fault that kills this part of a world before its canary is held."""

    def kill(stage: Stage) -> Ending:
        program = stage.begin(*_REHEARSE)
        moment = stage.chance.choice(_MOMENTS)
        program.until(moment)
        (world,) = stage.folder.glob("state/cockpit/runs/*/world")
        pid = json.loads((world / "world.json").read_text())["pids"][part]
        stage.note(f"{part} is killed at: {moment}")
        os.kill(pid, signal.SIGKILL)
        try:
            said = stage.keep(program.ended(_PATIENCE_S))
        finally:
            forget(world)
        log = world / "workspace/effects.log"
        effects = Counter(log.read_text().splitlines() if log.exists() else [])
        twice = [f"`{effect}` was done {n} times" for effect, n in effects.items() if n > 1]
        return Ending(said, Truth.NO_GO, wrong=tuple(twice))

    return kill
