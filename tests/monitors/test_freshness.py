"""The age of a value by its timestamp: tests/monitors/test_metrics.py ages whole pages."""

import math

import httpx
import pytest

from cockpit.monitors.freshness import Freshness


@pytest.mark.law(1)
@pytest.mark.parametrize("stamp_s", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("headers", [{}, {"Date": "Sun, 01 Mar 2026 02:00:00 GMT"}])
def test_law_1_a_timestamp_that_is_no_instant_is_never_fresh(
    stamp_s: float, headers: dict[str, str]
) -> None:
    assert Freshness().age_s(0.0, stamp_s, httpx.Headers(headers)) == math.inf
