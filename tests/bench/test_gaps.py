"""The simulation of sustained rules over gaps: the same seed gives the same trips."""

import pytest

from bench import gaps

KINDS = {kind.name: kind for kind in (gaps.NONE, *gaps.ALL)}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_fault_that_stays_trips_with_gaps_no_later_than_one_gap_more(kind: gaps.Gaps) -> None:
    monitor = gaps.watched("30s", "15s")
    plain_s = gaps.seconds_to_trip(monitor, gaps.NONE, run=1)
    assert 30 <= plain_s <= 45
    assert 0 < gaps.seconds_to_trip(monitor, kind, run=1) <= plain_s + kind.longest_s + 1
    assert gaps.seconds_to_trip(monitor, kind, run=1) == gaps.seconds_to_trip(monitor, kind, run=1)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_short_bursts_trip_no_rule_that_outlasts_gap_and_window(kind: gaps.Gaps) -> None:
    assert not gaps.trips_falsely(gaps.watched("2m", "30s"), kind, run=1)
