import pytest

from checks.base import Outcome
from checks.locusts.swarm import Tick
from checks.locusts.tally import Tally
from checks.locusts.verdict import Limits, Measured

FAST, SLOW = 460, 920  # slots: about 10 ms, and about 1 s


def tick(at_s: float, fast: int, slow: int = 0, failed: int = 0, *, last: bool = False) -> Tick:
    made = Tally(fast + slow, failed, fast * 0.01 + slow, {FAST: fast, SLOW: slow})
    return Tick(at_s, {"GET /a": made}, last=last)


def measured(*ticks: Tick, offered_per_s: float | None = 100.0, **limits: float) -> Measured:
    made = Measured(Limits(**limits), 60.0, offered_per_s)
    for each in ticks:
        made.add(each)
    return made


@pytest.mark.parametrize(
    ("count", "outcome"),
    [(6000, Outcome.PASSED), (5700, Outcome.PASSED), (5699, Outcome.UNKNOWN)],
)
def test_law_1_95_percent_of_the_offered_rate_must_be_achieved(
    count: int, outcome: Outcome
) -> None:
    assert measured(tick(60, count, last=True)).result().outcome is outcome


@pytest.mark.parametrize(
    ("slow", "outcome"), [(300, Outcome.PASSED), (301, Outcome.FAILED), (6000, Outcome.FAILED)]
)
def test_the_limit_of_a_percentile(slow: int, outcome: Outcome) -> None:
    made = measured(tick(60, 6000 - slow, slow, last=True), p95=0.25)
    assert made.result().outcome is outcome


@pytest.mark.parametrize(
    ("failed", "outcome"), [(0, Outcome.PASSED), (60, Outcome.PASSED), (61, Outcome.FAILED)]
)
def test_the_limit_of_failures(failed: int, outcome: Outcome) -> None:
    made = measured(tick(60, 6000, failed=failed, last=True), failures=0.01)
    assert made.result().outcome is outcome


def test_it_is_given_up_only_when_nothing_can_save_a_limit() -> None:
    # 301 of the 6000 that are offered in all: not even the rest in no time keeps p95.
    assert not measured(tick(4, 100, 300), p95=0.25).is_over()
    lost = measured(tick(4, 99, 301), p95=0.25)
    assert lost.is_over()
    assert lost.result().evidence.startswith("p95 ")
    assert lost.result().evidence.endswith(", given up after 4 s")


def test_it_is_given_up_when_the_offered_rate_is_lost_for_good() -> None:
    assert not measured(tick(5, 0)).is_over()
    lost = measured(tick(5.01, 0))
    assert lost.is_over()
    assert lost.result().outcome is Outcome.UNKNOWN
    assert "coordinated omission" in lost.result().evidence


def test_a_generator_that_is_too_small_blames_no_target() -> None:
    """Law 1: what a starved generator saw of the target's latency is no measurement of it."""
    made = measured(tick(30, 0, 1000), p95=0.25)
    assert made.is_over()
    assert made.result().outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("count", "outcome"), [(99, Outcome.UNKNOWN), (100, Outcome.PASSED)])
def test_law_1_too_few_requests_have_no_p99(count: int, outcome: Outcome) -> None:
    made = measured(tick(60, count, last=True), offered_per_s=None, p99=0.25)
    assert made.result().outcome is outcome


def test_law_1_a_dead_worker_is_named_whatever_was_measured() -> None:
    made = measured(tick(50, 5000), Tick(51, dead=("host_1",)), p95=0.25)
    assert made.is_over()
    assert made.result().outcome is Outcome.UNKNOWN
    assert made.result().evidence.startswith("worker host_1 has died")


def test_law_1_no_answer_at_all_without_an_offered_rate() -> None:
    made = measured(Tick(60, last=True), offered_per_s=None)
    assert made.result().outcome is Outcome.UNKNOWN
    assert made.words(Tick(60)) == "0/s; 0 of 0 failed; 0 s left"
