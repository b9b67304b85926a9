"""Laws 3 and 5 for every kind of breaker: it goes over the members of the union `Breaker`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import Struct

from cockpit.card.load_card import loads
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import plan
from cockpit.engine import orders
from cockpit.projections.decision import caveats
from cockpit.state import BreakerStatus, State
from tests.engine.kit import Flight, card, flying, sh, shell

EFFECT = "echo x >> effect; until test -e go; do sleep 0.02; done"
"""Each time that it runs adds a line to the file, at once; it ends when a test lets it go."""


class Example(Struct, frozen=True):
    """A breaker named `emergency` that runs EFFECT, and the sections of the card that it needs.

    `qualifies_go`: once verified it is in effect, which a GO must not conceal. That is so for
    every kind but a rollback, after which there is no GO.
    """

    entry: Mapping[str, Any]
    sections: Mapping[str, Any] = {}
    qualifies_go: bool = True

    def text(self) -> str:
        """Write a card with the breaker, and with a step that hangs until it is stopped."""
        named = {"breaker": "emergency", "key": "f2", **self.entry}
        hangs = sh("exec sleep 60", id="switch", changes="application")
        return card(hangs, breakers=[named], **self.sections)


EXAMPLES: Mapping[type[Any], Example] = {
    CommandBreaker: Example(
        {
            "run": shell(EFFECT),
            "verify": {"check": "command", "run": "test -e effect"},
            "within": "0.2s",
        }
    ),
    RollbackBreaker: Example(
        {"rollback": "all"},
        {"rollback": {"application": [sh(EFFECT, id="undo")]}},
        qualifies_go=False,
    ),
}


@pytest.fixture(params=get_args(Breaker))
def example(request: pytest.FixtureRequest) -> Example:
    return example_of(request.param)


def example_of(kind: type[Any]) -> Example:
    example = EXAMPLES.get(kind)
    assert example is not None, f"add an example of {kind.__name__} to EXAMPLES"
    return example


def status(state: State) -> BreakerStatus:
    return state.breakers["emergency"].status


def go_on(tmp_path: Path) -> None:
    """Let EFFECT end."""
    (tmp_path / "place" / "go").touch()


async def arm(flight: Flight) -> None:
    """Arm the breaker while the step hangs."""
    await flight.begin()
    await flight.until_begun("switch")
    await flight.order(orders.Arm("emergency"))


@pytest.mark.law(5)
async def test_armed_it_sends_nothing_fired_it_is_verified(
    tmp_path: Path, example: Example
) -> None:
    """Law 5: verified is what its effect was seen of, and nothing before it was fired."""
    async with flying(tmp_path, example.text()) as flight:
        await arm(flight)
        await flight.order(orders.Disarm("emergency"), orders.Arm("emergency"))
        assert status(flight.state) is BreakerStatus.ARMED
        assert flight.state.breakers["emergency"].command, "what it would do is not shown"
        assert flight.workplace("effect") == ""
        go_on(tmp_path)
        await flight.order(orders.Fire("emergency"))
        await flight.until(lambda now: status(now) is BreakerStatus.VERIFIED)
        assert flight.workplace("effect") == "x\n"
        assert flight.replayed() == flight.state


@pytest.mark.law(3)
async def test_killed_while_it_fires_its_effect_happens_once(
    tmp_path: Path, example: Example
) -> None:
    """Law 3: a cockpit that is resumed follows what was fired, and fires nothing again."""
    async with flying(tmp_path, example.text()) as flight:
        await arm(flight)
        await flight.order(orders.Fire("emergency"))
        await flight.until_text("effect")
        assert status(flight.state) is BreakerStatus.FIRING
    async with flying(tmp_path, example.text()) as flight:
        go_on(tmp_path)
        await flight.until(
            lambda now: status(now) not in (BreakerStatus.FIRING, BreakerStatus.FIRED)
        )
        assert flight.workplace("effect") == "x\n"
        assert status(flight.state) is BreakerStatus.VERIFIED
        assert flight.told().count("breaker-fired") == 1
        assert flight.replayed() == flight.state


@pytest.mark.law(5)
async def test_in_effect_it_qualifies_a_go(tmp_path: Path, example: Example) -> None:
    """Law 5: a GO says which breakers are in effect."""
    text = example.text()
    async with flying(tmp_path, text) as flight:
        await arm(flight)
        assert caveats(plan(loads(text)), flight.state) == ()
        go_on(tmp_path)
        await flight.order(orders.Fire("emergency"))
        await flight.until(lambda now: status(now) is BreakerStatus.VERIFIED)
        in_effect = ("F2 emergency is in effect",) if example.qualifies_go else ()
        assert caveats(plan(loads(text)), flight.state) == in_effect
