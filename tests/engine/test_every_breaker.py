"""Laws 1, 3 and 5 for every kind of breaker: it goes over the members of the union `Breaker`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import Struct

from checks.core.base import Outcome
from cockpit.card.load_card import loads
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import plan
from cockpit.engine import orders
from cockpit.engine.breakers import ON_ITS_WAY
from cockpit.journal.events import BreakerEnded
from cockpit.projections.decision import caveats
from cockpit.state import BreakerStatus, State
from tests.engine.kit import Flight, card, flying, sh, shell

SENT = "echo x >> sent"
EFFECT = f"{SENT}; echo x >> effect; until test -e go; do sleep 0.02; done"
"""Each time that it runs adds a line to the files, at once; it ends when a test lets it go."""
SEEN = {"check": "command", "run": "test -e effect"}
NOBODY_CAN_TELL = {"check": "command", "run": "./no-such-program"}


class Emergency(Struct, frozen=True):
    """A breaker named `emergency`, as a card writes it, and the sections that it needs."""

    entry: Mapping[str, Any]
    sections: Mapping[str, Any] = {}

    def text(self) -> str:
        """Write a card with the breaker, and with a step that hangs until it is stopped."""
        named = {"breaker": "emergency", "key": "f2", **self.entry}
        hangs = sh("exec sleep 60", id="switch", changes="application")
        return card(hangs, breakers=[named], **self.sections)


Peer = Callable[[Path], AbstractAsyncContextManager[Emergency]]
"""Begins what the breaker talks to, given the card's folder, and yields the breaker.

In that folder it adds a line `x` to `sent` whenever it is asked, and one to `effect` whenever the
effect happens. As a command runs there, it needs nothing else; a server is begun and ended here.
"""


class Example(Struct, frozen=True):
    """The peers that a kind of breaker meets; each kind needs them all.

    `works`: it is asked, the effect happens, and it ends once a test has written the file `go`.
    `refuses`: it is asked and says no, as by exit 1 or status 500; without `verify`.
    `unseen`: it is asked and says yes; the effect does not happen.
    `unsent`: it cannot be asked, as nobody listens there; without `verify`.
    `untold`: it is asked, and nobody can tell what came of it.
    `qualifies_go`: once verified it is in effect, which a GO must not conceal. That is so for
    every kind but a rollback, after which there is no GO.
    """

    works: Peer
    refuses: Peer
    unseen: Peer
    unsent: Peer
    untold: Peer
    qualifies_go: bool = True


def runs(script: str, **options: Any) -> Peer:
    """Make the peer of a command: the card's folder is all that it needs."""
    return alone(Emergency({"run": shell(script), "within": "0.2s", **options}))


def rolls_back(*steps: Mapping[str, Any]) -> Peer:
    """Make the peer of a rollback to these steps."""
    return alone(Emergency({"rollback": "all"}, {"rollback": {"application": [*steps]}}))


def alone(emergency: Emergency) -> Peer:
    @asynccontextmanager
    async def peer(_: Path) -> AsyncIterator[Emergency]:
        yield emergency

    return peer


EXAMPLES: Mapping[type[Any], Example] = {
    CommandBreaker: Example(
        works=runs(EFFECT, verify=SEEN),
        refuses=runs(f"{SENT}; exit 1"),
        unseen=runs(SENT, verify=SEEN),
        unsent=alone(Emergency({"run": f"{shell(SENT)} ${{NOWHERE}}"})),
        untold=runs(SENT, verify=NOBODY_CAN_TELL),
    ),
    RollbackBreaker: Example(
        works=rolls_back(sh(EFFECT, id="undo")),
        refuses=rolls_back(sh(f"{SENT}; exit 1", id="undo")),
        unseen=rolls_back(sh(SENT, id="undo"), {**SEEN, "id": "seen"}),
        unsent=rolls_back({"run": f"{shell(SENT)} ${{NOWHERE}}", "id": "undo"}),
        untold=rolls_back(sh(SENT, id="undo"), {**NOBODY_CAN_TELL, "id": "seen"}),
        qualifies_go=False,
    ),
}


@pytest.fixture(params=get_args(Breaker))
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def example(kind: type[Any]) -> Example:
    example = EXAMPLES.get(kind)
    assert example is not None, f"add an example of {kind.__name__} to EXAMPLES"
    return example


@asynccontextmanager
async def met(tmp_path: Path, kind: type[Any], peer: Peer) -> AsyncIterator[str]:
    """Begin a peer; yield the card whose breaker, of this kind, meets it."""
    place = tmp_path / "place"
    place.mkdir()
    async with peer(place) as emergency:
        (breaker,) = plan(loads(emergency.text())).breakers
        assert isinstance(breaker, kind), f"EXAMPLES[{kind.__name__}] is another kind"
        yield emergency.text()


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


