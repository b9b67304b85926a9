"""How long a warm start takes, beside the bare app's, the two in turn."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.figure import Figure
from bench.ground import Ground
from bench.processes import cpu_s
from bench.stats import Spread
from bench.terminal import Program, Terminal

TIMES = 9
OPEN = "next: Preflight"
"""What the bridge shows once the run is open."""

_TIMEOUT_S = 30.0
_PAINT_GAP_S = 0.02
_GAP_S = 0.1
_SETTLE_MOST_S = 2.0
_MOST_RATIO = 2.2


@dataclass(frozen=True, slots=True)
class _Start:
    """When the first paint and the last had ended, and the CPU used, in milliseconds."""

    first_ms: float
    settled_ms: float
    cpu_ms: float


def measure(ground: Ground) -> Iterator[Figure]:
    """Return the start to the first paint, and to the settled bridge of the open run."""
    pairs = [
        (_start(ground.bare(), r"\d{4} keys"), _start(ground.bridge(), "opening", OPEN))
        for _ in range(TIMES + 1)
    ][1:]  # the first pair warms caches, and writes what is compiled
    floor = Spread.of(bare.settled_ms for bare, _ in pairs).median
    first = Spread.of(ours.first_ms for _, ours in pairs).median
    settled = Spread.of(ours.settled_ms for _, ours in pairs).median
    cpu = Spread.of(ours.cpu_ms for _, ours in pairs).median
    floor_cpu = Spread.of(bare.cpu_ms for bare, _ in pairs).median
    beside = "bare app"
    name = "start to the bridge settled"
    yield Figure("start to first paint", "ms", first, floor, beside)
    yield Figure(name, "ms", settled, floor, beside, most_ratio=_MOST_RATIO)
    yield Figure("start: CPU used until then", "ms", cpu, floor_cpu, beside)


def _start(program: Program, *marks: str) -> _Start:
    """Start a program, and wait until the screen shows each of the marks, and is quiet."""
    with Terminal(program) as terminal:
        seen_s = [terminal.wait_for(mark, _TIMEOUT_S) for mark in marks]
        terminal.pump_until_quiet(_GAP_S, _SETTLE_MOST_S)
        used_ms = 1000 * cpu_s(terminal.pid)
        first_s = terminal.end_of_burst(seen_s[0], _PAINT_GAP_S)
        last_s = terminal.end_of_burst(seen_s[-1], _GAP_S)
        began_s = terminal.started_s
        return _Start(1000 * (first_s - began_s), 1000 * (last_s - began_s), used_ms)
