"""The window adds up increments of single series, whatever the processes behind them do."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.monitors.exposition import MetricsPage, parse
from cockpit.monitors.reading import Reading
from cockpit.monitors.window import SampleWindow
from cockpit.monitors.window_query import window_query
from tests.monitors.pages import buckets_page, errors, requests_page, scraped

FAMILIES = ("http_requests", "http_request_duration_seconds")


def page(text: str) -> MetricsPage:
    read = parse(text, FAMILIES)
    assert isinstance(read, MetricsPage), read
    return read


def fed(window: SampleWindow, *pages: str, start_s: float = 0.0, step_s: float = 1.0) -> Reading:
    reading = Reading(start_s)
    for i, text in enumerate(pages):
        reading = window.add(start_s + i * step_s, page(text))
    return reading


def share_window(over_s: float = 60.0, by: str | None = None) -> SampleWindow:
    return SampleWindow(window_query(errors(by=by)), over_s)


@pytest.mark.law(1)
def test_law_1_the_first_page_says_nothing() -> None:
    reading = fed(share_window(), requests_page(c200_1=900, c500_1=100))
    assert (reading.value, reading.learning) == (None, True)


def test_a_share_is_of_the_increments_alone() -> None:
    reading = fed(
        share_window(), requests_page(c200_1=900, c500_1=100), requests_page(c200_1=990, c500_1=110)
    )
    assert (reading.value, reading.samples) == (0.1, 100)


def test_a_restarted_process_counts_from_zero_and_the_other_series_go_on() -> None:
    reading = fed(
        share_window(),
        requests_page(c200_1=900, c200_2=50, c500_2=0),
        requests_page(c200_1=10, c200_2=130, c500_2=10),
    )
    assert reading.samples == 100
    assert reading.value == 0.1


def test_the_first_5xx_of_a_version_counts_though_its_series_is_new() -> None:
    reading = fed(share_window(), requests_page(c200_1=0), requests_page(c200_1=99, c500_1=1))
    assert reading.value == 0.01


def test_a_series_that_vanishes_and_comes_back_is_not_counted_twice() -> None:
    reading = fed(
        share_window(),
        requests_page(c200_1=100, c200_2=5000),
        requests_page(c200_1=110),
        requests_page(c200_1=120, c200_2=5001),
    )
    assert reading.samples == 21


def test_old_increments_leave_the_window() -> None:
    window = share_window(over_s=10.0)
    fed(window, requests_page(c200_1=0, c500_1=0), requests_page(c200_1=0, c500_1=50))
    quiet = [requests_page(c200_1=10 * i, c500_1=50) for i in range(1, 11)]
    reading = fed(window, *quiet, start_s=2.0)
    assert (reading.value, reading.samples) == (0.0, 100)


@pytest.mark.law(1)
@pytest.mark.parametrize("gap_s", [6.0, 60.0, 3600.0])
def test_law_1_what_was_gained_across_a_gap_counts_once_the_page_is_back(gap_s: float) -> None:
    window = share_window(over_s=10.0)
    fed(window, requests_page(c200_1=0), requests_page(c200_1=0))
    back = window.add(1.0 + gap_s, page(requests_page(c200_1=500, c500_1=500)))
    assert (back.value, back.samples, back.from_s) == (0.5, 1000, 1.0)


@pytest.mark.law(1)
def test_law_1_a_long_gap_hides_nothing_that_comes_after_it() -> None:
    """An hour of good requests must not thin out the failures of the next seconds."""
    window = share_window(over_s=10.0)
    fed(window, requests_page(c200_1=0), requests_page(c200_1=10))
    assert window.add(3601.0, page(requests_page(c200_1=36_010))).value == 0.0
    for second in range(1, 6):
        text = requests_page(c200_1=36_010 + 5 * second, c500_1=5 * second)
        reading = window.add(3601.0 + second, page(text))
    assert (reading.value, reading.samples) == (0.25, 100)
    for second in range(6, 12):
        text = requests_page(c200_1=36_010 + 5 * second, c500_1=5 * second)
        reading = window.add(3601.0 + second, page(text))
    assert (reading.value, reading.samples) == (0.5, 100)


def test_a_gap_as_long_as_the_window_counts_whole_while_it_is_in_it() -> None:
    window = share_window(over_s=10.0)
    fed(window, requests_page(c200_1=0), requests_page(c200_1=0))
    window.add(11.0, page(requests_page(c200_1=50, c500_1=50)))
    reading = window.add(12.0, page(requests_page(c200_1=60, c500_1=50)))
    assert (reading.value, reading.samples) == (50 / 110, 110)


def test_a_gap_longer_than_a_window_of_a_quarter_second_thins_out_nothing() -> None:
    """A rehearsal's windows are as short as it is fast."""
    window = share_window(over_s=0.25)
    fed(window, requests_page(c200_1=0), requests_page(c200_1=0), step_s=0.125)
    window.add(1.125, page(requests_page(c200_1=80)))
    reading = window.add(1.25, page(requests_page(c200_1=80, c500_1=10)))
    assert (reading.value, reading.samples) == (0.5, 20)


