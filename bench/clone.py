"""How long a fresh clone takes to the first paint of `make rehearse`, with nothing cached."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, MeasureError
from bench.ground import ROOT, Ground
from bench.terminal import Program, Terminal

_CLONE_TIMEOUT_S = 60.0
_TIMEOUT_S = 600.0
_OPEN_TIMEOUT_S = 60.0
_MOST_S = 60.0


def measure(ground: Ground) -> Iterator[Figure]:
    """Clone what is committed, and start it as a newcomer would, packages downloaded."""
    folder = cloned(ROOT, ground.folder / "clone")
    program = Program(["make", "rehearse"], _newcomer(ground.folder), folder, ("ctrl+q",) * 2)
    with Terminal(program) as terminal:
        painted_s = terminal.wait_for("REHEARSAL", _TIMEOUT_S) - terminal.started_s
        opened_s = terminal.wait_for("next: ", _OPEN_TIMEOUT_S) - terminal.started_s
    yield Figure("fresh clone to first paint", "s", painted_s, most=_MOST_S)
    yield Figure("fresh clone to an open rehearsal", "s", opened_s)


def cloned(source: Path, folder: Path) -> Path:
    """Clone a repository; raises MeasureError with git's words."""
    argv = ["git", "clone", "--quiet", "--no-hardlinks", str(source), str(folder)]
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=_CLONE_TIMEOUT_S, check=False
    )
    if done.returncode:
        raise MeasureError(f"git could not clone {source}: {done.stderr.strip()}")
    return folder


def _newcomer(folder: Path) -> dict[str, str]:
    """Return the environment without this one's Python, and without what was ever downloaded."""
    own = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TMUX"}
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return kept | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "UV_NO_CACHE": "1",
        "PIP_NO_CACHE_DIR": "1",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
