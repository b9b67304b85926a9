"""Several things looked at by one check, and the one result that they make together."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from checks.core.base import Outcome, Result
from checks.core.text import one_line

_MOST_CHARACTERS = 300


class Finding(Struct, frozen=True):
    """One thing that was looked at, and a line that names it."""

    outcome: Outcome
    words: str


def passed(words: str) -> Finding:
    """Give a finding that is right."""
    return Finding(Outcome.PASSED, words)


def failed(words: str) -> Finding:
    """Give a finding that was measured and is wrong."""
    return Finding(Outcome.FAILED, words)


def unknown(words: str) -> Finding:
    """Give a finding that could not be measured."""
    return Finding(Outcome.UNKNOWN, words)


def combine(
    findings: Sequence[Finding], right: str, figures: Mapping[str, float] | None = None
) -> Result:
    """Give the worst outcome, with the evidence `right` when all is; the details are all findings.

    What failed is named first, then what is unknown. Nothing looked at is unknown.
    """
    details = tuple(one_line(each.words, _MOST_CHARACTERS) for each in findings)
    for worst in (Outcome.FAILED, Outcome.UNKNOWN):
        if any(each.outcome is worst for each in findings):
            return Result(worst, _faults(findings), details, figures or {})
    if not findings:
        return Result(Outcome.UNKNOWN, "there was nothing to look at")
    return Result(Outcome.PASSED, right, details, figures or {})


def _faults(findings: Sequence[Finding]) -> str:
    """Name the first three faults, and say how many more there are."""
    failures = [each.words for each in findings if each.outcome is Outcome.FAILED]
    faults = failures + [each.words for each in findings if each.outcome is Outcome.UNKNOWN]
    rest = len(faults) - 3
    shown = "; ".join(one_line(fault) for fault in faults[:3])
    return shown + (f"; and {rest} more" if rest > 0 else "")