def test_pages_of_one_instant_lose_nothing() -> None:
    pages = (requests_page(c200_1=9 * i, c500_1=i) for i in range(4))
    reading = fed(share_window(), *pages, step_s=0.0)
    assert (reading.value, reading.samples) == (0.1, 30)


def test_a_rate_over_a_gap_is_of_the_time_that_it_lasted() -> None:
    rate = scraped(rate={"code": "401"}, above="100/min", over="10s")
    window = SampleWindow(window_query(rate), 10.0)
    fed(window, requests_page(c401_1=0), requests_page(c401_1=2))
    assert window.add(61.0, page(requests_page(c401_1=122))).value == 120.0
    assert window.add(62.0, page(requests_page(c401_1=124))).value == 120.0


@pytest.mark.law(1)
def test_law_1_a_page_without_the_family_is_no_baseline() -> None:
    """An error page with status 200 must not make every counter look new."""
    window = share_window()
    assert "has no http_requests" in fed(window, "<html>Bad gateway</html>\n").note
    assert window.add(1.0, page(requests_page(c500_1=10**6))).value is None
    assert window.add(2.0, page(requests_page(c500_1=10**6, c200_1=10))).value == 0.0


@pytest.mark.law(1)
@pytest.mark.parametrize("bad", ["NaN", "-1", "+Inf"])
def test_law_1_a_counter_that_is_no_count_is_no_data(bad: str) -> None:
    window = share_window()
    fed(window, requests_page(c200_1=1), requests_page(c200_1=2))
    reading = window.add(2.0, page(f'http_requests_total{{code="200",version="1"}} {bad}\n'))
    assert reading.value is None
    assert "http_requests_total" in reading.note
    assert window.add(3.0, page(requests_page(c200_1=12))).samples == 11


def test_each_group_has_its_own_value_and_one_without_events_is_not_there() -> None:
    reading = fed(
        share_window(by="version"),
        requests_page(c200_2_4_0=0, c200_2_5_0=0, c500_2_5_0=0, c200_old=7),
        requests_page(c200_2_4_0=900, c200_2_5_0=90, c500_2_5_0=10, c200_old=7),
    )
    assert [(one.name, one.value, one.samples) for one in reading.groups] == [
        ("2.4.0", 0.0, 900),
        ("2.5.0", 0.1, 100),
    ]
    assert reading.value == 0.1


def test_a_quantile_of_a_histogram_and_one_beyond_its_buckets() -> None:
    p95 = scraped(of="http_request_duration_seconds", quantile=0.95, above="250ms", by="version")
    window = SampleWindow(window_query(p95), 60.0)
    zero = buckets_page({"0.1": 0, "0.2": 0, "+Inf": 0})
    reading = fed(window, zero, buckets_page({"0.1": 90, "0.2": 100, "+Inf": 100}))
    assert reading.value == pytest.approx(0.15)
    assert reading.samples == 100
    slow = window.add(2.0, page(buckets_page({"0.1": 90, "0.2": 100, "+Inf": 200})))
    assert (slow.groups[0].value, slow.groups[0].between) == (0.2, (0.2, math.inf))


def test_too_many_groups_are_refused_and_memory_stays_bounded() -> None:
    window = share_window(by="version")
    versions = {f"c200_{i}": 1.0 for i in range(60)}
    reading = fed(window, requests_page(), requests_page(**versions))
    assert "over 50 values of version" in reading.note
    for i in range(3000):
        window.add(2.0 + i / 100, page(requests_page(c200_1=i)))
    assert len(window._slots) <= 242


def test_pages_that_come_faster_than_slots_lose_nothing() -> None:
    window = share_window()
    reading = fed(
        window,
        requests_page(c200_1=0),
        requests_page(c200_1=10),
        requests_page(c200_1=20, c500_1=5),
        requests_page(c200_1=30, c500_1=10),
        step_s=0.01,
    )
    assert (reading.value, reading.samples) == (0.25, 40)


def test_a_page_whose_series_churn_keeps_the_memory_bounded() -> None:
    window = share_window()
    for i in range(3):
        window.add(float(i), page(requests_page(**{f"c200_{i}_{n}": 1 for n in range(9_000)})))
    assert len(window._counters._known) <= 20_000
    reading = window.add(3.0, page(requests_page(c200_2_1=61)))
    assert (reading.value, reading.samples) == (0.0, 60)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=2, max_size=40))
def test_restarts_never_lose_or_invent_an_event(steps: list[tuple[int, bool]]) -> None:
    """A process that restarts between two pages, and counts more than before, cannot be told."""
    window, count, total = share_window(over_s=1000.0), 0, 0
    reading = fed(window, requests_page(c200_1=0))
    for i, (step, restarts) in enumerate(steps):
        count = step if restarts and step < count else count + step
        total += step
        reading = window.add(float(i + 1), page(requests_page(c200_1=count)))
    assert reading.samples == total


@pytest.mark.law(1)
def test_law_1_no_event_is_said_with_the_time_that_was_watched() -> None:
    reading = fed(share_window(), *[requests_page(c200_1=900)] * 4)
    assert (reading.value, reading.learning) == (None, True)
    assert reading.note == "no event in 3 s"
