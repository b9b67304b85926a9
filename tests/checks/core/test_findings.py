import pytest

from checks.core.base import Outcome, Result
from checks.core.findings import combine, failed, passed, unknown


def test_all_right() -> None:
    seen = combine([passed("a"), passed("b")], "2 of 2", {"a": 1.0})
    assert seen == Result(Outcome.PASSED, "2 of 2", ("a", "b"), {"a": 1.0})


def test_what_failed_is_named_before_what_is_unknown() -> None:
    seen = combine([unknown("c"), passed("a"), failed("b")], "right")
    assert seen == Result(Outcome.FAILED, "b; c", ("c", "a", "b"))
    assert combine([unknown("c"), passed("a")], "right").outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
def test_law_1_nothing_looked_at_is_unknown() -> None:
    assert combine([], "right").outcome is Outcome.UNKNOWN


@pytest.mark.law(9)
def test_law_9_evidence_is_one_bounded_line() -> None:
    seen = combine([failed(f"{n}\n" + "x" * 1000) for n in range(9)], "right")
    assert "\n" not in seen.evidence
    assert seen.evidence.endswith("; and 6 more")
    assert len(seen.evidence) < 600
    assert all(len(line) <= 300 for line in seen.details)
