"""The board: every line stands there as far as there is room, the chosen one always."""

import pytest

from tests.widgets.host import Host, lines
from widgets.board import Board, BoardGroup, BoardLine, BoardView
from widgets.glyphs import Status


def group(name: str, count: int, status: Status = Status.PASSED) -> BoardGroup:
    rows = tuple(
        BoardLine(f"{name} {n}", status, "passed 3m ago", f"why {name} {n}") for n in range(count)
    )
    return BoardGroup(name, f"{count} of {count}", rows)


def view(*groups: BoardGroup, chosen: int = 0) -> BoardView:
    return BoardView("DONE 1 of 2", groups, ((Status.PASSED, "1 passed"),), 0.5, chosen)


async def drawn(value: BoardView, size: tuple[int, int], *, ascii_only: bool = False) -> list[str]:
    app = Host(Board(value, ascii_only=ascii_only))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return lines(app)


async def test_groups_stand_beside_each_other_where_there_is_room() -> None:
    seen = await drawn(view(group("a", 2), group("b", 2)), (120, 20))
    assert seen[1].startswith("A ─")
    assert " B ─" in seen[1]
    narrow = await drawn(view(group("a", 2), group("b", 2)), (60, 20))
    assert " B ─" not in narrow[1]


async def test_evidence_gives_way_first_to_what_needs_no_eyes() -> None:
    value = view(group("a", 6), group("b", 4, Status.FAILED))
    roomy, tight = await drawn(value, (100, 30)), await drawn(value, (100, 16))
    assert any("why a 3" in line for line in roomy)
    assert not any("why a 3" in line for line in tight)
    assert any("why b 3" in line for line in tight)


@pytest.mark.parametrize("chosen", [0, 7, 39])
async def test_the_chosen_line_is_always_in_sight_and_said_in_full(chosen: int) -> None:
    seen = await drawn(view(group("a", 40), chosen=chosen), (60, 14))
    assert any(line.startswith(f"► ✓ a {chosen} ") for line in seen)
    assert any(line.startswith(f"why a {chosen}") for line in seen)


@pytest.mark.law(9)
async def test_a_long_evidence_is_broken_at_spaces_and_foreign_text_is_text() -> None:
    """Law 9."""
    words = "[red]word\x1b[31m " * 20
    line = BoardLine("odd", Status.FAILED, "failed", words, ("one more",))
    seen = await drawn(view(BoardGroup("g", "0 of 1", (line,))), (60, 16))
    assert any("[red]word�[31m" in line for line in seen)
    assert not any("\x1b" in line for line in seen)


async def test_without_a_list_it_says_so_and_in_ascii_every_glyph_is_plain() -> None:
    assert (await drawn(BoardView("the card has no Done list"), (80, 10)))[0].startswith("the card")
    seen = await drawn(view(group("a", 2)), (80, 16), ascii_only=True)
    assert "> + a 0" in "\n".join(seen)
    assert all(line.isascii() for line in seen)
