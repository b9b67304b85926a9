"""Counters of several processes behind one address are no data; a restart is."""

import random
from collections.abc import Iterable

import httpx
import pytest

from cockpit.monitors.exposition import MetricsPage, parse
from cockpit.monitors.metrics import MetricsSource
from cockpit.monitors.reading import Reading
from cockpit.monitors.single_process import QUIET_S, START_TIME, SingleProcess
from tests.clocks import ManualClock
from tests.monitors.pages import URL, errors, requests_page


def page(ok: float, bad: float, start: float | None = None) -> str:
    line = "" if start is None else f"# TYPE {START_TIME} gauge\n{START_TIME} {start}\n"
    return line + requests_page(c200_1=ok, c500_1=bad)


class Worker:
    """A process that serves `ok` and `bad` requests a second since it started."""

    def __init__(self, ok: float, bad: float, counted: float = 0.0, start: float | None = None):
        self._ok, self._bad, self._counted, self._start = ok, bad, counted, start

    def page(self, t_s: float) -> str:
        return page(self._counted + int(self._ok * t_s), int(self._bad * t_s), self._start)


async def watched(pages: Iterable[str], every_s: float = 1.0) -> list[Reading]:
    """Return the reading of each page."""
    queue, clock = list(pages), ManualClock()
    texts = iter(queue)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=next(texts)))
    readings = []
    async with httpx.AsyncClient(transport=transport) as http:
        source = MetricsSource(URL, [errors(samples=10)], http, clock)
        for _ in queue:
            readings.append((await source.read())["errors"])
            await clock.advance(every_s)
    return readings


def assert_blind(reading: Reading) -> None:
    assert reading.value is None
    assert not reading.learning
    assert "answers come from more than one process" in reading.note
    assert "scrape one process by its own address" in reading.note


@pytest.mark.law(1)
@pytest.mark.parametrize("start", [None, 1.7958248746e9], ids=["counters", "start-times"])
@pytest.mark.parametrize("workers", [2, 3, 8])
async def test_law_1_several_workers_in_turn_are_blind_with_the_cause(
    workers: int, start: float | None
) -> None:
    """A fifth of the requests of each fail; added up as one process it read 0.0 %."""
    chosen = random.Random(workers)
    several = [
        Worker(16, 4, 10.0**5 / (1 + number), start and start + number / 30)
        for number in range(workers)
    ]
    readings = await watched(chosen.choice(several).page(t_s) for t_s in range(120))
    for reading in readings[40:]:
        assert_blind(reading)


@pytest.mark.law(1)
async def test_law_1_a_count_that_comes_back_faster_than_it_grew_is_blind_at_once() -> None:
    pages = [page(1e5 + 20 * t_s, 0) for t_s in range(3)]
    readings = await watched([*pages, page(40, 0), page(1e5 + 80, 0)])
    assert readings[2].value == 0.0
    assert_blind(readings[-1])
    assert "more than time allows" in readings[-1].note


@pytest.mark.law(1)
@pytest.mark.parametrize("jumps_at", [(8,), range(8, 60), range(8, 60, 4)], ids=str)
async def test_law_1_growth_beyond_what_time_allows_is_blind(jumps_at: Iterable[int]) -> None:
    """Counts of another process were taken for a million requests, of which few failed."""
    jumps = frozenset(jumps_at)
    more = [50_000 * len([at for at in jumps if at <= t_s]) for t_s in range(16)]
    readings = await watched(page(40 * t_s + more[t_s], 8 * t_s) for t_s in range(16))
    assert readings[7].value == pytest.approx(1 / 6)
    for reading in readings[8:]:
        assert_blind(reading)
        assert "grew by 50,040 within 1 s, more than time allows" in reading.note


@pytest.mark.law(1)
async def test_law_1_what_was_counted_after_a_jump_is_judged_on_its_own() -> None:
    quiet_s = round(QUIET_S) + 40
    pages = (page(40 * t_s + 10**6 * (t_s > 8), 8 * t_s) for t_s in range(quiet_s))
    readings = await watched(pages)
    assert readings[-1].value == pytest.approx(1 / 6)
    assert readings[-1].samples < 2_000


def test_a_page_that_came_late_before_a_quick_one_is_no_jump() -> None:
    process, name = SingleProcess(), "http_requests_total"
    steady = [(float(t_s), 2_000.0 * t_s) for t_s in range(8)]
    for t_s, count in (*steady, (8.999, 16_000.0), (9.0, 18_000.0)):
        text = page(count, 0)
        read = parse(text, (name,))
        assert isinstance(read, MetricsPage)
        assert process.fault(t_s, read, text, frozenset((name,))) == ""


async def test_a_busy_service_and_its_rise_are_believed() -> None:
    busy = await watched(page(60_000.0 * t_s, 0) for t_s in range(20))
    assert all(reading.value is not None for reading in busy[1:])
    rising = await watched(page(200.0 * 2 ** min(t_s, 12) * t_s, 0) for t_s in range(20))
    assert all(reading.value is not None for reading in rising[1:])


@pytest.mark.law(1)
async def test_law_1_a_start_time_that_became_an_earlier_one_is_blind() -> None:
    readings = await watched(page(100 + t_s, 0, 907.0 if t_s < 3 else 7.0) for t_s in range(4))
    assert readings[2].value == 0.0
    assert_blind(readings[-1])


@pytest.mark.law(1)
async def test_law_1_a_start_time_that_comes_back_is_blind_though_no_count_falls() -> None:
    readings = await watched(page(100 + t_s, 0, [7.1, 7.4][t_s % 2]) for t_s in range(3))
    assert_blind(readings[-1])


@pytest.mark.law(1)
async def test_law_1_a_process_that_falls_three_times_is_blind() -> None:
    readings = await watched(page(t_s % 4 + 10 * (t_s < 4), 0) for t_s in range(14))
    assert_blind(readings[-1])
    assert "or it restarts again and again" in readings[-1].note


@pytest.mark.parametrize("start", [None, 7.25])
@pytest.mark.parametrize("counted", [0, 30, 5_000, 10**6])
async def test_one_real_restart_stays_ok(counted: int, start: float | None) -> None:
    """Also where it comes back to what it had, and where a series comes late to the new one."""
    before = [page(counted + 20 * t_s, 1, start) for t_s in range(10)]
    late = "" if start is None else f"{START_TIME} {start + 99}\n"
    first = late + requests_page(c200_1=5)
    after = [page(5 + 20 * t_s, 0, start and start + 99) for t_s in range(1, 60)]
    readings = await watched([*before, first, *after])
    assert all(reading.value is not None for reading in readings[1:])


async def test_it_is_read_again_once_a_single_process_has_answered_for_long() -> None:
    in_turn = [page(100 + t_s, 0, [7.1, 7.4][t_s % 2]) for t_s in range(4)]
    alone = [page(200 + 20 * t_s, 0, 7.4) for t_s in range(round(QUIET_S) + 1)]
    readings = await watched([*in_turn, *alone])
    assert_blind(readings[len(in_turn) + round(QUIET_S) - 2])
    assert (readings[-1].value, readings[-1].samples) == (0.0, 20)
