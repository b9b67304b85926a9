"""What is computed from the increments of counters: a quantile, a share or a rate. Pure.

A query assigns each series to a cell (`cell`) and computes a value from the increments of the cells
over a window (`measure`). A cell is a group and a part of it: a bucket's upper bound, or whether
the labels matched.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from checks.core.whole_pattern import WholePattern
from checks.telemetry.histogram_quantile import estimate_quantile
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.monitors.exposition import Labels, family
from cockpit.monitors.reading import ReadingGroup

Part = float | bool
Cell = tuple[str, Part]

NAME_LABEL = "__name__"
"""Under `labels`, the name of the line itself, as in PromQL."""


class WindowQuery(Protocol):
    """A value that a window computes."""

    @property
    def family(self) -> str:
        """The metric family that it reads."""

    @property
    def by(self) -> str | None:
        """The label whose values are judged separately."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the lines that count, best first; only one of them is used."""

    def cell(self, labels: Labels) -> Cell | None:
        """Return the cell of a series, None if it has none; raises ValueError if it is unusable."""

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Return a group's value from its increments over `covered_s` seconds."""


class Pattern:
    """Labels that must all match, each a pattern for the whole value.

    A label that a series does not have counts as empty. Raises ValueError if one is invalid.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._compiled = tuple((name, WholePattern(text)) for name, text in labels.items())

    def matches(self, labels: Labels) -> bool:
        """Whether all labels match."""
        values = dict(labels)
        return all(regex.matches(values.get(name, "")) for name, regex in self._compiled)

    def matches_name(self, name: str) -> bool:
        """Whether the name of a line matches, if there is a pattern for it."""
        return self.matches(((NAME_LABEL, name),))


class Quantile(Struct, frozen=True):
    """The `q` quantile (0..1) of a histogram, in seconds; `per_s` of its own unit are one."""

    family: str
    q: float
    labels: Pattern
    by: str | None = None
    per_s: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """The lines of the histogram's buckets."""
        return (f"{self.family}_bucket",)

    def cell(self, labels: Labels) -> Cell | None:
        """Return the group and the upper bound of the bucket."""
        if not self.labels.matches(labels):
            return None
        try:
            bound = float(dict(labels)["le"]) / self.per_s
        except (KeyError, ValueError):
            raise ValueError(f"{self.family}_bucket has no readable bound (le)") from None
        return group_of(labels, self.by), bound

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Estimate the quantile; the samples are the count of the widest bucket."""
        estimate = estimate_quantile(self.q, ((float(le), n) for le, n in parts.items()))
        samples = round(max(parts.values(), default=0.0))
        if estimate is None:
            return ReadingGroup(group, None, samples)
        return ReadingGroup(group, estimate.value, samples, (estimate.low, estimate.high))


class Share(Struct, frozen=True):
    """The share (0..1) of the events that match `part` in all events that match `labels`."""

    family: str
    part: Pattern
    labels: Pattern
    by: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The lines of the counter, whose suffix is optional."""
        return (f"{self.family}_total", self.family)

    def cell(self, labels: Labels) -> Cell | None:
        """Return the group, and whether the series belongs to the part."""
        if not self.labels.matches(labels):
            return None
        return group_of(labels, self.by), self.part.matches(labels)

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Divide the part by all events; without an event there is no share."""
        total = sum(parts.values())
        return ReadingGroup(
            group, parts.get(True, 0.0) / total if total > 0 else None, round(total)
        )


class Rate(Share, frozen=True):
    """The events per minute that match `part`; the samples are all events that match `labels`.

    `over_s` is the window in seconds. There is no value before half of it is covered: three events
    in the first second are not yet 180 per minute.
    """

    over_s: float = 60.0

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Divide by the time that is covered so far."""
        is_covered = covered_s >= self.over_s / 2
        value = parts.get(True, 0.0) * 60 / covered_s if is_covered else None
        return ReadingGroup(group, value, round(sum(parts.values())))


AnyQuery = Quantile | Share | Rate


class Exactly(Struct, frozen=True):
    """A query that reads the lines of one name alone, where a page has several that it may mean."""

    query: AnyQuery
    name: str

    @property
    def family(self) -> str:
        """The metric family that it reads."""
        return self.query.family

    @property
    def by(self) -> str | None:
        """The label whose values are judged separately."""
        return self.query.by

    @property
    def names(self) -> tuple[str, ...]:
        """The one name."""
        return (self.name,)

    def cell(self, labels: Labels) -> Cell | None:
        """Return the cell of a series, None if it has none."""
        return self.query.cell(labels)

    def measure(self, group: str, parts: Mapping[Part, float], covered_s: float) -> ReadingGroup:
        """Return a group's value from its increments over `covered_s` seconds."""
        return self.query.measure(group, parts, covered_s)


def window_query(monitor: MetricsMonitor) -> AnyQuery:
    """Return what a card's monitor computes.

    Raises ValueError for an invalid regular expression, or if the monitor computes nothing.
    """
    own = {label: text for label, text in monitor.labels.items() if label != NAME_LABEL}
    name, labels = family(monitor.of), Pattern(own)
    if monitor.quantile is not None:
        return Quantile(name, monitor.quantile, labels, monitor.by)
    if monitor.share is not None:
        return Share(name, Pattern(monitor.share), labels, monitor.by)
    if monitor.rate is not None:
        return Rate(name, Pattern(monitor.rate), labels, monitor.by, monitor.over)
    raise ValueError(f"monitor {monitor.monitor} says neither quantile nor share nor rate")


def group_of(labels: Labels, by: str | None) -> str:
    """Return the value of the label `by`, empty if there is none."""
    return next((value for name, value in labels if name == by), "")
