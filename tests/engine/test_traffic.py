"""Traffic: done when the requests themselves show it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from checks.core.base import Outcome
from cockpit.card.model.routers import CommandRouter
from cockpit.card.model.steps import Part
from cockpit.engine import orders
from cockpit.foundation.errors import UsageError
from cockpit.state import BreakerStatus, StepStatus
from tests.engine.kit import CANARY, STABLE, Flight, Memory, card, flying, kill_supervisor, shell
from tests.monitors.servers import serving

SHIFT = {"traffic": "50%", "id": "shift", "within": "3s"}
HOME = {"traffic": "0%", "id": "home", "within": "3s"}
WAIT = {"confirm": "and now?", "id": "wait"}
FINE = {"check": "command", "run": "true"}
SET = shell("echo {percent} >> orders; echo {percent} > share")


def ordered(place: Path) -> float:
    """Return the percentage that the router was set to."""
    share = place / "share"
    return float(share.read_text() or 0) if share.exists() else 0.0


@asynccontextmanager
async def router(place: Path) -> AsyncIterator[str]:
    """Serve `/metrics` of a service with 1,000 requests from look to look, split as ordered."""
    counts = {STABLE: 0, CANARY: 0}

    async def metrics(_: web.Request) -> web.Response:
        percent = ordered(place)
        counts[CANARY] += round(percent * 10)
        counts[STABLE] += 1000 - round(percent * 10)
        lines = [f'http_requests_total{{version="{v}"}} {n}' for v, n in counts.items()]
        return web.Response(text="# TYPE http_requests_total counter\n" + "\n".join(lines) + "\n")

    async with serving(metrics) as url:
        yield f"{url}/metrics"


def shifted(
    url: str, *steps: dict[str, Any], command: str = SET, by_shell: bool = False, **sections: Any
) -> str:
    observed = {"url": url, "counter": "http_requests"}
    sections |= {"traffic": {"set": command, "shell": by_shell, "observe": observed}}
    sections.setdefault("rollback", {"healthy": FINE, "traffic": [HOME]})
    return card(*steps, **sections)


@pytest.mark.law(5)
@pytest.mark.shift("command", "passed")
async def test_done_when_it_is_seen(tmp_path: Path) -> None:
    """Law 5: ordered and seen stand side by side."""
    async with router(tmp_path / "place") as url, flying(tmp_path, shifted(url, SHIFT)) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.state.status("shift") is StepStatus.PASSED
        assert flight.evidence("shift").startswith("seen 50 % ±")
        assert (flight.state.traffic.ordered, flight.state.traffic.seen) == (0.5, 0.5)
        assert flight.state.changed == (Part.TRAFFIC,)
        assert flight.replayed() == flight.state


@pytest.mark.law(5)
@pytest.mark.shift("command", "failed")
async def test_exit_0_without_the_effect_has_failed(tmp_path: Path) -> None:
    """Law 5: the command says that all is well, the requests say otherwise."""
    async with router(tmp_path / "place") as url:
        text = shifted(url, SHIFT | {"within": "0.6s"}, command=shell("echo fine {percent}"))
        async with flying(tmp_path, text) as flight:
            await flight.begin()
            await flight.idle()
            assert flight.state.status("shift") is StepStatus.FAILED
            assert flight.evidence("shift").endswith("50 % was ordered")


@pytest.mark.law(1)
@pytest.mark.shift("command", "unknown")
async def test_what_cannot_be_seen_is_unknown(tmp_path: Path) -> None:
    """Law 1: nobody counts requests, so nobody knows where they go."""
    text = shifted("http://127.0.0.1:9/metrics", SHIFT | {"within": "0.2s"})
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.state.status("shift") is StepStatus.UNKNOWN
        assert flight.evidence("shift").startswith("nothing seen within 200 ms")


async def test_a_shell_finds_the_share_in_its_environment(tmp_path: Path) -> None:
    """It is shown as it is run."""
    async with router(tmp_path / "place") as url:
        text = shifted(url, SHIFT, command='echo "no $PERCENT"; exit 1', by_shell=True)
        async with flying(tmp_path, text) as flight:
            await flight.begin()
            await flight.idle()
            assert flight.evidence("shift") == "exit 1: no 50"
            ordered = flight.state.steps["shift"].command
            assert ordered == 'PERCENT=50 echo "no $PERCENT"; exit 1'


async def _hangs(*_: object) -> None:
    await asyncio.Event().wait()


async def _raises(*_: object) -> None:
    raise OSError("no certificate authorities")


@pytest.mark.law(4)
@pytest.mark.parametrize("page_before", [_hangs, _raises])
async def test_no_shift_waits_for_the_page_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_before: object
) -> None:
    """Law 4: what failed meanwhile is then not known; the order is given all the same."""
    monkeypatch.setattr("cockpit.engine.traffic.page_before", page_before)
    async with router(tmp_path / "place") as url, flying(tmp_path, shifted(url, SHIFT)) as flight:
        await flight.begin()
        await flight.until_status("shift", StepStatus.PASSED)
        assert flight.evidence("shift").startswith("seen 50 % ±")


async def test_a_command_that_fails_is_not_looked_for(tmp_path: Path) -> None:
    async with router(tmp_path / "place") as url:
        text = shifted(url, SHIFT, command=shell("echo no {percent}; exit 1"))
        async with flying(tmp_path, text) as flight:
            await flight.begin()
            await flight.idle()
            assert flight.evidence("shift") == "exit 1: no 50"


CANNOT_SET = "the router cannot set this share: it takes 1 to 255 of 256"


def refuse(monkeypatch: pytest.MonkeyPatch, percent: float) -> None:
    """Let the router refuse one share, which no rule of the card could foresee."""

    def values(_: CommandRouter, share: float) -> dict[str, str]:
        if share == percent:
            raise UsageError(CANNOT_SET)
        return {"percent": f"{share:g}"}

    monkeypatch.setattr("cockpit.engine.traffic.values", values)


@pytest.mark.law(5)
async def test_a_share_that_the_router_cannot_set_is_not_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 5: the step is unknown with the router's sentence, and nothing counts as ordered."""
    refuse(monkeypatch, 50)
    async with flying(tmp_path, shifted("http://127.0.0.1:9", SHIFT), journal=Memory()) as flight:
        await flight.begin()
        await flight.idle()
        assert flight.state.status("shift") is StepStatus.UNKNOWN
        assert flight.evidence("shift") == f"was not begun: {CANNOT_SET}"
        assert "traffic-ordered" not in flight.told()
        assert flight.state.changed == ()
        assert flight.replayed() == flight.state


