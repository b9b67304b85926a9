"""A sliding window over the increments of counters. Pure: each page comes with its time."""

from collections import defaultdict, deque

from msgspec import Struct

from checks.core.durations import format_duration
from cockpit.monitors.counters import Counters
from cockpit.monitors.exposition import MetricsPage
from cockpit.monitors.reading import Reading, ReadingGroup
from cockpit.monitors.window_query import Cell, Part, WindowQuery

_MAX_SLOTS = 240
_MAX_GROUPS = 50


class _Slot(Struct):
    from_s: float
    to_s: float
    grown: dict[Cell, float]


class SampleWindow:
    """Computes one value over the last `over_s` seconds.

    Memory is bounded: it holds one increment per cell and slot (at most 240 slots and 50 groups),
    never pages. Both ends of a gap are known, so what was gained across it counts as a whole as
    soon as the page is back. Of a gap longer than the window, later readings count only the part
    that still lies in the window, as if it was gained evenly: it hides nothing that comes after.
    """

    def __init__(self, query: WindowQuery, over_s: float) -> None:
        self._query = query
        self._over_s = over_s
        self._counters: Counters[Cell] = Counters(query.names, query.cell)
        self._slots: deque[_Slot] = deque()
        self._last_s: float | None = None

    def add(self, t_s: float, page: MetricsPage) -> Reading:
        """Add the page of the instant `t_s` (rising) and return the reading of that instant."""
        if self._query.family not in page.families:
            return Reading(t_s, note=f"has no {self._query.family}")
        last_s = self._last_s
        try:
            grown = self._counters.grown(page)
        except ValueError as error:
            return Reading(t_s, note=str(error))
        self._last_s = t_s
        if grown is None or last_s is None:
            self._slots.clear()
            return Reading(t_s, note="a difference needs a second page", learning=True)
        self._slide(_Slot(last_s, t_s, grown))
        return self._read(t_s, last_s)

    def _slide(self, slot: _Slot) -> None:
        newest = self._slots[-1] if self._slots else None
        if newest and slot.to_s - newest.from_s < self._over_s / _MAX_SLOTS:
            newest.to_s = slot.to_s
            for cell, count in slot.grown.items():
                newest.grown[cell] = newest.grown.get(cell, 0.0) + count
        else:
            self._slots.append(slot)
        while self._slots[0].to_s <= slot.to_s - self._over_s:
            self._slots.popleft()

    def _read(self, t_s: float, last_s: float) -> Reading:
        groups: defaultdict[str, dict[Part, float]] = defaultdict(dict)
        for slot in self._slots:
            share = self._share(slot)
            for (group, part), count in slot.grown.items():
                groups[group][part] = groups[group].get(part, 0.0) + count * share
        if len(groups) > _MAX_GROUPS:
            return Reading(t_s, note=f"has over {_MAX_GROUPS} values of {self._query.by}")
        covered_s = t_s - self._from_s(self._slots[0])
        measured = [self._group(name, groups[name], covered_s) for name in sorted(groups)]
        present = tuple(group for group in measured if group.samples > 0)
        if not present:
            covered = format_duration(round(covered_s))
            return Reading(t_s, note=f"no event in {covered}", learning=True)
        return Reading(t_s, present, from_s=last_s)

    def _from_s(self, slot: _Slot) -> float:
        """Return from when on a slot counts: of a gap longer than the window only what is in it."""
        newest = self._slots[-1]
        if slot is newest or slot.to_s - slot.from_s <= self._over_s:
            return slot.from_s
        return newest.to_s - self._over_s

    def _share(self, slot: _Slot) -> float:
        """Return the share (0..1) of a slot's increments that counts now."""
        length_s = slot.to_s - slot.from_s
        return (slot.to_s - self._from_s(slot)) / length_s if length_s > 0 else 1.0

    def _group(self, name: str, parts: dict[Part, float], covered_s: float) -> ReadingGroup:
        return self._query.measure(name, parts, covered_s)
