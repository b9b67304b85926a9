"""What the bridge costs while nothing but eight monitors is live, beside the idle bare app."""

import time
from collections.abc import Iterator

from bench.figure import Figure
from bench.ground import Ground
from bench.keys import LIVE
from bench.processes import cpu_s, pss_mib, wakeups
from bench.start import OPEN
from bench.terminal import Terminal

WATCHED_S = 30.0
_LET_PASS_S = 6.0
_TIMEOUT_S = 30.0
_MOST_CPU_PERCENT = 2.0
_MOST_KB_PER_S = 10.0
_MOST_MIB = 60.0


def measure(ground: Ground) -> Iterator[Figure]:
    """Watch both programs over the same seconds."""
    with Terminal(ground.bare()) as bare, Terminal(ground.full_bridge()) as bridge:
        bare.wait_for("0000 keys", _TIMEOUT_S)
        bridge.wait_for(OPEN, _TIMEOUT_S)
        bridge.wait_for(LIVE, _TIMEOUT_S)
        _watch([bare, bridge], _LET_PASS_S)
        before = [_used(bare), _used(bridge)]
        lasted_s = _watch([bare, bridge], WATCHED_S)
        after = [_used(bare), _used(bridge)]
        memory = [pss_mib(bare.pid), pss_mib(bridge.pid)]
    rates = [
        [(late - early) / lasted_s for early, late in zip(*pair, strict=True)]
        for pair in zip(before, after, strict=True)
    ]
    (bare_cpu, bare_wakeups, _), (cpu, wakes, kilobytes) = rates
    beside = "bare app"
    yield Figure("idle: CPU of a core", "%", 100 * cpu, 100 * bare_cpu, beside, _MOST_CPU_PERCENT)
    yield Figure("idle: bytes to the terminal", "kB/s", kilobytes, most=_MOST_KB_PER_S)
    yield Figure("idle: memory (PSS)", "MiB", memory[1], memory[0], beside, _MOST_MIB)
    yield Figure("idle: wakeups", "/s", wakes, bare_wakeups, beside)


def _watch(terminals: list[Terminal], duration_s: float) -> float:
    """Take the output of all, and draw nothing; gives how long that lasted."""
    began_s = time.monotonic()
    while time.monotonic() < began_s + duration_s:
        for terminal in terminals:
            terminal.pump(time.monotonic() + 0.1)
    return time.monotonic() - began_s


def _used(terminal: Terminal) -> tuple[float, float, float]:
    """Return seconds of a core, wakeups and kilobytes written so far."""
    written = sum(len(data) for _, data in terminal.chunks)
    return cpu_s(terminal.pid), wakeups(terminal.pid), written / 1000
