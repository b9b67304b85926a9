"""What disturbs others is looked at by itself, and what reads others after them."""

import pytest

from checks.core.base import Check
from checks.core.limits import limit
from checks.http import Http
from checks.load import Load
from checks.measured import Measured
from checks.rate_limit import RateLimit
from cockpit.card.model.plan import Planned, SectionKind
from cockpit.card.model.steps import Step
from cockpit.engine.scheduling import waves

HEALTH = Http(path="/health")
SOAK = Load(rate="20/s", p95=0.25)
BURST = RateLimit(path="/", within=10)
P95 = Measured(of="soak", figure="p95_s", at_most=limit("250ms"))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), []),
        ((HEALTH, HEALTH), [(0, 1)]),
        ((P95, SOAK, HEALTH, BURST, HEALTH), [(2, 4), (1,), (3,), (0,)]),
    ],
)
def test_waves(steps: tuple[Step, ...], expected: list[tuple[int, ...]]) -> None:
    items = [
        Planned(str(number), "", step, "done.a", SectionKind.DONE)
        for number, step in enumerate(steps)
    ]
    assert [tuple(int(one.id) for one in wave) for wave in waves(items)] == expected


def test_each_says_its_turn() -> None:
    checks: tuple[Check, ...] = (HEALTH, SOAK, BURST, P95)
    assert [check.scheduling() for check in checks] == [0, 1, 1, 2]