async def ended(flight: Flight) -> BreakerEnded:
    """Fire the breaker; return how it ended."""
    await arm(flight)
    await flight.order(orders.Fire("emergency"))
    await flight.until(lambda now: status(now) not in ON_ITS_WAY)
    assert flight.replayed() == flight.state
    (end,) = (e.event for e in flight.state.feed if isinstance(e.event, BreakerEnded))
    assert (status(flight.state) is BreakerStatus.VERIFIED) == (end.outcome is Outcome.PASSED)
    return end


@pytest.mark.law(5)
async def test_armed_it_sends_nothing_fired_it_is_verified(
    tmp_path: Path, kind: type[Any], example: Example
) -> None:
    """Law 5: verified is what its effect was seen of, and nothing before it was fired."""
    async with met(tmp_path, kind, example.works) as text, flying(tmp_path, text) as flight:
        await arm(flight)
        await flight.order(orders.Disarm("emergency"), orders.Arm("emergency"))
        assert status(flight.state) is BreakerStatus.ARMED
        assert flight.state.breakers["emergency"].command, "what it would do is not shown"
        assert flight.workplace("sent") == flight.workplace("effect") == ""
        go_on(tmp_path)
        await flight.order(orders.Fire("emergency"))
        await flight.until(lambda now: status(now) is BreakerStatus.VERIFIED)
        assert flight.workplace("sent") == flight.workplace("effect") == "x\n"
        assert flight.replayed() == flight.state


@pytest.mark.law(5)
@pytest.mark.parametrize("peer", ["refuses", "unseen"])
async def test_sent_without_its_effect_it_has_failed(
    tmp_path: Path, kind: type[Any], example: Example, peer: str
) -> None:
    """Law 5: neither that it was sent nor what the peer says is the effect."""
    async with (
        met(tmp_path, kind, getattr(example, peer)) as text,
        flying(tmp_path, text) as flight,
    ):
        assert peer != "refuses" or "verify:" not in text, "its reply alone is to be judged"
        end = await ended(flight)
        assert flight.workplace("sent") == "x\n", f"`{peer}` of {kind.__name__} was not asked once"
        assert flight.workplace("effect") == "", f"`{peer}` of {kind.__name__} has the effect"
        assert end.outcome is Outcome.FAILED, f"judge it failed: {end.evidence}"
        assert end.evidence


@pytest.mark.law(1)
@pytest.mark.law(5)
@pytest.mark.parametrize(("peer", "sent"), [("unsent", ""), ("untold", "x\n")])
async def test_what_was_not_sent_or_nobody_can_tell_is_not_verified(
    tmp_path: Path, kind: type[Any], example: Example, peer: str, sent: str
) -> None:
    """Law 1 and law 5: no reply is no effect, and nothing is sent again for it."""
    async with (
        met(tmp_path, kind, getattr(example, peer)) as text,
        flying(tmp_path, text) as flight,
    ):
        end = await ended(flight)
        assert flight.workplace("sent") == sent, f"`{peer}` of {kind.__name__} was asked otherwise"
        assert end.outcome is not Outcome.PASSED, f"nobody knows that: {end.evidence}"
        assert end.evidence


@pytest.mark.law(3)
async def test_killed_while_it_fires_its_effect_happens_once(
    tmp_path: Path, kind: type[Any], example: Example
) -> None:
    """Law 3: a cockpit that is resumed follows what was fired, and fires nothing again."""
    async with met(tmp_path, kind, example.works) as text:
        async with flying(tmp_path, text) as flight:
            await arm(flight)
            await flight.order(orders.Fire("emergency"))
            await flight.until_text("effect")
            assert status(flight.state) is BreakerStatus.FIRING
        async with flying(tmp_path, text) as flight:
            go_on(tmp_path)
            await flight.until(lambda now: status(now) not in ON_ITS_WAY)
            assert flight.workplace("sent") == flight.workplace("effect") == "x\n"
            assert status(flight.state) is BreakerStatus.VERIFIED
            assert flight.told().count("breaker-fired") == 1
            assert flight.replayed() == flight.state


@pytest.mark.law(5)
async def test_in_effect_it_qualifies_a_go(
    tmp_path: Path, kind: type[Any], example: Example
) -> None:
    """Law 5: a GO says which breakers are in effect."""
    async with met(tmp_path, kind, example.works) as text, flying(tmp_path, text) as flight:
        await arm(flight)
        assert caveats(plan(loads(text)), flight.state) == ()
        go_on(tmp_path)
        await flight.order(orders.Fire("emergency"))
        await flight.until(lambda now: status(now) is BreakerStatus.VERIFIED)
        in_effect = ("F2 emergency is in effect",) if example.qualifies_go else ()
        assert caveats(plan(loads(text)), flight.state) == in_effect
