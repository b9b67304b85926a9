"""The time that counts in a hold: while every monitor that it watches had fresh data. Pure.

It is counted from one sample of the monitors to the next. Data is fresh while it is at most
`FRESH` of its monitor's periods old. Beyond `SURE` periods its time counts for now, and is taken
back if the data then stays away. Time between two samples that lie further apart than `STILL`
periods is not watched: the cockpit stood still. Samples come at most two periods apart, also where
a measurement takes all of its period.
"""

import math
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from cockpit.journal import events as ev

SURE, STILL, FRESH = 2, 3, 4
_LEAST_S = 1.0
"""A period shorter than a second is measured no more exactly than that."""


class HoldWatch(Struct, frozen=True):
    """What a hold has counted up to the run second `at_s`; `every_s` are the periods by monitor.

    `watched_s` is the time that counts, `unsure_s` the last part of it that may be taken back,
    `blind_s` the time that does not count. `sees` is whether all data was fresh at `at_s`.
    """

    every_s: Mapping[str, float]
    at_s: float
    watched_s: float = 0.0
    unsure_s: float = 0.0
    blind_s: float = 0.0
    sees: bool = False

    def until(self, now_s: float) -> "HoldWatch":
        """Return what is counted at a run second after `at_s`, as far as its last data is sure."""
        passed_s = max(0.0, now_s - self.at_s)
        if not self.sees or passed_s > self.step_s:
            return lost(self, now_s)
        return replace(self, at_s=now_s, watched_s=self.watched_s + passed_s)

    @property
    def step_s(self) -> float:
        """How far two samples may lie apart, in seconds."""
        return limit_s(min(self.every_s.values()), STILL)


def limit_s(every_s: float, periods: int) -> float:
    """Return so many of a monitor's periods in seconds."""
    return max(periods * every_s, _LEAST_S)


def sampled(watch: HoldWatch, now_s: float, samples: Mapping[str, ev.MonitorSample]) -> HoldWatch:
    """Return what is counted after one more sample of the monitors."""
    passed_s = max(0.0, now_s - watch.at_s)
    ages_s = {name: _age_s(samples.get(name)) for name in watch.every_s}
    if passed_s > watch.step_s or not _within(watch, ages_s, FRESH):
        sees = _within(watch, ages_s, SURE)
        return replace(lost(watch, now_s), sees=sees)
    unsure_s = 0.0 if _within(watch, ages_s, SURE) else watch.unsure_s + passed_s
    watched_s = watch.watched_s + passed_s
    return replace(watch, at_s=now_s, watched_s=watched_s, unsure_s=unsure_s, sees=True)


def lost(watch: HoldWatch, now_s: float) -> HoldWatch:
    """Return what is counted when all time since the last sure data was without sight."""
    return replace(
        watch,
        at_s=now_s,
        watched_s=watch.watched_s - watch.unsure_s,
        unsure_s=0.0,
        blind_s=watch.blind_s + watch.unsure_s + max(0.0, now_s - watch.at_s),
        sees=False,
    )


def _age_s(sample: ev.MonitorSample | None) -> float:
    """Return the age of a sample's data; infinite without a value."""
    return math.inf if sample is None or sample.value is None else sample.age_s


def _within(watch: HoldWatch, ages_s: Mapping[str, float], periods: int) -> bool:
    return all(age <= limit_s(watch.every_s[name], periods) for name, age in ages_s.items())
