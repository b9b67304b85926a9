"""Every kind of router: it goes over the members of the union `Router`."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from cockpit.card.model.routers import CommandRouter, Router
from cockpit.card.model.steps import Traffic
from cockpit.card.read.shape import shape
from cockpit.engine.traffic import command
from tests.engine import test_traffic
from tests.engine.kit import Memory, card, flying

FlightTest = Callable[[Path], Awaitable[None]]


class Example(Struct, frozen=True):
    """A router as a card's `traffic` writes it, without `observe`, and what its shares become.

    `commands`: the command line that sets the canary's share, by that share as a ratio 0..1.
    `passed`, `failed` and `unknown` are the tests in which a shift by it ends so: its effect is
    seen, it is not, and nobody counts requests.
    """

    entry: Mapping[str, Any]
    commands: Mapping[float, str]
    passed: FlightTest
    failed: FlightTest
    unknown: FlightTest


EXAMPLES: Mapping[type[Any], Example] = {
    CommandRouter: Example(
        {"router": "command", "set": "./shift --canary {percent}"},
        {
            0.0: "./shift --canary 0",
            0.005: "./shift --canary 0.5",
            0.05: "./shift --canary 5",
            1.0: "./shift --canary 100",
        },
        passed=test_traffic.test_done_when_it_is_seen,
        failed=test_traffic.test_exit_0_without_the_effect_has_failed,
        unknown=test_traffic.test_what_cannot_be_seen_is_unknown,
    ),
}


@pytest.mark.parametrize("kind", shape(Router).members)
async def test_a_share_becomes_its_command(tmp_path: Path, kind: type[Any]) -> None:
    example = EXAMPLES.get(kind)
    assert example is not None, f"add an example of {kind.__name__} to EXAMPLES"
    observed = {"url": "http://127.0.0.1:9/metrics", "counter": "http_requests"}
    text = card(
        {"traffic": "5%", "id": "shift"},
        traffic={**example.entry, "observe": observed},
        rollback={"healthy": test_traffic.FINE, "traffic": [test_traffic.HOME]},
    )
    async with flying(tmp_path, text, journal=Memory()) as flight:
        context = flight.engine.context
        assert isinstance(context.card.traffic, kind)
        for share, line in example.commands.items():
            action = command(context, Traffic(traffic=share))
            assert action.format() == line
            assert action.urgent == (share == 0), "a share of 0 must not wait for a full disk"
    assert {0.0, 1.0} <= example.commands.keys()