@pytest.mark.law(4)
@pytest.mark.law(7)
async def test_a_rollback_goes_on_where_the_router_cannot_set_the_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4 and law 7: the breaker can be fired, and ends with what could not be done."""
    refuse(monkeypatch, 0)
    back = {"breaker": "back", "key": "f6", "rollback": "traffic"}
    text = shifted("http://127.0.0.1:9", SHIFT | {"within": "0.2s"}, breakers=[back])
    async with flying(tmp_path, text, journal=Memory()) as flight:
        await flight.begin()
        await flight.idle()
        await flight.order(orders.Arm("back"))
        assert flight.state.breakers["back"].command == CANNOT_SET
        await flight.order(orders.Fire("back"))
        await flight.until(lambda now: now.breakers["back"].status is BreakerStatus.FAILED)
        assert flight.evidence("home") == f"was not begun: {CANNOT_SET}"


@pytest.mark.law(2)
async def test_in_doubt_the_requests_are_asked(tmp_path: Path) -> None:
    """Law 2: what is seen is said, and the operator decides."""
    command = shell("echo {percent} > share; echo {percent} >> orders; exec sleep 60")
    async with (
        router(tmp_path / "place") as url,
        flying(tmp_path, shifted(url, SHIFT, command=command)) as flight,
    ):
        await flight.begin()
        await flight.until_text("orders")
        await asyncio.to_thread(kill_supervisor, flight.folder, "shift")
        await flight.until(lambda now: "verify passed" in now.steps["shift"].evidence)
        assert flight.state.status("shift") is StepStatus.DOUBT
        assert flight.workplace("orders") == "50\n"


async def back_home(flight: Flight) -> None:
    await flight.until(lambda now: now.rollback and now.rollback.outcome is not None)
    assert flight.state.rollback is not None
    assert flight.state.rollback.outcome is Outcome.PASSED, flight.evidence()
    assert flight.state.traffic.seen == 0
    assert flight.state.changed == ()


@pytest.mark.law(7)
async def test_a_shift_in_flight_ends_before_traffic_goes_home(tmp_path: Path) -> None:
    """Law 7: else its late order would undo the rollback."""
    at_50 = "trap 'sleep 0.3; echo late >> orders; exit' TERM; while :; do sleep 0.02; done"
    late = f"if test {{percent}} = 50; then {at_50}; fi"
    command = shell(f"echo {{percent}} >> orders; {late}; echo {{percent}} > share")
    async with (
        router(tmp_path / "place") as url,
        flying(tmp_path, shifted(url, SHIFT, command=command)) as flight,
    ):
        await flight.begin()
        await flight.until_text("orders")
        await flight.order(orders.RollBack("so", (Part.TRAFFIC,)))
        await back_home(flight)
        assert flight.workplace("orders").split() == ["50", "late", "0"]


@pytest.mark.law(5)
@pytest.mark.law(7)
async def test_a_trip_in_a_hold_sends_it_home_by_itself(tmp_path: Path) -> None:
    """Law 5 and law 7: by the card's rule, and done when it is seen."""
    monitor = {"monitor": "p95", "source": "metrics", "url": "http://127.0.0.1:9", "of": "d"}
    monitor |= {"quantile": 0.95, "above": "250ms"}
    hold = {"hold": "10m", "id": "hold", "on_trip": "rollback traffic"}
    async with router(tmp_path / "place") as url:
        text = shifted(url, SHIFT, hold, monitors=[monitor])
        async with flying(tmp_path, text) as flight:
            await flight.begin()
            await flight.until_status("hold", StepStatus.RUNNING)
            await flight.ticks.say(p95="tripped")
            await back_home(flight)
            assert flight.state.rollback is not None
            assert flight.state.rollback.automatic
            assert flight.workplace("orders").split() == ["50", "0"]


@pytest.mark.law(3)
async def test_a_cockpit_that_comes_back_orders_nothing_twice(tmp_path: Path) -> None:
    """Law 3: the share was ordered; what is left is to see it."""
    async with router(tmp_path / "place") as url:
        text = shifted(url, SHIFT | {"within": "20s"})
        frozen = shifted(url, SHIFT | {"within": "20s"}, command=shell("echo {percent} >> orders"))
        async with flying(tmp_path, frozen) as flight:
            await flight.begin()
            await flight.until(lambda now: now.traffic.seen is not None)
        (tmp_path / "place" / "share").write_text("50")
        async with flying(tmp_path, text) as flight:
            await flight.until_status("shift", StepStatus.PASSED)
            assert flight.workplace("orders") == "50\n"
            assert flight.told().count("traffic-ordered") == 1
            assert flight.replayed() == flight.state
