"""Whether one process answers at an address. Pure: each page comes with its time.

Behind one address several workers, or two instances in turn, each show counters of their own. Added
up as those of one process, every change from the lower to the higher counts reads as a burst of
requests that never came, and hides the real ones. It shows in one of these ways:

- The start of the process (`process_start_time_seconds`) changes back to one that it had before,
  or to an earlier one: whatever starts again starts later.
- A series falls, comes back to where it was, and falls again; or it falls three times. So does one
  process that crashes again and again.
- A series that fell comes back faster than it could: at ten times the fastest growth seen so far.
- A series grows by more than 10,000 a second, and fifty times as fast as any did on three pages or
  more before. Growth that goes on like that for ten pages is believed.

One real restart shows none of them: the counts fall once, and climb at their own pace.
"""

import re

from msgspec import Struct

from checks.core.durations import format_duration
from checks.core.text import count_of
from cockpit.monitors.exposition import MAX_SERIES, Labels, MetricsPage
from cockpit.monitors.page_blocks import matches

START_TIME = "process_start_time_seconds"
REMEMBERED_S = 600.0
QUIET_S = 120.0
"""After the last sign of a second process it must be quiet for so long, and for ten pages."""

_START = re.compile(rf"^{START_TIME}(?:\{{[^}}\n]*\}})?[ \t]+([0-9.eE+]+)", re.MULTILINE)
_QUIET_PAGES = 10
_FALLS = 3
_TIMES_FASTER = 10.0
_JUMPS_BY = 50.0
_LEAST_JUMP_PER_S = 10_000.0
_BELIEVED_PAGES = 10
_KNOWN_PAGES = 4
_SAME_START_S = 5.0  # some compute it anew from the clock and the time that they are up
_LEAST_COUNT = 100.0

_SEVERAL = "answers come from more than one process"
_CURE = "scrape one process by its own address, or a page for all of them, or ask Prometheus"

Key = tuple[str, Labels]


class _Fall(Struct):
    """A series that fell: from which value, when it had that value, and when it fell so far."""

    value: float
    had_s: float
    fell_s: tuple[float, ...]
    is_back: bool = False


