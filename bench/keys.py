"""How long it takes from a key to its paint, with the monitors live, beside the bare app."""

import random
import re
from collections.abc import Iterator

from bench.figure import Figure, MeasureError
from bench.ground import Ground
from bench.start import OPEN
from bench.stats import Spread
from bench.terminal import Terminal

TIMES = 60
LIVE = "8 of 8 monitors ok"
_TIMEOUT_S = 30.0
_KEY_TIMEOUT_S = 2.0
_MOST_MS = 10.0
_MOST_RATIO = 2.0


def measure(ground: Ground) -> Iterator[Figure]:
    """Return how long a key takes that arms a breaker: to its echo, and to the journalled truth."""
    bare_ms: list[float] = []
    echo_ms: list[float] = []
    truth_ms: list[float] = []
    with Terminal(ground.bare()) as bare, Terminal(ground.full_bridge()) as bridge:
        bare.wait_for("0000 keys", _TIMEOUT_S)
        bridge.wait_for(OPEN, _TIMEOUT_S)
        bridge.wait_for(LIVE, _TIMEOUT_S)
        for turn in range(TIMES):
            bare_ms += _took_ms(bare, "x", f"{turn + 1:04} keys")
            echo, truth = _took_ms(bridge, "f3", "arming|ARMED", "ARMED")
            echo_ms.append(echo)
            truth_ms.append(truth)
            _put_back(bridge)
    echoed, told, floor = Spread.of(echo_ms), Spread.of(truth_ms), Spread.of(bare_ms)
    yield Figure("key to paint, median", "ms", echoed.median, floor.median, "bare app")
    yield Figure(
        "key to paint, p95",
        "ms",
        echoed.p95,
        floor.p95,
        "bare app",
        most=_MOST_MS,
        most_ratio=_MOST_RATIO,
    )
    name = "key to the journalled truth"
    yield Figure(f"{name}, median", "ms", told.median, floor.median, "bare app")
    yield Figure(f"{name}, p95", "ms", told.p95, floor.p95, "bare app")


def _took_ms(terminal: Terminal, key: str, *marks: str) -> list[float]:
    """Press a key in a quiet moment, at no fixed phase of a second; give the time to each mark."""
    terminal.pump_until_quiet(0.12, 1.5)
    terminal.pump_for(random.uniform(0.0, 0.04))
    if re.search(marks[0], terminal.shown()):
        raise MeasureError(f"{marks[0]!r} stood on the screen before {key} was pressed")
    pressed_s = terminal.send(key)
    return [1000 * (terminal.wait_for(mark, _KEY_TIMEOUT_S) - pressed_s) for mark in marks]


def _put_back(terminal: Terminal) -> None:
    terminal.send("escape")
    for _ in range(20):
        terminal.pump_for(0.1)
        if "ARMED" not in terminal.shown():
            return
    raise MeasureError("Esc did not disarm within 2 s")
