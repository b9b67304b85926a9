"""When a monitor breaches, trips, clears, and when it is blind."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cockpit.journal.events import MonitorStatus
from cockpit.monitors.judge import TripRule, Verdict, judge, rule
from cockpit.monitors.reading import Reading, ReadingGroup, plain
from tests.monitors.pages import errors, prometheus

OK, BREACHING = MonitorStatus.OK, MonitorStatus.BREACHING
TRIPPED, BLIND = MonitorStatus.TRIPPED, MonitorStatus.BLIND
RULE = TripRule(limit=0.25, for_s=10.0, clear_s=5.0, stale_s=3.0, samples=60, by="version")
BAD, GOOD, NOTHING = 0.3, 0.2, None


def run(*steps: tuple[float, float | None], by: TripRule = RULE) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for t_s, value in steps:
        reading = Reading(t_s, note="answered 503") if value is None else plain(t_s, value, 80)
        verdicts.append(judge(verdicts[-1] if verdicts else None, reading, by))
    return verdicts


def states(*steps: tuple[float, float | None], by: TripRule = RULE) -> list[MonitorStatus]:
    return [verdict.state for verdict in run(*steps, by=by)]


def test_a_value_at_the_limit_is_ok_and_one_over_it_breaches() -> None:
    assert states((0, 0.25)) == [OK]
    assert states((0, math.nextafter(0.25, 1))) == [BREACHING]


def test_a_breach_trips_after_its_window_and_not_before() -> None:
    verdicts = run((0, GOOD), (1, BAD), (10.9, BAD), (11, BAD))
    assert [one.state for one in verdicts] == [OK, BREACHING, BREACHING, TRIPPED]
    assert (verdicts[1].since_s, verdicts[1].trips_at_s) == (1, 11)
    assert (verdicts[3].since_s, verdicts[3].trips_at_s, verdicts[3].value) == (11, None, BAD)


def test_one_good_reading_ends_a_breach() -> None:
    assert states((0, BAD), (9, GOOD), (10, BAD), (19, BAD)) == [BREACHING, OK] + [BREACHING] * 2


def test_a_window_of_zero_trips_at_once() -> None:
    assert states((0, BAD), by=TripRule(limit=0.25)) == [TRIPPED]


def test_a_trip_clears_only_after_an_unbroken_wait() -> None:
    trip = ((0, BAD), (10, BAD))
    verdicts = run(*trip, (11, GOOD), (15.9, GOOD), (16, GOOD))
    assert [one.state for one in verdicts[2:]] == [TRIPPED, TRIPPED, OK]
    assert verdicts[2].clears_at_s == 16
    assert verdicts[4].clears_at_s is None
    assert states(*trip, (11, GOOD), (15, BAD), (16, GOOD), (20, GOOD))[-1] is TRIPPED


@pytest.mark.law(1)
def test_law_1_a_trip_without_data_stays_tripped_and_blindness_clears_nothing() -> None:
    verdicts = run((0, BAD), (10, BAD), (11, GOOD), (14, NOTHING), (30, GOOD), (34, GOOD))
    assert [one.state for one in verdicts[2:]] == [TRIPPED] * 4
    assert verdicts[3].note == "answered 503"
    assert verdicts[5].clears_at_s == 35


@pytest.mark.law(1)
def test_law_1_a_short_blindness_keeps_the_breach_but_cannot_trip() -> None:
    verdicts = run((0, BAD), (9, BAD), (10, NOTHING), (12, NOTHING), (13, BAD))
    assert [one.state for one in verdicts] == [BREACHING, BREACHING, BLIND, BLIND, TRIPPED]
    assert verdicts[3].trips_at_s is None


def test_a_blindness_longer_than_stale_begins_the_breach_anew() -> None:
    verdicts = run((0, BAD), (9, BAD), (10, NOTHING), (13.1, BAD), (23, BAD), (23.1, BAD))
    assert [one.state for one in verdicts[3:]] == [BREACHING, BREACHING, TRIPPED]
    assert verdicts[3].since_s == 13.1


@pytest.mark.law(1)
def test_law_1_long_blind_second_by_second_one_bad_reading_does_not_trip() -> None:
    """Each blind reading is younger than `stale`: all of them together are not."""
    blind = tuple((float(second), NOTHING) for second in range(2, 30))
    verdicts = run((0, BAD), (1, BAD), *blind, (30, BAD))
    assert [verdicts[-2].state, verdicts[-1].state] == [BLIND, BREACHING]
    assert verdicts[-1].trips_at_s == 40


@pytest.mark.law(1)
def test_law_1_a_tripped_monitor_without_enough_samples_is_not_learning() -> None:
    """Learning is what a monitor may be that was never judged; a trip is not forgotten over it."""
    verdict = run((0, BAD), (10, BAD))[-1]
    for t_s in (11.0, 12.0):
        verdict = judge(verdict, grouped(ReadingGroup("new", 0.1, 3), t_s=t_s), RULE)
        assert (verdict.state, verdict.learning) == (TRIPPED, False)
        assert verdict.note == "version new: 3 of 60 requests"


EACH_SECOND = replace(RULE, every_s=1.0)


def bridged(t_s: float, from_s: float, value: float) -> Reading:
    return Reading(t_s, (ReadingGroup("", value, 80),), from_s=from_s)


@pytest.mark.law(1)
@pytest.mark.parametrize("stale_s", [3.0, 15.0])
def test_law_1_errors_across_a_gap_count_from_its_start(stale_s: float) -> None:
    """Both ends of the counters are known: what was bad over all of the gap is sustained."""
    by = replace(EACH_SECOND, stale_s=stale_s)
    before = run((0, GOOD), (1, GOOD), (2, NOTHING), (10, NOTHING), by=by)[-1]
    assert judge(before, bridged(11, 1, BAD), by).state is TRIPPED
    soon = judge(run((0, GOOD), (1, GOOD), (2, NOTHING), by=by)[-1], bridged(8, 1, BAD), by)
    assert (soon.state, soon.trips_at_s) == (BREACHING, 11)
    assert judge(before, bridged(11, 1, GOOD), by).state is OK


@pytest.mark.law(1)
def test_law_1_errors_while_the_cockpit_stood_still_count_from_its_stop() -> None:
    """Nothing says blind: nobody looked."""
    before = run((0, GOOD), (1, GOOD), by=EACH_SECOND)[-1]
    assert judge(before, bridged(13, 1, BAD), EACH_SECOND).state is TRIPPED
    assert judge(before, bridged(9, 1, BAD), EACH_SECOND).trips_at_s == 11


@pytest.mark.law(1)
def test_law_1_a_breach_goes_on_over_a_gap_that_counters_bridge() -> None:
    before = run((0, BAD), (4, BAD), (5, NOTHING), (8.5, NOTHING), by=EACH_SECOND)[-1]
    assert judge(before, bridged(9, 4, BAD), EACH_SECOND).trips_at_s == 10
    assert judge(before, bridged(10, 4, BAD), EACH_SECOND).state is TRIPPED
    assert judge(before, bridged(10, 4, GOOD), EACH_SECOND).state is OK


@pytest.mark.law(1)
def test_law_1_two_bad_values_an_hour_apart_are_not_sustained() -> None:
    """A value of one instant speaks for no gap, also where nobody looked and none was blind."""
    before = run((0, BAD), (1, BAD), by=EACH_SECOND)[-1]
    after = judge(before, plain(3601, BAD, 80), EACH_SECOND)
    assert (after.state, after.trips_at_s) == (BREACHING, 3611)
    woken = judge(judge(before, Reading(3601), EACH_SECOND), plain(3602, BAD, 80), EACH_SECOND)
    assert (woken.state, woken.trips_at_s) == (BREACHING, 3612)
    short = judge(before, plain(5, BAD, 80), EACH_SECOND)
    assert short.trips_at_s == 10


@pytest.mark.law(1)
def test_law_1_a_trip_does_not_clear_while_nobody_looks() -> None:
    trip = ((0, BAD), (3, BAD), (6, BAD), (9, BAD), (10, BAD), (11, GOOD))
    verdicts = run(*trip, (60, GOOD), (62, GOOD), (65, GOOD), by=EACH_SECOND)
    assert [one.state for one in verdicts[4:]] == [TRIPPED] * 4 + [OK]


@pytest.mark.law(1)
def test_law_1_too_few_samples_for_long_are_no_gap_that_is_bridged() -> None:
    """The page came all the time; of the time without enough requests nothing is known."""
    before = run((0, BAD), (4, BAD), (5, NOTHING), (20, NOTHING), by=EACH_SECOND)[-1]
    assert judge(before, bridged(21, 20, BAD), EACH_SECOND).trips_at_s == 31


def test_a_reading_of_the_normal_period_begins_a_breach_now() -> None:
    before = run((0, GOOD), (1, NOTHING), by=EACH_SECOND)[-1]
    assert judge(before, bridged(2, 0, BAD), EACH_SECOND).trips_at_s == 12


@pytest.mark.law(1)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_law_1_what_is_no_number_is_blind(value: float) -> None:
    verdict = judge(None, plain(0.0, value, 80), RULE)
    assert (verdict.state, verdict.value) == (BLIND, None)


def grouped(*groups: ReadingGroup, t_s: float = 0.0) -> Reading:
    return Reading(t_s, groups)


@pytest.mark.law(1)
def test_law_1_a_group_under_its_floor_blinds_and_says_how_much_is_missing() -> None:
    reading = grouped(ReadingGroup("2.4.0", 0.1, 900), ReadingGroup("2.5.0", 0.1, 12))
    verdict = judge(None, reading, RULE)
    assert (verdict.state, verdict.learning) == (BLIND, True)
    assert verdict.note == "version 2.5.0: 12 of 60 requests"


@pytest.mark.law(1)
@pytest.mark.parametrize("samples", [60, 900])
def test_law_1_enough_requests_without_a_value_are_blind_and_said(samples: int) -> None:
    """A rate whose window is half empty counts requests and has no value."""
    verdict = judge(None, grouped(ReadingGroup("2.5.0", None, samples)), RULE)
    assert (verdict.state, verdict.value) == (BLIND, None)
    assert verdict.note == f"version 2.5.0: {samples} requests, but no value yet"


def test_a_breach_of_one_group_shows_even_while_another_is_under_its_floor() -> None:
    verdict = judge(
        None, grouped(ReadingGroup("2.4.0", 0.3, 900), ReadingGroup("2.5.0", 0.1, 12)), RULE
    )
    assert (verdict.state, verdict.samples, verdict.note) == (BREACHING, 900, "version 2.4.0")


def test_the_worst_group_counts() -> None:
    verdict = judge(
        None, grouped(ReadingGroup("2.4.0", 0.1, 900), ReadingGroup("2.5.0", 0.2, 80)), RULE
    )
    assert (verdict.state, verdict.value, verdict.note) == (OK, 0.2, "version 2.5.0")


def test_learning_ends_when_a_group_was_once_judged_and_begins_again_when_it_left() -> None:
    stable, canary = ReadingGroup("2.4.0", 0.1, 900), ReadingGroup("2.5.0", 0.1, 80)
    few = ReadingGroup("2.5.0", 0.1, 12)
    verdict = judge(None, grouped(stable, canary), RULE)
    drains = judge(verdict, grouped(stable, few, t_s=1.0), RULE)
    assert (drains.state, drains.learning) == (BLIND, False)
    gone = judge(drains, grouped(stable, t_s=2.0), RULE)
    assert gone.state is OK
    assert judge(gone, grouped(stable, few, t_s=3.0), RULE).learning


def test_no_traffic_is_learning_at_the_start_and_a_loss_later() -> None:
    quiet = Reading(0.0, note="no event in 1m", learning=True)
    assert judge(None, quiet, RULE).learning
    assert not judge(judge(None, plain(0.0, GOOD, 80), RULE), quiet, RULE).learning
    assert not judge(None, Reading(0.0, note="answered 503"), RULE).learning


@pytest.mark.law(1)
def test_beyond_the_highest_bucket_is_never_ok() -> None:
    """Law 1: over 250 ms, but by how much is not known, breaches 250 ms and says nothing of 1 s."""
    beyond = grouped(ReadingGroup("", 0.25, 80, between=(0.25, math.inf)))
    assert judge(None, beyond, RULE).state is BREACHING
    far = judge(None, beyond, TripRule(limit=1.0))
    assert far.state is BLIND
    assert "highest bucket" in far.note


def test_a_card_s_monitor_states_its_rule() -> None:
    got = rule(errors(**{"for": "2m", "clear": "30s", "by": "version", "stale": "2s"}))
    assert (got.limit, got.for_s, got.clear_s, got.samples, got.by) == (
        *(0.005, 120.0, 30.0, 60),
        "version",
    )
    assert got.stale_s == 2.0
    assert rule(errors(every="30s")).stale_s == 60.0
    assert rule(prometheus()).samples == 1


STEPS = st.lists(
    st.tuples(st.sampled_from([0.1, 0.5, 1.0, 2.5, 4.0]), st.sampled_from([BAD, GOOD, NOTHING])),
    min_size=1,
    max_size=60,
)


def timed(steps: list[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    t_s, out = 0.0, []
    for gap_s, value in steps:
        t_s += gap_s
        out.append((t_s, value))
    return out


@pytest.mark.law(1)
@given(STEPS)
def test_law_1_no_data_never_gives_ok(steps: list[tuple[float, float | None]]) -> None:
    given_steps = timed(steps)
    for (_, value), verdict in zip(given_steps, run(*given_steps), strict=True):
        if value is NOTHING:
            assert verdict.state in {BLIND, TRIPPED}
            assert verdict.value is None


@given(STEPS)
def test_it_never_trips_earlier_than_its_window(steps: list[tuple[float, float | None]]) -> None:
    given_steps = timed(steps)
    before: Verdict | None = None
    for (t_s, value), verdict in zip(given_steps, run(*given_steps), strict=True):
        if verdict.state is TRIPPED and (before is None or before.state is not TRIPPED):
            window = [v for at_s, v in given_steps if t_s - RULE.for_s < at_s <= t_s]
            assert value is BAD
            assert GOOD not in window
            assert any(v is BAD and t_s - at >= RULE.for_s for at, v in given_steps)
        before = verdict


@given(STEPS, st.floats(-1e6, 1e6))
def test_only_differences_of_time_matter(
    steps: list[tuple[float, float | None]], shift_s: float
) -> None:
    shift_s = round(shift_s * 2) / 2
    steps = [(max(0.5, round(gap_s * 2) / 2), value) for gap_s, value in steps]
    moved = [(t_s + shift_s, value) for t_s, value in timed(steps)]
    assert states(*timed(steps)) == states(*moved)
