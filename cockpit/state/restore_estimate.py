"""How long a restore of the database takes, as a check of this run has measured it."""

from msgspec import Struct

from checks.core.base import Outcome
from cockpit.journal import events as ev

FIGURE = "restore_s"
"""The figure that holds it, of a `restore` check or of an `all` with such a check in it."""


class RestoreEstimate(Struct, frozen=True):
    """What a step has measured over all its tries, in seconds; None if nothing was measured.

    `whole_s` is of the newest try that passed: all that was dumped was restored. `part_s` is of the
    newest try after that one which failed or is unknown.
    """

    whole_s: float | None = None
    part_s: float | None = None

    def after(self, event: ev.StepEnded) -> "RestoreEstimate":
        """Return the estimate after one more try; a try that measured no restore changes nothing.

        A try that passed replaces everything that was measured before.
        """
        took_s = event.figures.get(FIGURE)
        if took_s is None:
            return self
        if event.outcome is Outcome.PASSED:
            return RestoreEstimate(took_s)
        return RestoreEstimate(self.whole_s, took_s)

    def expected_s(self, assumed_s: float) -> float | None:
        """Return the expected seconds of a restore; None if `assumed_s` is to be used.

        A restore that lost rows, or whose rows could not be compared, ran to its end all the same,
        but only a part may have been restored. A whole one takes at least as long: such a time may
        lengthen what is expected and never shortens it. A rollback whose forecast is too short
        would end after the window.
        """
        known_s = assumed_s if self.whole_s is None else self.whole_s
        if self.part_s is not None and self.part_s > known_s:
            return self.part_s
        return self.whole_s
