"""One estimate of a quantile, and what a check and a monitor make of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.core.base import Outcome
from checks.telemetry.histogram_quantile import QuantileEstimate, estimate_quantile
from checks.telemetry.objectives import judge_quantile
from cockpit.journal.events import MonitorStatus
from cockpit.monitors.judge import TripRule, judge
from cockpit.monitors.reading import Reading
from cockpit.monitors.window_query import Pattern, Quantile


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(any),
    st.floats(0.01, 0.99),
)
def test_a_quantile_lies_in_the_bucket_that_holds_its_rank(steps: list[int], q: float) -> None:
    bounds = [float(i + 1) for i in range(len(steps) - 1)] + [math.inf]
    cumulative = [float(sum(steps[: i + 1])) for i in range(len(steps))]
    estimate = estimate_quantile(q, zip(bounds, cumulative, strict=True))
    assert estimate is not None
    holding = next(i for i, count in enumerate(cumulative) if count >= q * cumulative[-1])
    if estimate.is_beyond:
        assert bounds[holding] == math.inf
        assert estimate.value == bounds[-2]
    else:
        assert bounds[holding] - 1 <= estimate.value <= bounds[holding]


def test_counts_that_fall_within_a_scrape_are_levelled() -> None:
    buckets = [(0.1, 50.0), (0.2, 48.0), (0.4, 100.0), (math.inf, 99.0)]
    estimate = estimate_quantile(0.9, buckets)
    assert estimate is not None
    assert not estimate.is_beyond
    assert estimate.value == pytest.approx(0.36)


def test_a_histogram_without_its_inf_bucket_gives_nothing() -> None:
    assert estimate_quantile(0.95, [(0.1, 5.0), (0.2, 9.0)]) is None
    assert estimate_quantile(0.95, [(math.inf, 9.0)]) is None


BEYOND = [(0.1, 40.0), (0.2, 60.0), (math.inf, 100.0)]
"""The 95th percentile lies beyond the last finite bound, 200 ms."""


@pytest.mark.parametrize(
    ("limit_s", "outcome", "status"),
    [
        (0.1, Outcome.FAILED, MonitorStatus.TRIPPED),
        (0.2, Outcome.FAILED, MonitorStatus.TRIPPED),
        (0.3, Outcome.UNKNOWN, MonitorStatus.BLIND),
    ],
)
def test_beyond_the_last_bound_each_caller_has_its_own_verdict(
    limit_s: float, outcome: Outcome, status: MonitorStatus
) -> None:
    """A limit over the last bound cannot be compared: unknown for a check, blind for a monitor."""
    estimate = estimate_quantile(0.95, BEYOND)
    assert estimate == QuantileEstimate(0.2, 0.2, math.inf)
    finding = judge_quantile("p95", limit_s, estimate)
    assert finding.outcome is outcome
    assert finding.evidence.startswith("p95 is over 200 ms, its last bucket, limit ")
    group = Quantile("x", 0.95, Pattern({})).measure("", dict(BEYOND), 60.0)
    assert (group.value, group.samples, group.between) == (0.2, 100, (0.2, math.inf))
    verdict = judge(None, Reading(0.0, (group,)), TripRule(limit=limit_s))
    assert verdict.state is status
    if status is MonitorStatus.BLIND:
        assert verdict.note == "cannot be told: over 200 ms, the highest bucket"


def test_without_observations_a_check_is_unknown_and_a_monitor_has_no_value() -> None:
    empty = {0.1: 0.0, math.inf: 0.0}
    assert estimate_quantile(0.95, empty.items()) is None
    assert judge_quantile("p95", 0.1, None).evidence == "p95 has no data"
    group = Quantile("x", 0.95, Pattern({})).measure("", empty, 60.0)
    assert (group.value, group.samples, group.between) == (None, 0, None)


@pytest.mark.law(1)
def test_law_1_a_limit_inside_of_the_bucket_is_unknown() -> None:
    """An estimate of 188 ms from bounds at 100 and 300 ms says nothing of a limit of 250 ms."""
    estimate = estimate_quantile(0.95, [(0.1, 91.0), (0.3, 100.0), (math.inf, 100.0)])
    finding = judge_quantile("p95", 0.25, estimate)
    assert finding.outcome is Outcome.UNKNOWN
    assert "between the bounds 100 ms and 300 ms, and so is the limit 250 ms" in finding.evidence
    assert judge_quantile("p95", 0.3, estimate).outcome is Outcome.PASSED
    assert judge_quantile("p95", 0.1, estimate).outcome is Outcome.FAILED
