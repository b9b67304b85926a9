"""What a query reads, and how old that is."""

import pytest

from checks.telemetry.promql_selectors import read_query
from checks.telemetry.query_age import oldest_stamp, stamps_query
from checks.telemetry.query_response import VectorSeries


@pytest.mark.parametrize(
    ("query", "selectors"),
    [
        ("up", ["up"]),
        ('up{job="a}"} # it is {here}', ['up{job="a}"}']),
        ("sum by (le, job) (rate(x_bucket[5m]))", ["x_bucket"]),
        ("sum(rate(x[5m])) by (le) or vector(0)", ["x"]),
        ('histogram_quantile(0.95, sum by(le) (rate(d{c=~"2..", v!~"a"}[1m])))',
         ['d{c=~"2..",v!~"a"}']),
        ("a / on (job) group_left (version) b", ["a", "b"]),
        ("a and b unless c or d atan2 e", ["a", "b", "c", "d", "e"]),
        ("topk(3, job:errors:rate5m) > bool 0.5e-3", ["job:errors:rate5m"]),
        ("x + x", ["x"]),
        ('{__name__="x", a="b"}', ['{__name__="x",a="b"}']),
        ('count_values("v", x)', ["x"]),
        ("max_over_time(rate(x[5m])[1h:1m])", ["x"]),
        ("scalar(x) * -Inf + NaN", ["x"]),
        ("SUM(x) WITHOUT (a)", ["x"]),
        ("vector(0) + time() - 1h30m", []),
    ],
)  # fmt: skip
def test_the_selectors_of_a_query(query: str, selectors: list[str]) -> None:
    assert [one.text for one in read_query(query).selectors] == selectors


@pytest.mark.parametrize(
    ("query", "shifted"),
    [
        ("x offset 1d", [True]),
        ("rate(x[5m] offset -1h)", [True]),
        ("x @ end() offset 5m", [True]),
        ("x @ 1609746000", [True]),
        ("rate(x[5m]) / rate(x[5m] offset 1d)", [False, True]),
        ("max_over_time(x[1h:1m] offset 1d)", [True]),
    ],
)
def test_what_reads_another_time(query: str, shifted: list[bool]) -> None:
    assert [one.is_shifted for one in read_query(query).selectors] == shifted


@pytest.mark.parametrize(
    ("query", "is_bare"),
    [
        ("up", True), ('up{a="b"}', True), ("(up)", False), ("2 * up", False), ("-up", False),
        ("up[5m]", False), ("up offset 5m", False),
    ],
)  # fmt: skip
def test_only_a_selector_alone_is_bare(query: str, is_bare: bool) -> None:
    assert read_query(query).is_bare is is_bare


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("vector(0)", "reads no series"),
        ("time()", "reads no series"),
        ("max(x offset 1d)", "only the past"),
        ("sum(x{", "not closed"),
        ("x ? y", "not understood"),
        (" + ".join(f"x{number}" for number in range(21)), "21 selectors"),
    ],
)
def test_law_1_an_age_that_cannot_be_told_is_said(query: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        stamps_query(query)


def stamp(at: int, number: str = "100") -> VectorSeries:
    return VectorSeries((130.0, number), {"cockpit_selector": str(at)})


@pytest.mark.law(1)
def test_law_1_a_selector_without_series_has_no_age() -> None:
    """Whether `or vector(0)` stands for no event or for a dead target cannot be told."""
    with pytest.raises(ValueError, match="no series of hits now"):
        oldest_stamp("sum(rate(hits[5m])) or vector(0)", [])
    with pytest.raises(ValueError, match="no series of errors now"):
        oldest_stamp("(sum(errors) or vector(0)) / sum(hits)", [stamp(1)])
    share = '(sum(hits{code="5"}) or vector(0)) / sum(hits)'
    assert oldest_stamp(share, [stamp(1)]) == 100.0
    assert oldest_stamp(share, [stamp(0, "90"), stamp(1)]) == 90.0


@pytest.mark.law(1)
def test_law_1_what_must_be_absent_needs_no_series_but_is_no_age() -> None:
    with pytest.raises(ValueError, match="absent"):
        oldest_stamp("absent(hits)", [])
    assert oldest_stamp("absent(hits) or up", [stamp(1)]) == 100.0
