"""Law 5: a shift is done when its effect is seen in what the versions counted, not before."""

import pytest

from cockpit.monitors.exposition import MetricsPage, Unreadable, parse
from cockpit.routers.likelihood import ShareVerdict
from cockpit.routers.observe import Failed, Observed, Order, ShareCounter, margin, observe
from tests.clocks import ManualClock
from tests.monitors.pages import requests_page


def page(text: str) -> MetricsPage:
    read = parse(text, ["http_requests"])
    assert isinstance(read, MetricsPage)
    return read


def counts(stable: int, canary: int) -> MetricsPage:
    return page(requests_page(c200_2_4_0=stable, c200_2_5_0=canary))


def shift(share: float, requests: int = 100, stable: str = "") -> ShareCounter:
    order = Order(share, "2.5.0", requests, stable)
    return ShareCounter(order, "http_requests_total", "version")


@pytest.mark.law(1)
def test_law_1_no_requests_are_no_share() -> None:
    nothing = shift(0.0, requests=1).add(counts(500, 500))
    assert (nothing.total, nothing.share, nothing.margin) == (0, None, 1.0)
    assert nothing.verdict is ShareVerdict.OPEN
    assert margin(0, 0) == 1.0


@pytest.mark.law(5)
def test_what_was_counted_before_is_not_counted() -> None:
    one = shift(0.0)
    one.before(counts(1000, 1000))
    assert one.add(counts(5000, 5000)).total == 0
    seen = one.add(counts(5500, 5000))
    assert (seen.verdict, seen.canary, seen.total) == (ShareVerdict.SEEN, 0, 500)


@pytest.mark.law(5)
def test_draining_requests_do_not_spoil_it() -> None:
    one, stable, canary = shift(1.0), 0, 0
    one.add(counts(0, 0))
    for drains in (40, 20, 1):
        stable, canary = stable + drains, canary + 200
        assert one.add(counts(stable, canary), settles=True).verdict is ShareVerdict.OPEN
    assert one.add(counts(stable, canary + 700)).verdict is ShareVerdict.SEEN


@pytest.mark.law(5)
def test_a_request_on_the_wrong_side_after_it_settled_refuses_all_or_none() -> None:
    one = shift(1.0)
    one.add(counts(0, 0))
    one.add(counts(0, 100), settles=True)
    refused = one.add(counts(1, 299))
    assert (refused.verdict, refused.canary, refused.total) == (ShareVerdict.REFUSED, 299, 300)
    assert refused.at_most is None


@pytest.mark.law(5)
def test_a_shift_without_effect_is_never_seen() -> None:
    """Law 5: the command returned, and nothing changed."""
    one = shift(0.05)
    one.add(counts(0, 0))
    looks = [one.add(counts(50 * i, 0), settles=i <= 100) for i in range(1, 200)]
    assert {look.verdict for look in looks[:100]} == {ShareVerdict.OPEN}
    assert looks[-1].verdict is ShareVerdict.REFUSED
    assert (looks[-1].canary, looks[-1].total) == (0, 50 * 99), "all since it could take hold last"
    assert all(look.total for look in looks), "what is seen stands beside what was ordered"


@pytest.mark.law(5)
@pytest.mark.parametrize(
    ("ordered", "canary", "stable", "verdict"),
    [
        (0.99, 300, 0, ShareVerdict.OPEN),
        (0.99, 9_950, 50, ShareVerdict.REFUSED),
        (0.99, 1188, 12, ShareVerdict.SEEN),
        (0.01, 12, 1188, ShareVerdict.SEEN),
        (0.5, 250, 250, ShareVerdict.SEEN),
        (0.5, 400, 600, ShareVerdict.REFUSED),
    ],
)
def test_both_sides_must_answer_and_in_proportion(
    ordered: float, canary: int, stable: int, verdict: ShareVerdict
) -> None:
    one = shift(ordered)
    one.add(counts(0, 0))
    assert one.add(counts(stable, canary)).verdict is verdict


def test_the_margin_of_a_single_request_is_wide_and_no_interval_is_wider_than_all() -> None:
    assert margin(1, 1) == pytest.approx(0.3965, abs=0.001)
    assert Observed().margin == margin(0, 0) == 1.0
    assert (Observed().canary, Observed().share) == (0, None)


def test_the_card_may_want_more_requests() -> None:
    one = shift(0.5, requests=2000)
    one.add(counts(0, 0))
    short = one.add(counts(999, 999))
    assert (short.verdict, short.missing) == (ShareVerdict.OPEN, 2)
    assert one.add(counts(1000, 1000)).verdict is ShareVerdict.SEEN


@pytest.mark.law(1)
def test_a_trickle_is_counted_and_says_how_many_more_it_takes() -> None:
    """A small service has two requests a second: a minute of them is too few to tell."""
    one = shift(0.0)
    looks = [one.add(counts(look, 0), settles=look <= 60) for look in range(121)]
    last = looks[-1]
    assert (last.verdict, last.canary, last.total) == (ShareVerdict.OPEN, 0, 120)
    assert last.at_most == pytest.approx(0.03, abs=0.002)
    assert last.missing is not None
    assert one.add(counts(120 + last.missing, 0)).verdict is ShareVerdict.SEEN


