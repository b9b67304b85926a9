"""Quantiles, shares and rates out of increments."""

import math

import pytest

from cockpit.monitors.window_query import Pattern, Quantile, Rate, Share, window_query
from tests.monitors.pages import errors, scraped

ANY = Pattern({})


def test_patterns_match_the_whole_value_and_a_missing_label_is_empty() -> None:
    assert Pattern({"code": "5.."}).matches((("code", "503"),))
    assert not Pattern({"code": "5.."}).matches((("code", "5030"),))
    assert Pattern({"canary": ""}).matches((("code", "503"),))


@pytest.mark.law(1)
def test_a_share_of_nothing_is_no_share() -> None:
    """Law 1: zero samples are no data."""
    assert Share("c", ANY, ANY).measure("", {True: 0.0, False: 0.0}, 60.0).value is None


def test_a_share_of_a_single_event_is_one() -> None:
    measured = Share("c", ANY, ANY).measure("", {True: 1.0}, 60.0)
    assert (measured.value, measured.samples) == (1.0, 1)


@pytest.mark.law(1)
def test_law_1_a_quantile_of_nothing_is_none_and_has_no_samples() -> None:
    for parts in ({}, {0.1: 0.0, math.inf: 0.0}):
        measured = Quantile("h", 0.95, ANY).measure("", parts, 60.0)
        assert (measured.value, measured.samples) == (None, 0)


def test_bounds_in_another_unit_become_seconds() -> None:
    in_ms = Quantile("h", 0.95, ANY, per_s=1000.0)
    assert in_ms.cell((("le", "250"),)) == ("", 0.25)


def test_a_rate_waits_for_half_of_its_window() -> None:
    rate = Rate("c", ANY, ANY)
    assert rate.measure("", {True: 3.0}, 1.0).value is None
    assert rate.measure("", {True: 50.0}, 29.9).value is None
    assert rate.measure("", {True: 50.0}, 30.0).value == 100.0
    assert rate.measure("", {False: 50.0}, 30.0).value == 0.0


def test_a_bucket_without_a_bound_is_an_error_in_words() -> None:
    with pytest.raises(ValueError, match="no readable bound"):
        Quantile("h", 0.95, ANY).cell((("le", "x"),))


def test_a_card_s_monitor_becomes_its_question() -> None:
    asked = window_query(errors(of="http_requests_total", by="version"))
    assert (asked.family, asked.by) == ("http_requests", "version")
    assert asked.names == ("http_requests_total", "http_requests")
    named = window_query(errors(labels={"Method": "GET", "__name__": "http_requests_total"}))
    assert named.cell((("Method", "GET"), ("code", "503"))) == ("", True)
    assert named.cell((("Method", "PUT"), ("code", "503"))) is None
    with pytest.raises(ValueError, match="not a regular expression"):
        window_query(scraped(share={"code": "5(."}))
