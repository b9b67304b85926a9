"""The findings of a check that examines several things, and their combination into one result."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from checks.core.base import Outcome, Result
from checks.core.text import one_line

_MOST_CHARACTERS = 300


class Finding(Struct, frozen=True):
    """The outcome for one of the things that a check examines, and one line of evidence."""

    outcome: Outcome
    evidence: str


def passed(evidence: str) -> Finding:
    """Return a finding that was measured and is right."""
    return Finding(Outcome.PASSED, evidence)


def failed(evidence: str) -> Finding:
    """Return a finding that was measured and is wrong."""
    return Finding(Outcome.FAILED, evidence)


def unknown(evidence: str) -> Finding:
    """Return a finding that could not be measured."""
    return Finding(Outcome.UNKNOWN, evidence)


def combine(
    findings: Sequence[Finding], right: str, figures: Mapping[str, float] | None = None
) -> Result:
    """Return the worst outcome as one result; its evidence is `right` if everything passed.

    The details are all findings. The evidence names failures first, then what is unknown. Without
    any finding the result is unknown.
    """
    details = tuple(one_line(finding.evidence, _MOST_CHARACTERS) for finding in findings)
    for worst in (Outcome.FAILED, Outcome.UNKNOWN):
        if any(finding.outcome is worst for finding in findings):
            return Result(worst, _faults(findings), details, figures or {})
    if not findings:
        return Result(Outcome.UNKNOWN, "there was nothing to look at")
    return Result(Outcome.PASSED, right, details, figures or {})


def _faults(findings: Sequence[Finding]) -> str:
    """Return the first three faults in one line, and the number of the others."""
    failures = [finding.evidence for finding in findings if finding.outcome is Outcome.FAILED]
    faults = failures + [
        finding.evidence for finding in findings if finding.outcome is Outcome.UNKNOWN
    ]
    rest = len(faults) - 3
    shown = "; ".join(one_line(fault) for fault in faults[:3])
    return shown + (f"; and {rest} more" if rest > 0 else "")
