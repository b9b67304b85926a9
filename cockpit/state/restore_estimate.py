"""How long a restore of the database takes, as a check of this run has measured it."""

from msgspec import Struct

from checks.core.base import Outcome
from cockpit.journal import events as ev

FIGURE = "restore_s"
"""The figure of a `restore` check that says it; an `all` with one in it has it, too."""


class Restored(Struct, frozen=True):
    """What a step has measured over all its tries, in seconds; None where nothing was.

    `whole_s` is of the newest try that passed: what was restored is all that was dumped. `part_s`
    is of the newest try after it that failed or is unknown.
    """

    whole_s: float | None = None
    part_s: float | None = None

    def after(self, event: ev.StepEnded) -> "Restored":
        """Give what is known after one more try; one that measured no restore takes nothing."""
        took_s = event.figures.get(FIGURE)
        if took_s is None:
            return self
        if event.outcome is Outcome.PASSED:
            return Restored(took_s)
        return Restored(self.whole_s, took_s)

    def expected_s(self, assumed_s: float) -> float | None:
        """Give how long a restore is expected to take; None where `assumed_s` is still to hold.

        A restore that lost rows, or that nobody could compare, ran to its end all the same; but
        only a part may have been restored. Its time is no proof that a whole one is as quick, so it
        never shortens what is expected. A whole one takes at least as long, so it may lengthen it:
        a way back that is forecast too short ends after the window.
        """
        known_s = assumed_s if self.whole_s is None else self.whole_s
        if self.part_s is not None and self.part_s > known_s:
            return self.part_s
        return self.whole_s
