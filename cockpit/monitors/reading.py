"""What one measurement of a monitor gave."""

from msgspec import Struct


class ReadingGroup(Struct, frozen=True):
    """One value that is judged alone: of one version, say, or of all together (name empty).

    `samples` is the number of events behind it. With `at_least` the true value is over `value`, by
    how much is not known: it lies beyond the highest bucket of a histogram.
    """

    name: str
    value: float | None
    samples: int
    at_least: bool = False


class Reading(Struct, frozen=True):
    """A measurement of the instant `t_s` (monotonic seconds); without groups it saw nothing.

    `note` says why nothing was seen, or what is to be known beside the value. `learning` says that
    nothing is wrong: what is missing is only time.
    """

    t_s: float
    groups: tuple[ReadingGroup, ...] = ()
    note: str = ""
    learning: bool = False

    @property
    def value(self) -> float | None:
        """The worst of the groups' values, None when there is none."""
        values = [group.value for group in self.groups if group.value is not None]
        return max(values, default=None)

    @property
    def samples(self) -> int:
        """The number of events behind all groups together."""
        return sum(group.samples for group in self.groups)


def plain(t_s: float, value: float | None, samples: int, note: str = "") -> Reading:
    """Make a reading of a single value that belongs to no group."""
    return Reading(t_s, (ReadingGroup("", value, samples),), note)
