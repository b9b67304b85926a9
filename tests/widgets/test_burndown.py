"""The burn-down: each look is a column of its own, and no line leads from one to the next."""

from typing import Final

import pytest

from tests.widgets.host import Host, lines
from widgets.budget import BudgetPanel, BudgetView
from widgets.burndown import BurnDown, columns
from widgets.chart import GAP

LOOKS: Final = ((0.0, 1.0), (0.25, 0.5), (0.35, None), (0.5, 0.0))
CURVE: Final = BurnDown(LOOKS, now=0.6, begins="02:00Z", ends="24h after", count="4 looks")


async def drawn(curve: BurnDown, size: tuple[int, int], *, ascii_only: bool = False) -> list[str]:
    panel = BudgetPanel(BudgetView(left_label="50 % left", curve=curve), ascii_only=ascii_only)
    app = Host(panel)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return lines(app)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ((), (GAP,)),
        (((0.1, 0.9), (0.9, 0.7)), (0.7,)),
        (((0.1, 0.9), (0.9, None)), (None,)),
        (((0.1, None), (0.9, 0.0)), (0.0,)),
        (((1.0, 0.4),), (0.4,)),
        (((-0.1, 0.4), (1.1, 0.4)), (GAP,)),
    ],
)
def test_a_cell_shows_the_worst_that_was_seen_in_it(
    found: tuple[tuple[float, float | None], ...], shown: tuple[float | None, ...]
) -> None:
    assert columns(found, 1) == shown


@pytest.mark.law(1)
async def test_between_two_looks_there_is_nothing() -> None:
    """Law 1: what nobody measured is drawn as nothing, what could not be measured as a dot."""
    seen = await drawn(CURVE, (46, 9))
    chart = [row[:40] for row in seen[4:8]]
    assert seen[3].startswith("LEFT ─")
    assert seen[3].rstrip().endswith("4 looks")
    assert [row[0] for row in chart] == list("████")
    assert [row[10] for row in chart] == list("  ██")
    assert [row[14] for row in chart] == list("   ·")
    assert [row[20] for row in chart] == list("   ▁"), "nothing left is drawn, and is no gap"
    assert [row[24] for row in chart] == list("┊┊┊┊")
    rest = {row[x] for row in chart for x in range(40) if x not in {0, 10, 14, 20, 24}}
    assert rest == {" "}
    assert seen[4].rstrip().endswith("100 %")
    assert seen[8].split() == ["02:00Z", "now", "24h", "after"]


@pytest.mark.parametrize(
    ("curve", "size"), [(BurnDown(now=0.5, begins="02:00Z"), (46, 20)), (CURVE, (46, 6))]
)
async def test_without_a_look_or_room_there_is_no_curve(
    curve: BurnDown, size: tuple[int, int]
) -> None:
    assert not any("LEFT" in row for row in await drawn(curve, size))


async def test_it_is_drawn_in_ascii_too() -> None:
    seen = await drawn(CURVE, (46, 9), ascii_only=True)
    assert all(row.isascii() for row in seen)
    assert seen[4][0] == "#"
