"""Law 5: which shares are told apart, and how often; bench/shares.py does the same at length."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.shares import RIGHT, WRONG, Shift, simulate
from cockpit.routers.likelihood import Requests, ShareJudge, ShareVerdict, wrong_shares

RUNS = 120


@pytest.mark.law(5)
@pytest.mark.parametrize("shift", WRONG, ids=lambda shift: shift.name)
def test_a_wrong_share_passes_in_at_most_5_of_100_shifts(shift: Shift) -> None:
    """Whoever looks every half second must not see what is not so. The runs are seeded."""
    came = [verdict for verdict, _ in simulate(shift, RUNS)]
    assert came.count(ShareVerdict.SEEN) <= 0.05 * RUNS


@pytest.mark.law(5)
@pytest.mark.parametrize("shift", RIGHT, ids=lambda shift: shift.name)
def test_a_right_share_is_seen_in_time(shift: Shift) -> None:
    came = simulate(shift, RUNS // 2)
    seen_s = sorted(at_s for verdict, at_s in came if verdict is ShareVerdict.SEEN)
    assert len(seen_s) >= 0.99 * len(came)
    assert seen_s[len(seen_s) // 2] <= 40.0


@pytest.mark.law(1)
@pytest.mark.law(5)
def test_two_requests_a_second_are_never_called_seen_or_refused_in_a_minute() -> None:
    came = simulate(Shift(0.0, 0.0, rate=2.0), RUNS // 10)
    assert {verdict for verdict, _ in came} == {ShareVerdict.OPEN}


@given(st.floats(0, 1))
def test_the_wrong_shares_lie_around_the_order_and_are_possible(share: float) -> None:
    wrong = wrong_shares(share)
    assert all(0 < one < 1 for one in wrong)
    assert len(wrong) == (share >= 1e-6) + (share <= 1 - 1e-6), "less can be told from nothing"
    assert all(one < share for one in wrong[:-1])
    assert all(one > share for one in wrong[1:])


@given(st.integers(0, 60), st.integers(0, 60))
def test_which_version_is_called_the_canary_does_not_matter(canary: int, stable: int) -> None:
    one, other = ShareJudge(0.3), ShareJudge(0.7)
    for settles in (True, True, False):
        one.add(Requests(canary, canary + stable), settles=settles)
        other.add(Requests(stable, canary + stable), settles=settles)
        assert (one.verdict, one.missing) == (other.verdict, other.missing)


@pytest.mark.law(5)
def test_the_bound_of_all_or_none_is_what_the_same_test_would_refuse() -> None:
    judge = ShareJudge(1.0)
    judge.add(Requests(), settles=True)
    assert judge.at_most is None
    judge.add(Requests(500, 500), settles=True)
    bound = judge.at_most
    assert bound is not None
    assert math.log(0.5) - 500 * math.log(1 - bound) == pytest.approx(math.log(20))
    half = ShareJudge(0.5)
    half.add(Requests(), settles=True)
    half.add(Requests(250, 500), settles=True)
    assert (half.verdict, half.at_most) == (ShareVerdict.SEEN, None)


@pytest.mark.law(5)
def test_a_later_hold_needs_more_requests() -> None:
    needed = []
    for pages in (1, 10, 100):
        judge = ShareJudge(0.0)
        judge.add(Requests(), settles=True)
        for _ in range(pages):
            judge.add(Requests(5, 50), settles=True)
        assert judge.missing is not None
        needed.append(judge.missing)
    assert needed == sorted(needed)
    assert needed[0] < needed[-1]


@pytest.mark.law(5)
def test_old_requests_do_not_make_up_for_a_wrong_share() -> None:
    """None for five seconds, then twice the order: 5 % on the whole, and never in effect."""
    judge, verdicts = ShareJudge(0.05), set()
    judge.add(Requests(), settles=True)
    for look in range(1, 61):
        judge.add(Requests(0 if look <= 10 else 5, 50), settles=look <= 30)
        verdicts.add(judge.verdict)
    assert verdicts == {ShareVerdict.OPEN, ShareVerdict.REFUSED}


@pytest.mark.law(5)
@pytest.mark.parametrize("before", [0.0, 1.0])
def test_old_requests_do_not_spoil_an_order_in_effect(before: float) -> None:
    judge = ShareJudge(0.2)
    judge.add(Requests(), settles=True)
    for _ in range(20):
        judge.add(Requests(50 * before, 50), settles=True)
    for _ in range(30):
        judge.add(Requests(10, 50), settles=True)
    assert (judge.verdict, judge.counts) == (ShareVerdict.SEEN, Requests(300, 1500))


@pytest.mark.law(12)
def test_the_pages_at_which_it_may_have_taken_hold_are_bounded() -> None:
    """A shift may take an hour, half of it to take hold; requests may come one by one."""
    judge = ShareJudge(0.5, least=10_000)
    for _ in range(1_000):
        judge.add(Requests(0.5, 1), settles=True)
    assert len(judge._starts) <= 257
    judge.add(Requests(5_000, 10_000), settles=True)
    assert judge.verdict is ShareVerdict.SEEN


def test_all_requests_since_the_order_are_shown_however_many_looks_it_takes() -> None:
    """More pages than are kept: the first of them is never dropped."""
    judge = ShareJudge(0.0, least=1_000)
    judge.add(Requests(), settles=True)
    for _ in range(300):
        judge.add(Requests(0, 1), settles=True)
    assert judge.counts == Requests(0, 300)
