import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.loadgen.histogram import LatencyHistogram, merge

LATENCIES = st.lists(st.floats(0.0002, 60), min_size=1, max_size=200)


def tally(latencies: list[float]) -> LatencyHistogram:
    slots: dict[int, int] = {}
    for latency in latencies:
        slot = int(math.log(latency / 0.0001) / math.log(1.01))
        slots[slot] = slots.get(slot, 0) + 1
    return LatencyHistogram(len(latencies), total_s=sum(latencies), slots=slots)


@given(LATENCIES, st.floats(0.01, 1))
def test_a_percentile_is_right_within_one_percent(latencies: list[float], share: float) -> None:
    exact = sorted(latencies)[math.ceil(share * len(latencies)) - 1]
    assert tally(latencies).percentile_s(share) == pytest.approx(exact, rel=0.011)


@given(LATENCIES, LATENCIES)
def test_tallies_add_up(some: list[float], others: list[float]) -> None:
    both, whole = merge([tally(some), tally(others)]), tally(some + others)
    assert (both.count, both.slots) == (whole.count, whole.slots)
    assert both.average_s() == pytest.approx(whole.average_s())


@given(LATENCIES, st.floats(0.01, 1), st.floats(0.0002, 60))
def test_what_is_slower_than_a_limit_agrees_with_the_percentile(
    latencies: list[float], share: float, limit_s: float
) -> None:
    made = tally(latencies)
    left = made.count - math.ceil(share * made.count)
    assert (made.percentile_s(share) > limit_s) == (made.slower_than(limit_s) > left)


@pytest.mark.law(1)
def test_law_1_nothing_has_neither_average_nor_percentile() -> None:
    assert math.isnan(LatencyHistogram().average_s())
    assert math.isnan(LatencyHistogram().percentile_s(0.95))
