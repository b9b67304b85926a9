"""The boards, the budget and the footer as values, from the stories."""

from msgspec.structs import replace

from cockpit.card.model.plan import Planned
from cockpit.screens.view import day1, done
from cockpit.screens.view.bindings import LAST
from cockpit.screens.view.first_paint import FirstPaint
from cockpit.screens.view.footer import STILL, footer
from cockpit.screens.view.offers import Available
from cockpit.screens.view.screenful import before_open
from screenshots.stories import STORIES
from tests.widgets.samples import ARMED, CALM
from widgets.board import BoardLine, BoardView
from widgets.glyphs import Status


def rows(board: BoardView) -> list[BoardLine]:
    return [line for group in board.groups for line in group.lines]


def test_the_done_list_is_counted_from_the_same_lines_that_it_shows() -> None:
    seen = STORIES["done"]().seen()
    board = done.board(seen, chosen=3)
    assert (board.heading, board.progress, board.chosen) == ("DONE 16 of 16", 1.0, 3)
    assert [line.title for line in rows(board)] == [line.item.title for line in done.lines(seen)]
    assert all(line.status is Status.PASSED for line in rows(board))
    assert [group.title for group in board.groups] == [group.title for group in seen.plan.done]


def test_before_the_done_list_has_begun_nothing_of_it_is_green() -> None:
    board = done.board(STORIES["calm"]().seen())
    assert (board.heading, board.progress) == ("DONE 0 of 16", 0.0)
    assert board.counts == ((Status.TODO, "16 to do"),)
    assert {line.status for line in rows(board)} == {Status.TODO}


def test_without_a_done_list_the_board_says_so() -> None:
    seen = STORIES["calm"]().seen()
    board = done.board(replace(seen, plan=replace(seen.plan, done=())))
    assert (board.heading, board.groups) == ("the card has no Done list", ())


def test_day_1_has_a_line_for_each_item_in_the_same_order() -> None:
    seen = STORIES["done"]().seen()
    items: tuple[Planned, ...] = day1.items(seen)
    board = day1.board(seen)
    assert board.heading.startswith("DAY 1: ")
    assert [line.title for line in rows(board)] == [item.title for item in items]
    assert Status.PASSED not in {line.status for line in rows(board)}, "nothing was looked at yet"


def test_a_budget_that_was_not_measured_has_no_figure_and_says_what_measures_it() -> None:
    seen = STORIES["done"]().seen()
    budget = day1.budget(seen)
    assert budget.left is None
    assert budget.left_label == "not measured yet: Enter on its line runs the check"
    none = replace(seen.plan, success=replace(seen.plan.success, items=()))
    label = day1.budget(replace(seen, plan=none)).left_label
    assert label == "the card has no `check: budget` among its success metrics"


def test_the_footer_begins_with_what_fires_then_the_banners_keys() -> None:
    shown = replace(before_open(FirstPaint()), banner=CALM.banner)
    keys = tuple(choice.key for choice in CALM.banner.choices)
    seen = footer(shown, Available(next_label="T-30", next_not="gate runs"), elsewhere=False)
    assert (seen.first, seen.last, seen.note) == (("Enter", "Esc", *keys), LAST, "")
    assert [(label.key, label.label) for label in seen.labels] == [("n", "T-30: gate runs")]
    away = footer(shown, Available(), elsewhere=True)
    assert (away.first, away.note, away.labels) == (("Enter", "Esc"), STILL, ())


def test_an_armed_breakers_keys_are_named_in_the_footer_wherever_one_is() -> None:
    shown = replace(before_open(FirstPaint()), banner=ARMED.banner)
    for elsewhere in (False, True):
        seen = footer(shown, Available(), elsewhere=elsewhere)
        assert (seen.first, seen.note) == (("Enter", "Esc"), "")
        assert [label.key for label in seen.labels] == ["enter", "escape"]