def test_a_page_without_a_canary_series_invents_no_requests() -> None:
    one = shift(0.0)
    one.add(page(requests_page(c200_2_4_0=7)))
    assert one.add(page(requests_page(c200_2_4_0=107))).canary == 0


def test_requests_of_no_version_are_left_out_and_other_versions_count_as_not_the_canary() -> None:
    one = shift(1.0)
    one.add(page(requests_page(c200_2_5_0=0)))
    rest = 'http_requests_total{code="200"} 500\n'
    assert one.add(page(requests_page(c200_2_5_0=600) + rest)).verdict is ShareVerdict.SEEN
    other = one.add(page(requests_page(c200_2_5_0=700, c200_2_3_9=1) + rest))
    assert (other.verdict, other.total) == (ShareVerdict.REFUSED, 701)


@pytest.mark.law(5)
def test_answers_of_the_router_itself_count_for_no_version() -> None:
    """An endpoint that was demoted is answered by the router, whose label is neither version's."""
    one = shift(1.0, stable="2.4.0")
    one.add(page(requests_page(c200_2_5_0=0)))
    own = 'http_requests_total{version="router",code="404"} 5000\n'
    older = 'http_requests_total{version="2.3.9",code="200"} 70\n'
    seen = one.add(page(requests_page(c200_2_5_0=600) + own + older))
    assert (seen.verdict, seen.total, seen.failed) == (ShareVerdict.SEEN, 600, Failed())


def test_requests_that_failed_are_counted_from_before_the_order_on() -> None:
    one = shift(0.05, stable="2.4.0")
    router = 'http_requests_total{{version="router",code="502"}} {}\n'
    both = requests_page(c200_2_4_0=0, c503_2_4_0=3, c503_2_5_0=0)
    one.before(page(both + router.format(10)))
    one.add(page(both + router.format(14)))
    both = requests_page(c200_2_4_0=900, c503_2_4_0=3, c503_2_5_0=2)
    assert one.add(page(both + router.format(15))).failed == Failed(7, 5)


@pytest.mark.law(1)
def test_law_1_a_page_that_cannot_be_had_is_said_and_never_seen() -> None:
    one = shift(0.0)
    one.add(counts(0, 0))
    assert one.add(counts(500, 0)).verdict is ShareVerdict.SEEN
    lost = one.add(Unreadable("answered 503"))
    assert (lost.verdict, lost.note, lost.total) == (ShareVerdict.OPEN, "answered 503", 500)
    gone = one.add(page("up 1\n"))
    assert (gone.verdict, gone.note) == (ShareVerdict.OPEN, "has no http_requests")
    assert one.add(page("http_requests_total NaN\n")).verdict is ShareVerdict.OPEN


@pytest.mark.law(5)
def test_it_may_take_hold_at_the_first_page_after_a_gap() -> None:
    one = shift(0.0)
    one.add(counts(0, 0))
    one.add(Unreadable("answered 503"), settles=True)
    assert one.add(counts(5000, 300)).verdict is ShareVerdict.OPEN
    assert one.add(counts(6000, 300)).verdict is ShareVerdict.SEEN


async def test_observing_ends_when_the_order_is_seen() -> None:
    clock, pages = ManualClock(), [counts(0, 0), counts(95, 5), counts(950, 50)]
    looks = [
        one
        async for one in observe(
            shift(0.05), lambda: _given(pages), clock, every_s=0.0, timeout_s=60.0
        )
    ]
    assert [one.verdict for one in looks] == [
        ShareVerdict.OPEN,
        ShareVerdict.OPEN,
        ShareVerdict.SEEN,
    ]
    assert (looks[-1].canary, looks[-1].total) == (50, 1000)


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
    looks = [one async for one in observe(shift(0.05), gone, clock, every_s=2.0, timeout_s=9.0)]
    assert [one.verdict for one in looks] == [ShareVerdict.OPEN] * 6
    assert looks[-1].note == "answered 503"
    assert clock.monotonic() == 9.0


class Late(Hasty):
    """Sleeps longer than it was asked to, as every real clock does."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + 0.3)


async def test_observing_ends_where_its_deadline_was_overslept() -> None:
    clock, pages = Late(start_s=0.0), [counts(0, 0)] * 9
    each = observe(shift(0.05), lambda: _given(pages), clock, every_s=2.0, timeout_s=9.0)
    assert len([one async for one in each]) == 5
    assert 9.0 < clock.monotonic() < 10.0


@pytest.mark.law(5)
async def test_observing_ends_as_soon_as_the_order_is_refused_and_not_in_the_first_half() -> None:
    clock = Hasty(start_s=0.0)

    async def stuck() -> MetricsPage | Unreadable:
        return counts(round(100 * clock.monotonic()), 0)

    looks = [one async for one in observe(shift(0.05), stuck, clock, every_s=2.0, timeout_s=60.0)]
    assert looks[-1].verdict is ShareVerdict.REFUSED
    assert {look.verdict for look in looks[:-1]} == {ShareVerdict.OPEN}
    assert 30.0 < clock.monotonic() < 40.0
