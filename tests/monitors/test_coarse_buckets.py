"""A quantile is judged by the bounds of its bucket; where they cannot tell, it is said."""

from typing import Any

import pytest

from cockpit.journal.events import MonitorStatus
from cockpit.monitors.judge import Verdict, judge, rule
from cockpit.projections.monitor_status import format_limit
from tests.monitors.pages import scraped
from tests.monitors.test_resolution import read

OK, TRIPPED, BLIND = MonitorStatus.OK, MonitorStatus.TRIPPED, MonitorStatus.BLIND
COARSE = ("0.1", "0.3", "1", "+Inf")


def p95(**options: Any) -> Any:
    given = {"of": "http_request_duration_seconds", "quantile": 0.95, "above": "250ms"}
    return scraped(**given | options)


def page(name: str, bounds: tuple[str, ...], counts: tuple[int, ...], more: str = "") -> str:
    pairs = zip(bounds, counts, strict=True)
    lines = (f'{name}_bucket{{le="{bound}"}} {count}\n' for bound, count in pairs)
    return f"# TYPE {name} histogram\n{more}" + "".join(lines)


async def verdict(
    monitor: Any, bounds: tuple[str, ...], counts: tuple[int, ...], more: str = ""
) -> Verdict:
    """Return the verdict after a page of zeros and one with these counts, each over 0 at first."""
    first = page(monitor.of, bounds, (0,) * len(bounds), more)
    reading = await read(monitor, first, page(monitor.of, bounds, counts, more))
    return judge(None, reading, rule(monitor))


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ((96, 100, 100, 100), OK),  # under for sure: 95 % are within 100 ms
        ((95, 100, 100, 100), OK),
        ((79, 100, 100, 100), BLIND),  # between 100 and 300 ms: an estimate would say 262 ms
        ((90, 100, 100, 100), BLIND),  # an estimate would say 200 ms
        ((10, 95, 100, 100), BLIND),
        ((10, 94, 100, 100), TRIPPED),  # over for sure: 6 % are slower than 300 ms
        ((10, 20, 30, 100), TRIPPED),
    ],
)
async def test_law_1_a_quantile_is_over_or_under_for_sure_or_blind(
    counts: tuple[int, ...], state: MonitorStatus
) -> None:
    judged = await verdict(p95(), COARSE, counts)
    assert judged.state is state
    assert "250 ms lies between the bounds 100 ms and 300 ms" in judged.note
    assert "`bound: 300ms` or a bucket at 250 ms would decide" in judged.note
    if state is not BLIND:
        assert judged.note.startswith(("between ", "over "))


@pytest.mark.parametrize(
    ("bound", "counts", "state"),
    [
        ("300ms", (79, 100, 100, 100), OK),
        ("300ms", (10, 94, 100, 100), TRIPPED),
        ("100ms", (94, 100, 100, 100), TRIPPED),
        ("100ms", (96, 100, 100, 100), OK),
    ],
)
async def test_the_card_chooses_the_looser_or_the_stricter_bound(
    bound: str, counts: tuple[int, ...], state: MonitorStatus
) -> None:
    monitor = p95(bound=bound)
    judged = await verdict(monitor, COARSE, counts)
    assert judged.state is state
    assert "would decide" not in judged.note
    assert format_limit(monitor) == bound.replace("ms", " ms")


@pytest.mark.law(1)
@pytest.mark.parametrize("bound", ["1s", "200ms"])
async def test_law_1_a_bound_that_is_not_next_to_the_limit_is_blind(bound: str) -> None:
    judged = await verdict(p95(bound=bound), COARSE, (100, 100, 100, 100))
    assert judged.state is BLIND
    assert not judged.learning
    assert "next to the limit 250 ms; the bounds there are 100ms and 300ms" in judged.note


MICROMETER = ("0.1", "0.246065832", "0.268435456", "+Inf")


async def test_the_bound_that_is_offered_is_one_that_can_be_chosen() -> None:
    """A bound with many digits is offered with all of them, and equals itself in milliseconds."""
    offered = (await verdict(p95(), MICROMETER, (0, 0, 100, 100))).note
    assert "between the bounds 246.1 ms and 268.4 ms: `bound: 268.435456ms`" in offered
    chosen = p95(bound="268.435456ms")
    assert (await verdict(chosen, MICROMETER, (0, 0, 100, 100))).state is OK
    assert (await verdict(chosen, MICROMETER, (0, 0, 94, 100))).state is TRIPPED


async def test_too_few_requests_are_counted_beside_what_would_decide() -> None:
    judged = await verdict(p95(), COARSE, (5, 9, 9, 9))
    assert (judged.state, judged.learning) == (BLIND, True)
    assert judged.note.startswith("9 of 60 requests; 250 ms lies between")


async def test_it_is_said_from_the_first_look() -> None:
    reading = await read(p95(), page("http_request_duration_seconds", COARSE, (0, 0, 0, 0)))
    assert reading.learning
    assert "250 ms lies between the bounds 100 ms and 300 ms" in reading.note


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (("0.3", "1.2", "5", "+Inf"), "250 ms lies below the lowest bound, 300 ms"),
        (("0.05", "0.1", "0.2", "+Inf"), "250 ms lies above the highest bound, 200 ms"),
    ],
)
@pytest.mark.law(1)
async def test_law_1_a_limit_outside_of_the_bounds_is_never_guessed(
    bounds: tuple[str, ...], said: str
) -> None:
    judged = await verdict(p95(), bounds, (90, 90, 90, 100) if "above" in said else (100,) * 4)
    assert judged.state is BLIND
    assert said in judged.note


MS = ("50", "100", "250", "10000", "+Inf")


@pytest.mark.parametrize(
    ("options", "more", "said"),
    [
        ({"of": "http_request_duration_ms"}, "", "in milliseconds, by its name"),
        ({"of": "http_server_duration_milliseconds"}, "", "in milliseconds, by its name"),
        ({"of": "latency"}, "# UNIT latency milliseconds\n", "in milliseconds, by its # UNIT"),
        ({"of": "latency"}, "", "in milliseconds, by its bounds up to 10000"),
        ({"of": "latency_seconds", "unit": "ms"}, "", ""),
    ],
)
async def test_milliseconds_are_read_as_such_and_it_is_said(
    options: dict[str, str], more: str, said: str
) -> None:
    judged = await verdict(p95(**options), MS, (116, 120, 120, 120, 120), more)
    assert (judged.state, judged.value) == (OK, pytest.approx(0.0491, abs=0.001))
    assert said in judged.note
    slow = await verdict(p95(**options), MS, (0, 0, 100, 120, 120), more)
    assert slow.state is TRIPPED


async def test_a_named_unit_wins_over_the_name_of_the_histogram() -> None:
    monitor = p95(of="http_request_duration_ms", unit="s")
    assert (await verdict(monitor, COARSE, (0, 0, 100, 100))).state is TRIPPED
