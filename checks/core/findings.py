"""The findings of a check that examines several things, and their combination into one result."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from checks.core.base import Outcome, Result
from checks.core.text import one_line

_MOST_CHARACTERS = 300


class Finding(Struct, frozen=True):
    """The outcome for one of the things that a check examines, and a line that names it."""

    outcome: Outcome
    words: str


def passed(words: str) -> Finding:
    """Return a finding that was measured and is right."""
    return Finding(Outcome.PASSED, words)


def failed(words: str) -> Finding:
    """Return a finding that was measured and is wrong."""
    return Finding(Outcome.FAILED, words)


def unknown(words: str) -> Finding:
    """Return a finding that could not be measured."""
    return Finding(Outcome.UNKNOWN, words)


def combine(
    findings: Sequence[Finding], right: str, figures: Mapping[str, float] | None = None
) -> Result:
    """Return the worst outcome as one result; its evidence is `right` if everything passed.

    The details are all findings. The evidence names failures first, then what is unknown. Without
    any finding the result is unknown.
    """
    details = tuple(one_line(each.words, _MOST_CHARACTERS) for each in findings)
    for worst in (Outcome.FAILED, Outcome.UNKNOWN):
        if any(each.outcome is worst for each in findings):
            return Result(worst, _faults(findings), details, figures or {})
    if not findings:
        return Result(Outcome.UNKNOWN, "there was nothing to look at")
    return Result(Outcome.PASSED, right, details, figures or {})


def _faults(findings: Sequence[Finding]) -> str:
    """Return the first three faults in one line, and the number of the others."""
    failures = [each.words for each in findings if each.outcome is Outcome.FAILED]
    faults = failures + [each.words for each in findings if each.outcome is Outcome.UNKNOWN]
    rest = len(faults) - 3
    shown = "; ".join(one_line(fault) for fault in faults[:3])
    return shown + (f"; and {rest} more" if rest > 0 else "")
