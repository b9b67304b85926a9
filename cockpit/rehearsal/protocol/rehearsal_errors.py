"""What can go wrong with a rehearsal's world."""

from cockpit.foundation.errors import UnmeasuredError


class RehearsalError(UnmeasuredError):
    """The world of a rehearsal could not be made or reached; the sentence says why."""


class PortTakenError(RehearsalError):
    """A port that was free a moment ago is in use; a fresh world tries again with others."""
