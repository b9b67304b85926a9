"""What is asked of counters: a quantile, a share, a rate. Pure.

A question says into which cell each series counts (`cell`), and what the cells' increments of a
window mean (`measure`). A cell is a group and a part of it: a bucket's bound, or matched or not.
"""

import re
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from checks.telemetry.histogram_quantile import estimate_quantile
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.monitors.exposition import Labels, family
from cockpit.monitors.reading import ReadingGroup

Part = float | bool
Cell = tuple[str, Part]


class WindowQuery(Protocol):
    """What a window is asked."""

    @property
    def family(self) -> str:
        """The metric family that is needed."""

    @property
    def by(self) -> str | None:
        """The label whose values are judged alone."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the lines that are counted, the best first; only one of them is used."""

    def cell(self, labels: Labels) -> Cell | None:
        """Give the cell of a series, None when it does not belong; ValueError if unusable."""

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Give a group's value from its increments over `covered_s` seconds."""


class Pattern:
    """Labels that must all match, each a regular expression for the whole value.

    A label that a series does not have counts as empty. Raises re.error.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._compiled = tuple((name, re.compile(text)) for name, text in labels.items())

    def matches(self, labels: Labels) -> bool:
        """Say whether all labels match."""
        given = dict(labels)
        return all(regex.fullmatch(given.get(name, "")) for name, regex in self._compiled)


class Quantile(Struct, frozen=True):
    """The `q` quantile (0..1) of a histogram, in the histogram's unit (seconds, as a rule)."""

    family: str
    q: float
    labels: Pattern
    by: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """A histogram's buckets."""
        return (f"{self.family}_bucket",)

    def cell(self, labels: Labels) -> Cell | None:
        """Give the group and the upper bound of the bucket."""
        if not self.labels.matches(labels):
            return None
        try:
            bound = float(dict(labels)["le"])
        except (KeyError, ValueError):
            raise ValueError(f"{self.family}_bucket has no readable bound (le)") from None
        return group_of(labels, self.by), bound

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Interpolate the quantile; the samples are what the widest bucket counted."""
        estimate = estimate_quantile(self.q, ((float(le), n) for le, n in parts.items()))
        samples = round(max(parts.values(), default=0.0))
        if estimate is None:
            return ReadingGroup(group, None, samples)
        return ReadingGroup(group, estimate.value, samples, estimate.is_beyond)


class Share(Struct, frozen=True):
    """The share (0..1) of the events that match `part` among all that match `labels`."""

    family: str
    part: Pattern
    labels: Pattern
    by: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """A counter's line, its suffix being optional."""
        return (f"{self.family}_total", self.family)

    def cell(self, labels: Labels) -> Cell | None:
        """Give the group, and whether the series belongs to the part."""
        if not self.labels.matches(labels):
            return None
        return group_of(labels, self.by), self.part.matches(labels)

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Divide; without a single event there is no share."""
        total = sum(parts.values())
        return ReadingGroup(
            group, parts.get(True, 0.0) / total if total > 0 else None, round(total)
        )


class Rate(Share, frozen=True):
    """How many events a minute match `part`; the samples are all events that match `labels`.

    `over_s` is the window in seconds. Before half of it was seen there is no value: three events
    in the first second are no 180 a minute.
    """

    over_s: float = 60.0

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Divide by the time that was really covered."""
        seen = covered_s >= self.over_s / 2
        value = parts.get(True, 0.0) * 60 / covered_s if seen else None
        return ReadingGroup(group, value, round(sum(parts.values())))


def question(monitor: MetricsMonitor) -> WindowQuery:
    """Give what a card's monitor asks; ValueError for a wrong pattern, or for no question."""
    name, labels = family(monitor.of), _pattern(monitor.labels)
    if monitor.quantile is not None:
        return Quantile(name, monitor.quantile, labels, monitor.by)
    if monitor.share is not None:
        return Share(name, _pattern(monitor.share), labels, monitor.by)
    if monitor.rate is not None:
        return Rate(name, _pattern(monitor.rate), labels, monitor.by, monitor.over)
    raise ValueError(f"monitor {monitor.monitor} says neither quantile nor share nor rate")


def _pattern(labels: Mapping[str, str]) -> Pattern:
    try:
        return Pattern(labels)
    except re.error as error:
        raise ValueError(f"{error.pattern!r} is not a regular expression: {error.msg}") from error


def group_of(labels: Labels, by: str | None) -> str:
    """Give the value of the label `by`, empty when there is none."""
    return next((value for name, value in labels if name == by), "")
