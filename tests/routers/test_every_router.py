"""Every kind of router: it goes over the members of the union `Router`.

For each there is a test of a shift whose effect is seen, of one whose effect is not, and of one
that nobody can observe: `@pytest.mark.shift("command", "passed")`, `"failed"` and `"unknown"`. A
marker whose outcome does not come in the test fails it (shifts.py).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from checks.core.base import Outcome
from cockpit.card.model.routers import CommandRouter, Router
from cockpit.card.model.steps import Traffic
from cockpit.card.read.shape import shape, tag
from cockpit.engine.traffic import command
from tests.engine import test_traffic
from tests.engine.kit import Memory, card, flying
from tests.markers import TESTS, collected

SHIFTS = {
    (mark[1], outcome.value)
    for kind in shape(Router).members
    if (mark := tag(kind))
    for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN)
}


class Example(Struct, frozen=True):
    """A router as a card's `traffic` writes it, without `observe`, and what its shares become.

    `commands`: the command line that sets the canary's share, by that share as a ratio 0..1.
    """

    entry: Mapping[str, Any]
    commands: Mapping[float, str]


EXAMPLES: Mapping[type[Any], Example] = {
    CommandRouter: Example(
        {"router": "command", "set": "./shift --canary {percent}"},
        {
            0.0: "./shift --canary 0",
            0.005: "./shift --canary 0.5",
            0.05: "./shift --canary 5",
            1.0: "./shift --canary 100",
        },
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
            action = command(context.card, Traffic(traffic=share))
            assert action.format() == line
            assert action.urgent == (share == 0), "a share of 0 must not wait for a full disk"
    assert {0.0, 1.0} <= example.commands.keys()


@pytest.mark.law(5)
@pytest.mark.xdist_group("markers")  # it may have to collect the tests: in one worker, once
def test_each_router_has_a_shift_of_each_outcome(
    pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """Law 5: done means observed, whatever sets the share."""
    marked = {
        shift
        for folder in ("engine", "routers")
        for markers in collected(pytestconfig, TESTS / folder, tmp_path).values()
        for shift in markers.shifts
    }
    missing = [f"@pytest.mark.shift{shift}" for shift in sorted(SHIFTS - marked)]
    assert not missing, f"no test in tests/routers is marked with {', '.join(missing)}"
    assert marked == SHIFTS, "there is no such router, or no such outcome"
