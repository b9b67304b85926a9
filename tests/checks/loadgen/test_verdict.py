import pytest

from checks.core.base import Outcome
from checks.loadgen.histogram import LatencyHistogram
from checks.loadgen.locust_process import LoadTick
from checks.loadgen.verdict import LoadLimits, LoadMeasurement
from cockpit.foundation.redaction import Redactor, evidence

FAST, SLOW = 460, 920  # slots: about 10 ms, and about 1 s


def tick(at_s: float, fast: int, slow: int = 0, failed: int = 0, *, last: bool = False) -> LoadTick:
    made = LatencyHistogram(fast + slow, failed, fast * 0.01 + slow, {FAST: fast, SLOW: slow})
    return LoadTick(at_s, {"GET /a": made}, last=last)


def measured(
    *ticks: LoadTick, offered_per_s: float | None = 100.0, **limits: float
) -> LoadMeasurement:
    made = LoadMeasurement(LoadLimits(**limits), 60.0, offered_per_s)
    for each in ticks:
        made.add(each)
    return made


@pytest.mark.law(1)
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


@pytest.mark.law(1)
def test_a_generator_that_is_too_small_blames_no_target() -> None:
    """Law 1: what a starved generator saw of the target's latency is no measurement of it."""
    made = measured(tick(30, 0, 1000), p95=0.25)
    assert made.is_over()
    assert made.result().outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
@pytest.mark.parametrize(("count", "outcome"), [(99, Outcome.UNKNOWN), (100, Outcome.PASSED)])
def test_law_1_too_few_requests_have_no_p99(count: int, outcome: Outcome) -> None:
    made = measured(tick(60, count, last=True), offered_per_s=None, p99=0.25)
    assert made.result().outcome is outcome


@pytest.mark.law(1)
def test_law_1_a_dead_worker_is_named_whatever_was_measured() -> None:
    made = measured(tick(50, 5000), LoadTick(51, dead=("host_1",)), p95=0.25)
    assert made.is_over()
    assert made.result().outcome is Outcome.UNKNOWN
    assert made.result().evidence.startswith("worker host_1 has died")


@pytest.mark.law(1)
def test_law_1_no_answer_at_all_without_an_offered_rate() -> None:
    made = measured(LoadTick(60, last=True), offered_per_s=None)
    assert made.result().outcome is Outcome.UNKNOWN
    assert made.progress(LoadTick(60)) == "0/s; 0 of 0 failed; 0 s left"


@pytest.mark.law(1)
@pytest.mark.parametrize("offered_per_s", [0.5, 40.0, 20_000.0, 1_000_000.0])
def test_law_1_the_coordinated_omission_is_said_in_what_a_record_keeps(
    offered_per_s: float,
) -> None:
    made = measured(LoadTick(60.0, {}, busy=1.0, last=True), offered_per_s=offered_per_s)
    said = evidence(made.result().evidence, Redactor({}))
    assert "coordinated omission" in said
    assert said.endswith("the generator was too small (100 % of a core) or the target stalled")
    assert "e+" not in said


@pytest.mark.law(9)
def test_law_9_a_name_for_each_request_does_not_fill_the_memory() -> None:
    """Of the card's own locustfile: `/orders/1`, `/orders/2` and so on through a soak."""
    one = LatencyHistogram(1, 1, 0.01, {FAST: 1})
    ticks = (
        LoadTick(
            n / 10, {f"GET /{n}/{m}": one for m in range(100)}, {f"5xx {n}/{m}": 1 for m in "ab"}
        )
        for n in range(1, 600)
    )
    made = measured(*ticks, offered_per_s=None, failures=1.0)
    assert len(made.operations) <= 1001
    assert len(made.errors) <= 1001
    assert made.all.count == 59_900
    assert sum(made.errors.values()) == 1198
