"""The errors of a rehearsal's world."""

from cockpit.foundation.errors import UnmeasuredError


class RehearsalError(UnmeasuredError):
    """The world of a rehearsal could not be started or reached; the message says why."""


class PortTakenError(RehearsalError):
    """A port that was free a moment ago is in use; a new world tries again with other ports."""
