"""The key of every kind of breaker: it goes over the members of the union `Breaker`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from msgspec import Struct

from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.state import BreakerStatus
from tests.screens.flights import CARD, Flight, orders_done, ready
from widgets.picker import Picker


class Example(Struct, frozen=True):
    """A breaker as a card writes it: one that takes nothing, and one that takes an endpoint.

    `taking` is None for a kind that cannot take one.
    """

    plain: Mapping[str, Any]
    taking: Mapping[str, Any] | None


EXAMPLES: Mapping[type[Any], Example] = {
    CommandBreaker: Example({"run": "true"}, {"run": "true {endpoint}", "takes": "endpoint"}),
    RollbackBreaker: Example({"rollback": "all"}, None),
}


@pytest.fixture(params=get_args(Breaker))
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def example(kind: type[Any]) -> Example:
    example = EXAMPLES.get(kind)
    assert example is not None, f"add an example of {kind.__name__} to EXAMPLES"
    takes = "takes" in kind.__struct_fields__
    assert takes == (example.taking is not None), f"`taking` of {kind.__name__}: {takes=}"
    return example


def flight(tmp_path: Path, entry: Mapping[str, Any]) -> Flight:
    """Make a run whose F4 is the breaker."""
    card = yaml.safe_load(CARD)
    card["breakers"] = [{"breaker": "emergency", "key": "f4", **entry}]
    card["rollback"] = {"application": [{"confirm": "it is back", "id": "back"}]}
    return Flight(tmp_path, card=yaml.safe_dump(card))


async def test_one_that_takes_nothing_is_armed_at_once(
    tmp_path: Path, kind: type[Any], example: Example
) -> None:
    made = flight(tmp_path, example.plain)
    async with made.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, made.app)
        assert made.app.live is not None
        assert isinstance(made.app.live.breaker("f4"), kind)
        await pilot.press("f4")
        await orders_done(made.app)
        assert not made.app.screen.query(Picker), f"{kind.__name__} takes nothing: arm it at once"
        assert made.state.breakers["emergency"].status is BreakerStatus.ARMED


async def test_one_that_takes_an_endpoint_asks_for_it_first(
    tmp_path: Path, kind: type[Any], example: Example
) -> None:
    if example.taking is None:
        return
    made = flight(tmp_path, example.taking)
    async with made.app.run_test(size=(120, 36)) as pilot:
        await ready(pilot, made.app)
        assert made.app.live is not None
        assert isinstance(made.app.live.breaker("f4"), kind)
        await pilot.press("f4")
        await orders_done(made.app)
        assert made.app.screen.query(Picker), (
            f"{kind.__name__} takes an endpoint and does not ask for it: let its key open the"
            " picker, in BreakerKeys of cockpit/screens/keys/breakers.py"
        )
        assert "emergency" not in made.state.breakers
        await pilot.press("enter")
        state = await made.until(lambda now: "emergency" in now.breakers)
        assert state.breakers["emergency"].argument == "/api/analytics"
