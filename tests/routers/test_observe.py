"""Law 5: a shift is done when its effect is seen in what the versions counted, not before."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.monitors.exposition import MetricsPage, Unreadable, parse
from cockpit.routers.observe import Observed, Order, ShareWindow, margin, needed, observe, seen
from tests.clocks import ManualClock
from tests.monitors.pages import requests_page


def page(text: str) -> MetricsPage:
    read = parse(text, ["http_requests"])
    assert isinstance(read, MetricsPage)
    return read


def counts(stable: int, canary: int) -> MetricsPage:
    return page(requests_page(c200_2_4_0=stable, c200_2_5_0=canary))


def looked(canary: int, total: int) -> Observed:
    share = canary / total if total else None
    return Observed(canary, total, share, margin(canary, total), 100)


def window(share: float, requests: int = 100) -> ShareWindow:
    return ShareWindow(Order(share, "2.5.0", requests), "http_requests_total", "version")


@pytest.mark.law(5)
@pytest.mark.parametrize(
    ("ordered", "canary", "total", "done"),
    [
        (0.0, 0, 100, True),
        (0.0, 1, 100, False),
        (0.0, 0, 99, False),
        (1.0, 100, 100, True),
        (1.0, 99, 100, False),
        (0.05, 5, 100, True),
        (0.05, 0, 100, False),
        (0.05, 50, 100, False),
        (0.05, 560, 10_000, True),  # what a router rounds away
        (0.05, 650, 10_000, False),
        (0.005, 0, 600, False),
        (0.5, 40, 100, False),
        (0.5, 41, 100, True),
        (0.95, 100, 100, False),
    ],
)
def test_the_order_is_seen_only_within_its_margin(
    ordered: float, canary: int, total: int, done: bool
) -> None:
    assert seen(ordered, looked(canary, total), 100) is done


@pytest.mark.law(1)
def test_law_1_no_requests_are_no_share() -> None:
    assert not seen(0.0, looked(0, 0), 0)
    assert looked(0, 0).margin == 1.0


@given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0.001, 0.999))
def test_the_margin_is_wilson_s_and_the_order_lies_in_it_when_it_is_seen(
    total: int, part: float, ordered: float
) -> None:
    canary = round(total * part)
    share, z2 = canary / total, 1.96**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    inside = abs(ordered - middle) <= margin(canary, total) + 1e-9
    if 0 < canary < total and inside:
        assert seen(ordered, looked(canary, total), 1) or math.isclose(
            abs(ordered - middle), margin(canary, total), rel_tol=1e-6, abs_tol=1e-8
        )


def test_a_small_share_needs_more_requests() -> None:
    assert needed(Order(0.01, "c", 100)) == 300
    assert needed(Order(0.5, "c", 10)) == 10


@pytest.mark.law(5)
def test_what_was_counted_before_is_not_counted() -> None:
    shift = window(0.0)
    first = shift.add(counts(5000, 5000))
    assert (first.total, first.share) == (0, None)
    assert shift.add(counts(5100, 5000)).done


@pytest.mark.law(5)
def test_draining_requests_fall_out_of_the_judgement() -> None:
    shift, stable, canary = window(1.0), 0, 0
    shift.add(counts(0, 0))
    done = []
    for drains in [20, 10, 1, 0, 0, 0, 0, 0]:
        stable, canary = stable + drains, canary + 30
        done.append(shift.add(counts(stable, canary)).done)
    assert done == [False] * 6 + [True] * 2


@pytest.mark.law(5)
def test_a_shift_without_effect_is_never_seen() -> None:
    """Law 5: the command returned, and nothing changed."""
    shift = window(0.05)
    shift.add(counts(0, 0))
    assert not any(shift.add(counts(50 * i, 0)).done for i in range(1, 200))


def test_requests_of_no_version_are_left_out_and_other_versions_count_as_not_the_canary() -> None:
    shift = window(1.0)
    shift.add(page(requests_page(c200_2_5_0=0)))
    rest = 'http_requests_total{code="200"} 500\n'
    assert shift.add(page(requests_page(c200_2_5_0=100) + rest)).done
    assert not shift.add(page(requests_page(c200_2_5_0=200, c200_2_3_9=1) + rest)).done


@pytest.mark.law(1)
def test_law_1_a_page_that_cannot_be_had_is_said_and_never_done() -> None:
    shift = window(0.0)
    shift.add(counts(0, 0))
    assert shift.add(counts(100, 0)).done
    lost = shift.add(Unreadable("answered 503"))
    assert (lost.done, lost.note, lost.total) == (False, "answered 503", 100)
    assert shift.add(page("up 1\n")).note == "has no http_requests"
    assert not shift.add(page("http_requests_total NaN\n")).done


def test_memory_stays_bounded_at_a_trickle() -> None:
    shift = window(0.5, requests=10_000)
    for i in range(5_000):
        shift.add(counts(i, i))
    assert len(shift._slots) <= 201


async def test_observing_ends_when_the_order_is_seen() -> None:
    clock, pages = ManualClock(), [counts(0, 0), counts(95, 5)]
    looks = [one async for one in observe(window(0.05), lambda: _given(pages), clock, every_s=0.0)]
    assert [one.done for one in looks] == [False, True]
    assert (looks[-1].canary, looks[-1].total) == (5, 100)


async def _given(pages: list[MetricsPage]) -> MetricsPage | Unreadable:
    return pages.pop(0)


class Hasty(ManualClock):
    """Moves on by itself whenever someone sleeps."""

    async def sleep(self, seconds: float) -> None:
        self._move(self.monotonic() + seconds)


@pytest.mark.law(5)
async def test_observing_ends_at_its_deadline_not_done() -> None:
    async def gone() -> MetricsPage | Unreadable:
        return Unreadable("answered 503")

    clock = Hasty(start_s=0.0)
    looks = [one async for one in observe(window(0.05), gone, clock, every_s=2.0, timeout_s=9.0)]
    assert [one.done for one in looks] == [False] * 6
    assert looks[-1].note == "answered 503"
    assert clock.monotonic() == 9.0
