"""What counts as hold: only time in which every watched monitor had fresh data."""

import pytest

from cockpit.journal import events as ev
from cockpit.state.hold_watch import HoldWatch, lost, sampled


def seen(age_s: float = 0.0) -> ev.MonitorSample:
    return ev.MonitorSample(state=ev.MonitorStatus.OK, value=0.1, samples=80, age_s=age_s)


BLIND = ev.MonitorSample(state=ev.MonitorStatus.BLIND, value=None, samples=0)


def counted(*samples: tuple[float, ev.MonitorSample], every_s: float = 1.0) -> tuple[float, float]:
    """Return the seconds watched and blind of a hold that began at 0."""
    watch = HoldWatch({"p95": every_s}, 0.0)
    for at_s, sample in samples:
        watch = sampled(watch, at_s, {"p95": sample})
    return watch.watched_s, watch.blind_s


def every_second(*samples: ev.MonitorSample) -> list[tuple[float, ev.MonitorSample]]:
    return [(float(at_s), sample) for at_s, sample in enumerate(samples, start=1)]


@pytest.mark.law(1)
def test_law_1_time_without_data_is_no_hold() -> None:
    gone = every_second(*[seen()] * 2, *[BLIND] * 6, *[seen()] * 2)
    assert counted(*gone) == (4, 6)


def test_one_blind_reading_between_two_good_ones_restarts_nothing() -> None:
    assert counted(*every_second(*[seen()] * 5, BLIND, *[seen()] * 4)) == (9, 1)


@pytest.mark.law(1)
def test_law_1_every_monitor_must_see() -> None:
    watch = HoldWatch({"p95": 1.0, "errors": 1.0}, 0.0)
    watch = sampled(watch, 1.0, {"p95": seen(), "errors": seen(), "other": BLIND})
    watch = sampled(watch, 2.0, {"p95": seen(), "errors": BLIND})
    watch = sampled(watch, 3.0, {"p95": seen()})
    assert (watch.watched_s, watch.blind_s) == (1, 2)


@pytest.mark.law(1)
def test_law_1_a_trip_without_a_value_now_sees_nothing() -> None:
    tripped = ev.MonitorSample(state=ev.MonitorStatus.TRIPPED, value=None, samples=0)
    assert counted((1.0, tripped)) == (0, 1)


@pytest.mark.law(1)
@pytest.mark.parametrize("stood_s", [3.5, 12.0, 3600.0])
def test_law_1_while_the_cockpit_stood_still_nobody_watched(stood_s: float) -> None:
    samples = [*every_second(*[seen()] * 3), (3.0 + stood_s, seen()), (4.0 + stood_s, seen())]
    assert counted(*samples) == (4, stood_s)


def test_samples_of_measurements_that_take_their_whole_period_are_no_gap() -> None:
    """One comes at the begin of its period, the next at the end of its own."""
    assert counted((0.01, seen()), (2.05, seen()), (3.01, seen()), (5.1, seen())) == (5.1, 0)


def test_a_gap_shorter_than_the_period_is_none() -> None:
    once_a_minute = [(float(60 * n), seen()) for n in range(1, 4)]
    assert counted(*once_a_minute, (230.0, seen()), every_s=60.0) == (230, 0)


def test_data_between_two_readings_of_a_slow_monitor_is_fresh() -> None:
    ages = [(float(at_s), seen(age_s=at_s % 60)) for at_s in range(1, 181)]
    assert counted(*ages, every_s=60.0) == (180, 0)


@pytest.mark.law(1)
def test_law_1_data_that_stays_away_takes_back_what_had_counted() -> None:
    """The measurement hangs: its data grows old before anything says that it is blind."""
    hangs = [seen(), seen(), *[seen(age_s=float(age)) for age in range(1, 6)]]
    assert counted(*every_second(*hangs[:6])) == (6, 0)
    assert counted(*every_second(*hangs)) == (4, 3)
    assert counted(*every_second(*hangs[:6], BLIND)) == (4, 3)


def test_a_page_that_is_slow_for_a_moment_costs_nothing() -> None:
    slow = [seen(age_s=age) for age in (0.0, 1.0, 2.0, 3.0, 0.0, 1.0)]
    assert counted(*every_second(*slow)) == (6, 0)


def test_at_a_rehearsal_s_speed_a_second_is_no_gap() -> None:
    quarters = [(n / 4, seen()) for n in range(1, 5)]
    assert counted(*quarters, (2.0, seen()), (3.1, seen()), every_s=0.25) == (
        2.0,
        pytest.approx(1.1),
    )


@pytest.mark.law(1)
def test_law_1_time_without_a_cockpit_is_blind() -> None:
    watch = lost(sampled(HoldWatch({"p95": 1.0}, 0.0), 1.0, {"p95": seen()}), 61.0)
    assert (watch.watched_s, watch.blind_s, watch.sees) == (1, 60, False)


@pytest.mark.law(1)
def test_law_1_after_the_last_sample_only_sure_data_goes_on_counting() -> None:
    watch = sampled(HoldWatch({"p95": 1.0}, 0.0), 1.0, {"p95": seen()})
    assert watch.until(2.5).watched_s == 2.5
    assert (watch.until(9.0).watched_s, watch.until(9.0).blind_s) == (1, 8)
    assert sampled(watch, 2.0, {"p95": BLIND}).until(2.5).watched_s == 1
