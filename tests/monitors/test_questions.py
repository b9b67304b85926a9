"""Quantiles, shares and rates out of increments."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.monitors.questions import Pattern, Quantile, Rate, Share, quantile, question
from tests.monitors.pages import errors, scraped

ANY = Pattern({})


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(any),
    st.floats(0.01, 0.99),
)
def test_a_quantile_lies_in_the_bucket_that_holds_its_rank(steps: list[int], q: float) -> None:
    bounds = [float(i + 1) for i in range(len(steps) - 1)] + [math.inf]
    cumulative = [float(sum(steps[: i + 1])) for i in range(len(steps))]
    value, beyond = quantile(q, list(zip(bounds, cumulative, strict=True)))
    assert value is not None
    holding = next(i for i, count in enumerate(cumulative) if count >= q * cumulative[-1])
    if beyond:
        assert bounds[holding] == math.inf
        assert value == bounds[-2]
    else:
        assert bounds[holding] - 1 <= value <= bounds[holding]


def test_counts_that_fall_within_a_scrape_are_levelled() -> None:
    value, beyond = quantile(0.9, [(0.1, 50.0), (0.2, 48.0), (0.4, 100.0), (math.inf, 99.0)])
    assert not beyond
    assert value == pytest.approx(0.36)


def test_a_histogram_without_its_inf_bucket_gives_nothing() -> None:
    assert quantile(0.95, [(0.1, 5.0), (0.2, 9.0)]) == (None, False)
    assert quantile(0.95, [(math.inf, 9.0)]) == (None, False)


def test_patterns_match_the_whole_value_and_a_missing_label_is_empty() -> None:
    assert Pattern({"code": "5.."}).matches((("code", "503"),))
    assert not Pattern({"code": "5.."}).matches((("code", "5030"),))
    assert Pattern({"canary": ""}).matches((("code", "503"),))


@pytest.mark.law(1)
def test_a_share_of_nothing_is_no_share() -> None:
    """Law 1: zero samples are no data."""
    assert Share("c", ANY, ANY).measure("", {True: 0.0, False: 0.0}, 60.0).value is None


def test_a_rate_waits_for_half_of_its_window() -> None:
    rate = Rate("c", ANY, ANY, None, 60.0)
    assert rate.measure("", {True: 3.0}, 1.0).value is None
    assert rate.measure("", {True: 50.0}, 30.0).value == 100.0
    assert rate.measure("", {False: 50.0}, 30.0).value == 0.0


def test_a_bucket_without_a_bound_is_an_error_in_words() -> None:
    with pytest.raises(ValueError, match="no readable bound"):
        Quantile("h", 0.95, ANY).cell((("le", "x"),))


def test_a_card_s_monitor_becomes_its_question() -> None:
    asked = question(errors(of="http_requests_total", by="version"))
    assert (asked.family, asked.by) == ("http_requests", "version")
    assert asked.names == ("http_requests_total", "http_requests")
    with pytest.raises(ValueError, match="not a regular expression"):
        question(scraped(share={"code": "5(."}))
