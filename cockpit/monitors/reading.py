"""The result of one measurement of a monitor."""

from msgspec import Struct


class ReadingGroup(Struct, frozen=True):
    """One value that is judged separately: of one version, or of all together (empty name).

    `samples` is the number of events behind it. A `value` that is estimated from the buckets of a
    histogram is over the first and at most the second bound of `between`, infinite beyond the
    highest bucket; where in between is not known.
    """

    name: str
    value: float | None
    samples: int
    between: tuple[float, float] | None = None


class Reading(Struct, frozen=True):
    """A measurement at the instant `t_s` (monotonic seconds); without groups there is no value.

    `note` is the reason why there is none, or what to know beside the value. With `learning`
    nothing is wrong: only time is missing. What counters gained since `from_s` is in the value, so
    that nothing between is unknown; None where a value is of one instant.
    """

    t_s: float
    groups: tuple[ReadingGroup, ...] = ()
    note: str = ""
    learning: bool = False
    from_s: float | None = None

    @property
    def value(self) -> float | None:
        """The highest of the groups' values, None if there is none."""
        values = [group.value for group in self.groups if group.value is not None]
        return max(values, default=None)

    @property
    def samples(self) -> int:
        """The number of events behind all groups."""
        return sum(group.samples for group in self.groups)


def plain(t_s: float, value: float | None, samples: int, note: str = "") -> Reading:
    """Return a reading of a single value that belongs to no group."""
    return Reading(t_s, (ReadingGroup("", value, samples),), note)
