"""A key is acknowledged within its own event, and what is shown then claims nothing."""

import asyncio

import pytest
from msgspec.structs import replace

from cockpit.engine import orders
from cockpit.screens.model.presenter import Presenter
from cockpit.state import BreakerStatus
from tests.screens.flights import Flight, orders_done, ready, shown, text
from tests.widgets.host import SIZES
from widgets.breakers import BreakerBar, BreakerTile
from widgets.footer import KeyFooter
from widgets.glyphs import Status as Glyph


class StuckError(Exception):
    """Nothing may get so far."""


def hold_orders(flight: Flight, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Keep every order from the engine until the event is set: a journal that does not answer."""
    assert flight.app.live is not None
    gate, give = asyncio.Event(), flight.app.live.source.order

    async def waits(order: orders.Order) -> None:
        await gate.wait()
        await give(order)

    monkeypatch.setattr(flight.app.live.source, "order", waits)
    return gate


def tile(flight: Flight, key: str) -> BreakerTile:
    bar = flight.app.screen_stack[0].query_one(BreakerBar)
    return next(tile for tile in bar.value if tile.key == key)


def hint(flight: Flight, key: str) -> str:
    footer = flight.app.screen_stack[0].query_one(KeyFooter)
    return next(hint.label for hint in footer.hints if hint.shown == key)


@pytest.mark.law(2)
@pytest.mark.parametrize("size", SIZES)
async def test_a_breaker_is_acknowledged_before_the_journal_knows_and_claims_nothing(
    flight: Flight, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async with flight.app.run_test(size=size) as pilot:
        await ready(pilot, flight.app)
        gate = hold_orders(flight, monkeypatch)
        await pilot.press("f3")
        assert (tile(flight, "F3").status, tile(flight, "F3").word) == (Glyph.ASKED, "arming")
        assert "… arming" in text(flight.app)
        assert "ARMED" not in text(flight.app), "law 2: nothing is armed that no entry tells of"
        assert not flight.state.breakers
        gate.set()
        await shown(pilot, flight.app, lambda: "ARMED" in text(flight.app))
        assert flight.state.breakers["freeze"].status is BreakerStatus.ARMED
        assert "arming" not in text(flight.app)


@pytest.mark.parametrize(("key", "shows"), [("h", "hold …"), ("n", "Preflight …")])
async def test_a_key_of_the_cutover_is_acknowledged_in_the_footer(
    flight: Flight, monkeypatch: pytest.MonkeyPatch, key: str, shows: str
) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        gate = hold_orders(flight, monkeypatch)
        await pilot.press(key, key)
        assert hint(flight, key) == shows
        gate.set()
        await shown(pilot, flight.app, lambda: shows not in text(flight.app))


async def test_a_refused_order_takes_its_acknowledgement_back(
    flight: Flight,
) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        await pilot.press("h")
        await flight.until(lambda state: state.held is not None)
        await shown(pilot, flight.app, lambda: "end the hold" in text(flight.app))
        bridge = flight.app.screen_stack[0]
        before = bridge.query_one(KeyFooter).hints
        flight.app.acknowledge("h", "F3")
        assert bridge.query_one(KeyFooter).hints != before
        flight.app.order(orders.HoldRun())  # it holds already
        await orders_done(flight.app)
        assert tile(flight, "F3").status is Glyph.READY
        assert hint(flight, "h") == "hold"


def test_an_acknowledgement_never_covers_what_is_under_way() -> None:
    bar = BreakerBar((BreakerTile("F2", "a", Glyph.ARMED, "ARMED"), BreakerTile("F3", "b")))
    bar.acknowledge("F2")
    bar.acknowledge("F3")
    assert [found.word for found in bar.value] == ["ARMED", "arming"]


@pytest.mark.law(12)
async def test_law_12_a_hung_source_never_blocks_keys(
    flight: Flight, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 12: with an order and the output's reader hung, keys still act and the screen answers."""
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        assert flight.app.live is not None

        async def hangs(*_: object) -> bool:
            await asyncio.Event().wait()
            raise StuckError

        monkeypatch.setattr(flight.app.live.output, "poll", hangs)
        gate = hold_orders(flight, monkeypatch)
        await flight.app._tick()
        await pilot.press("f3", "j")
        await shown(pilot, flight.app, lambda: "in control" in text(flight.app))
        await pilot.press("escape")
        await shown(pilot, flight.app, lambda: len(flight.app.screen_stack) == 1)
        gate.set()
        await flight.until(lambda state: bool(state.breakers))


async def test_a_journal_fault_that_no_entry_tells_of_is_shown_by_the_next_second(
    flight: Flight,
) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        assert flight.running is not None
        session = flight.running.session
        session.state = replace(session.state, journal_fault="the disk is full")
        await flight.app._tick()
        assert "the disk is full" in text(flight.app)
        session.state = replace(session.state, journal_fault="")


async def test_charts_are_drawn_anew_by_another_second_or_sample_alone(flight: Flight) -> None:
    async with flight.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, flight.app)
        assert flight.app.live is not None
        live = Presenter(flight.app.live.source)
        first = live.screenful(30)
        flight.running.session.state = replace(flight.state, held="x")  # type: ignore[union-attr]
        assert live.screenful(30).slo is first.slo
        await flight.clock.advance(1.0)
        assert live.screenful(30).slo is not first.slo