class SingleProcess:
    """Follows the counters and the start time on the pages of one address."""

    def __init__(self) -> None:
        self._values: dict[Key, float] = {}
        self._falls: dict[Key, _Fall] = {}
        self._starts: dict[tuple[str, ...], float] = {}
        self._start: tuple[str, ...] = ()
        self._fastest = 0.0
        self._pages = self._jumps = 0  # of jumps, those in a row
        self._last_s: float | None = None
        self._sign = ""
        self._blind_until_s = 0.0

    def fault(self, t_s: float, page: MetricsPage, text: str, counters: frozenset[str]) -> str:
        """Return why the page of the instant `t_s` (rising) cannot be used; empty if it can.

        `text` is the page's whole text, `counters` the names of the lines that only ever grow in
        one process.
        """
        every_s = 0.0 if self._last_s is None else t_s - self._last_s
        if sign := self._start_sign(t_s, text) or self._counter_sign(t_s, page, counters):
            self._sign = sign
            self._blind_until_s = t_s + max(QUIET_S, _QUIET_PAGES * every_s)
        self._last_s = t_s
        return f"{self._sign}; {_CURE}" if t_s < self._blind_until_s else ""

    def _start_sign(self, t_s: float, text: str) -> str:
        start = tuple(sorted(match[1] for match in matches(_START, text)))
        self._starts = {
            one: seen_s for one, seen_s in self._starts.items() if t_s - seen_s <= REMEMBERED_S
        }
        is_back = bool(start) and start != self._start and start in self._starts
        is_earlier = _is_earlier(start, self._start)
        self._start = start or self._start
        if start:
            self._starts[start] = t_s
        if is_back:
            return f"{_SEVERAL}: {START_TIME} changes to and fro"
        return f"{_SEVERAL}: {START_TIME} became an earlier one" if is_earlier else ""

    def _counter_sign(self, t_s: float, page: MetricsPage, counters: frozenset[str]) -> str:
        sign, growths = "", [(0.0, "")]
        for sample in page.samples:
            if sample.name not in counters:
                continue
            key, value = (sample.name, sample.labels), sample.value
            before = self._values.get(key, 0.0)
            fall = self._falls.get(key)
            if value < before:
                sign = self._fallen(key, before, t_s) or sign
                growths.append((value, sample.name))
            elif fall and not fall.is_back and value >= fall.value:
                fall.is_back = True
                sign = self._too_fast(sample.name, fall, t_s) or sign
            else:
                growths.append((value - before, sample.name))
            self._values[key] = value
        self._forget_most(page, counters)
        return self._jump_sign(t_s, *max(growths)) or sign

    def _jump_sign(self, t_s: float, grown: float, name: str) -> str:
        """Note the fastest growth since the page before; returns what a jump says."""
        speed, took_s = self._speed(grown, t_s), t_s - (self._last_s or 0.0)
        self._pages += 1
        # Two pages that came in quick succession, one of them late, say little of the speed.
        most = max(_LEAST_JUMP_PER_S, _JUMPS_BY * self._fastest) * max(took_s, 1.0)
        is_jump = self._pages > _KNOWN_PAGES and grown > most
        self._jumps = self._jumps + 1 if is_jump else 0
        if not is_jump or self._jumps >= _BELIEVED_PAGES:
            self._fastest = max(self._fastest, speed)
            return ""
        grew = f"{name} grew by {grown:,.0f} within {format_duration(took_s)}"
        return f"{_SEVERAL}: {grew}, more than time allows"

    def _fallen(self, key: Key, before: float, t_s: float) -> str:
        """Note that a series fell from `before`; returns what that says of the processes."""
        last = self._falls.get(key)
        recent = [at_s for at_s in (last.fell_s if last else ()) if t_s - at_s <= REMEMBERED_S]
        fell_s = (*recent, t_s)[-_FALLS:]
        had_s = t_s if self._last_s is None else self._last_s
        self._falls[key] = _Fall(before, had_s, fell_s)
        is_in_turn = last is not None and last.is_back and bool(recent)
        if not is_in_turn and len(fell_s) < _FALLS:
            return ""
        times = count_of(len(fell_s), "time")
        fell = f"{key[0]} fell {times} in {max(1, round(t_s - fell_s[0]))} s"
        return f"{_SEVERAL}, or it restarts again and again: {fell}"

    def _too_fast(self, name: str, fall: _Fall, t_s: float) -> str:
        needed_s = t_s - fall.had_s
        if fall.value < _LEAST_COUNT or t_s - fall.fell_s[-1] > REMEMBERED_S:
            return ""
        if fall.value <= _TIMES_FASTER * self._fastest * needed_s:
            return ""
        grew = f"{name} fell and grew by {fall.value:.0f} within {max(1, round(needed_s))} s"
        return f"{_SEVERAL}: {grew}, more than time allows"

    def _speed(self, grown: float, t_s: float) -> float:
        """Return a growth since the page before, a second."""
        since_s = 0.0 if self._last_s is None else t_s - self._last_s
        return grown / since_s if since_s > 0 else 0.0

    def _forget_most(self, page: MetricsPage, counters: frozenset[str]) -> None:
        """Keep no more series than one page may have."""
        if len(self._values) > MAX_SERIES:
            there = {(one.name, one.labels) for one in page.samples if one.name in counters}
            self._values = {key: value for key, value in self._values.items() if key in there}
            self._falls = {key: fall for key, fall in self._falls.items() if key in there}


def _is_earlier(start: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Whether a process started earlier than the one that answered before; with several, no."""
    if len(start) != 1 or len(before) != 1:
        return False
    try:
        return float(start[0]) < float(before[0]) - _SAME_START_S
    except ValueError:
        return False
