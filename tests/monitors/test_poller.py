"""The loop that measures: side by side, never held up, never crashed, never silent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from checks.core.base import Check, Outcome, Result
from checks.core.errors import UnsetVariableError
from checks.http import Http
from cockpit.card.model.monitors import AnyMonitor, CheckMonitor
from cockpit.journal.events import MonitorStatus
from cockpit.monitors.poller import Poller, PollTick
from tests.clocks import ManualClock
from tests.monitors.pages import errors, prometheus, requests_page, scraped

Answer = Callable[[httpx.Request], Any]
VALUE = '{"status":"success","data":{"resultType":"scalar","result":[%s,"%s"]}}'


def expand(text: str) -> str:
    if "${" in text:
        raise UnsetVariableError(text.strip("${}"))
    return text


class Desk:
    """A running poller, its clock, and the ticks that it published."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.ticks: list[PollTick] = []

    async def publish(self, tick: PollTick) -> None:
        self.ticks.append(tick)

    def last(self, name: str) -> tuple[MonitorStatus, str]:
        verdict = self.ticks[-1].verdicts[name]
        return verdict.state, verdict.note


async def look(check: Check) -> Result:
    return Result(Outcome.FAILED, check.label())


@asynccontextmanager
async def polling(monitors: Sequence[AnyMonitor], answer: Answer) -> AsyncIterator[Desk]:
    desk = Desk(ManualClock())
    transport = httpx.MockTransport(answer)

    def http() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=transport)

    poller = Poller(monitors, http, desk.clock, expand, look)
    task = asyncio.create_task(poller.run(desk.publish))
    await desk.clock.advance(0.0)
    try:
        yield desk
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert desk.clock.sleepers == 0


def counting(codes: dict[str, int]) -> Answer:
    """Answer pages whose counters grow by `codes` each time."""
    seen = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal seen
        seen += 1
        return httpx.Response(
            200, text=requests_page(**{key: by * seen for key, by in codes.items()})
        )

    return answer


async def test_a_breach_is_learnt_seen_and_tripped() -> None:
    monitor = errors(**{"for": "10s"})
    async with polling([monitor], counting({"c200_1": 95, "c500_1": 5})) as desk:
        assert desk.last("errors")[0] is MonitorStatus.BLIND
        await desk.clock.advance(1.0)
        assert desk.last("errors")[0] is MonitorStatus.BREACHING
        await desk.clock.advance(9.0)
        assert desk.last("errors")[0] is MonitorStatus.BREACHING
        await desk.clock.advance(1.0)
        assert desk.last("errors")[0] is MonitorStatus.TRIPPED
    assert [tick.t_s for tick in desk.ticks] == [1000.0 + i for i in range(12)]


@pytest.mark.law(13)
async def test_law_13_a_stepped_wall_clock_trips_and_clears_nothing() -> None:
    monitor = errors(**{"for": "10s"})
    async with polling([monitor], counting({"c200_1": 95, "c500_1": 5})) as desk:
        await desk.clock.advance(5.0)
        before = desk.ticks[-1].verdicts["errors"]
        desk.clock.step(-7200)
        await desk.clock.advance(1.0)
        desk.clock.step(86400)
        await desk.clock.advance(1.0)
        after = desk.ticks[-1].verdicts["errors"]
    assert (after.state, after.trips_at_s) == (before.state, before.trips_at_s)


@pytest.mark.law(1)
async def test_law_1_an_unset_variable_is_blind_in_words_and_the_others_go_on() -> None:
    lost = scraped(monitor="lost", url="${METRICS_URL}", share={"code": "5.."})
    wrong = scraped(monitor="wrong", share={"code": "5("})
    async with polling([lost, wrong, errors()], counting({"c200_1": 100})) as desk:
        await desk.clock.advance(1.0)
        assert desk.last("errors")[0] is MonitorStatus.OK
        assert desk.last("lost") == (
            MonitorStatus.BLIND,
            "METRICS_URL is not set in the environment",
        )
        assert desk.last("wrong")[0] is MonitorStatus.BLIND
        assert not desk.ticks[-1].verdicts["lost"].learning


