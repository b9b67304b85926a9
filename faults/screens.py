"""The cockpit on a screen is killed at random instants, and gone on with without a screen."""

import os
import signal
import time

from bench.terminal import Program, Terminal
from faults.oracle import FORWARD, Ending, Truth
from faults.stage import Stage

_OPEN = "next: Preflight"
_OPENS_S = 60.0
_F5, _ENTER = "\x1b[15~", "\r"


def forward(stage: Stage) -> Ending:
    """Fly the card by its key for some seconds, kill the cockpit, and go on."""
    with _opened(stage) as terminal:
        _fly(terminal, stage.chance.uniform(0.0, 9.0))
        _kill(stage, terminal)
    return Ending(stage.ended(stage.onward()), Truth.GO, wanted=FORWARD)


def in_a_breaker(stage: Stage) -> Ending:
    """Fire the breaker that rolls all back, kill the cockpit meanwhile, and go on."""
    with _opened(stage) as terminal:
        _fly(terminal, stage.chance.uniform(2.0, 9.0))
        terminal.send(_F5)
        terminal.pump_for(0.3)
        terminal.send(_ENTER)
        terminal.pump_for(stage.chance.uniform(0.0, 4.0))
        _kill(stage, terminal)
    return Ending(stage.ended(stage.onward()), Truth.OPEN)


def _opened(stage: Stage) -> Terminal:
    words = (*stage.cockpit.command, "card.yaml", "--new")
    env = {**stage.cockpit.whole_env(), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return Terminal(Program(words, env, stage.folder, ()))


def _fly(terminal: Terminal, seconds: float) -> None:
    """Press the key for what comes next, again and again."""
    terminal.wait_for(_OPEN, _OPENS_S)
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        terminal.send("n")
        terminal.pump_for(0.4)


def _kill(stage: Stage, terminal: Terminal) -> None:
    shown = "\n".join(filter(str.strip, terminal.shown().splitlines()))
    stage.note(f"killed while it shows:\n{shown}")
    os.kill(terminal.pid, signal.SIGKILL)