@pytest.mark.law(12)
async def test_law_12_a_hung_target_delays_no_other_monitor() -> None:
    pages = counting({"c200_1": 100})
    stuck = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api"):
            await stuck.wait()
        made = pages(request)
        assert isinstance(made, httpx.Response)
        return made

    slow = prometheus(timeout="1m", stale="5s", every="5s")
    async with polling([slow, errors()], answer) as desk:
        await desk.clock.advance(10.0)
        assert [tick.t_s for tick in desk.ticks] == [1001.0 + i for i in range(10)]
        assert desk.last("errors")[0] is MonitorStatus.OK
        assert desk.last("p95") == (MonitorStatus.BLIND, "not measured yet")
        await desk.clock.advance(1.0)
        assert desk.last("p95") == (MonitorStatus.BLIND, "no fresh data for 11 s")
        await desk.clock.advance(50.0)
        state, note = desk.last("p95")
        assert state is MonitorStatus.BLIND
        assert "gave no complete response within 1m" in note


@pytest.mark.law(1)
async def test_law_1_data_that_was_good_grows_stale_while_its_target_hangs() -> None:
    stuck, asked = asyncio.Event(), 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        is_age = "timestamp(" in request.url.params["query"]
        asked += not is_age
        if asked > 3:
            await stuck.wait()
        return httpx.Response(200, text=VALUE % (asked, asked if is_age else "0.1"))

    async with polling([prometheus(timeout="8s", stale="4s")], answer) as desk:
        await desk.clock.advance(2.0)
        assert desk.last("p95")[0] is MonitorStatus.OK
        await desk.clock.advance(4.0)
        assert desk.last("p95")[0] is MonitorStatus.OK
        await desk.clock.advance(1.0)
        assert desk.last("p95") == (MonitorStatus.BLIND, "no fresh data for 5 s")
        await desk.clock.advance(5.0)
        assert "gave no complete response within 8 s" in desk.last("p95")[1]


@pytest.mark.law(1)
async def test_law_1_a_transport_that_ignores_its_end_is_blind_all_the_same() -> None:
    gone, asked = asyncio.Event(), 0

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        while asked > 1 and not gone.is_set():
            try:
                await gone.wait()
            except asyncio.CancelledError:
                continue
        return httpx.Response(200, text=VALUE % (asked, "0.1"))

    async with polling([prometheus(timeout="2s", stale="4s")], answer) as desk:
        await desk.clock.advance(18.0)
        state, note = desk.last("p95")
        gone.set()
        await desk.clock.advance(0.5)
    assert (state, note) == (MonitorStatus.BLIND, "no fresh data for 18 s")


async def test_each_source_keeps_its_own_pace() -> None:
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "timestamp(" not in request.url.params.get("query", ""):
            paths.append(request.url.path)
        return httpx.Response(503)

    async with polling([prometheus(every="5s"), errors()], answer) as desk:
        await desk.clock.advance(9.5)
    assert (paths.count("/api/v1/query"), paths.count("/metrics")) == (2, 10)


async def test_a_bug_in_one_monitor_blinds_it_alone() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api"):
            raise ZeroDivisionError
        return httpx.Response(200, text=requests_page(c200_1=0))

    async with polling([prometheus(), errors()], answer) as desk:
        await desk.clock.advance(1.0)
        assert desk.last("p95") == (
            MonitorStatus.BLIND,
            "could not be measured: ZeroDivisionError",
        )
    assert len(desk.ticks) == 2


async def test_a_check_is_looked_at_beside_the_others() -> None:
    monitor = CheckMonitor(monitor="bypass", check=Http(path="/api"), every=2.0)
    async with polling([monitor], counting({})) as desk:
        assert desk.last("bypass") == (MonitorStatus.TRIPPED, "GET /api")


async def test_without_monitors_there_is_nothing_to_do() -> None:
    desk = Desk(ManualClock())
    await Poller([], httpx.AsyncClient, desk.clock, expand, look).run(desk.publish)
    assert not desk.ticks
