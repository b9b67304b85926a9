"""Letters, glyphs, cells and charts: pure functions."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.blocks import block_rows, block_width
from widgets.chart import GAP, Frame, Sample, chart, fit, headroom
from widgets.draw import Canvas, Palette, Span, bar, cells, width_of
from widgets.glyphs import TO_ASCII, Status, glyph
from widgets.rows import ListRow, in_sight

LETTERS = "ADEFGHLMNOR0123456789"
SAMPLES = st.lists(
    st.one_of(
        st.none(), st.just(GAP), st.just(math.inf), st.floats(0, 5, allow_nan=False, width=32)
    ),
    max_size=40,
).map(tuple)


def pixels(char: str) -> set[tuple[int, int]]:
    return {(x, y) for y, row in enumerate(block_rows(char)) for x, c in enumerate(row) if c != " "}


def test_letters_and_digits_are_told_apart() -> None:
    for a, b in combinations(LETTERS, 2):
        assert block_rows(a) != block_rows(b), f"{a} looks like {b}"
        assert block_rows(a, squat=True) != block_rows(b, squat=True), f"{a} looks like {b}"


def test_a_running_number_does_not_jitter() -> None:
    assert {block_width(digit) for digit in "0123456789"} == {6}
    assert block_width("2:41", scale=2) == 2 * block_width("2:41")


def test_an_unknown_letter_is_a_box_and_no_crash() -> None:
    assert block_rows("€")[0] == "█▀▀▀▀█"


@given(st.text(max_size=30), st.integers(1, 3), st.booleans())
def test_block_rows_have_one_width(text: str, scale: int, squat: bool) -> None:
    rows = block_rows(text, scale=scale, squat=squat)
    assert len(rows) == 3 * scale
    assert len({len(row) for row in rows}) == 1


@pytest.mark.law(11)
def test_law_11_every_status_has_a_word_and_a_glyph_in_both_tables() -> None:
    for status in Status:
        assert len(glyph(status)) == 1
        assert glyph(status, ascii_only=True).isascii()
        assert status.value
    told_apart = [Status.OK, Status.BREACHING, Status.TRIPPED, Status.BLIND, Status.LEARNING]
    assert len({glyph(status) for status in told_apart}) == len(told_apart)
    assert len({glyph(status, ascii_only=True) for status in told_apart}) == len(told_apart)


def test_drawing_characters_stay_one_cell_in_ascii() -> None:
    for source, target in TO_ASCII.items():
        assert width_of(chr(source)) == 1
        assert len(chr(target)) == 1
        assert chr(target).isascii()


@pytest.mark.law(9)
@given(st.text(max_size=60))
def test_law_9_cells_never_carry_a_control_character(text: str) -> None:
    parts = cells(text)
    joined = "".join(parts)
    assert all(char.isprintable() for char in joined)
    assert sum(1 for _ in parts) >= cell_len(joined) - len(text)


@given(st.text(max_size=40), st.integers(-10, 30), st.integers(0, 30))
def test_nothing_leaves_the_canvas(text: str, x: int, end: int) -> None:
    canvas = Canvas(20, 2)
    canvas.put(x, 1, text, end=end)
    for chars, inks, grounds in canvas.rows:
        assert len(chars) == len(inks) == len(grounds) == 20
    palette = Palette({"foreground": "#ffffff", "background": "#000000"})
    assert canvas.strip(1, palette).cell_length == 20


def test_a_cut_text_says_so() -> None:
    canvas = Canvas(10, 1)
    canvas.put(0, 0, "migrate deploy", end=8)
    assert "".join(canvas.rows[0][0]) == "migrate…  "


def test_a_wide_character_is_never_halved() -> None:
    canvas = Canvas(6, 1)
    canvas.put(0, 0, "日本")
    canvas.put(1, 0, "x")
    assert canvas.rows[0][0] == [" ", "x", "本", "", " ", " "]


@pytest.mark.parametrize(
    ("ratio", "drawn"), [(0, "────"), (0.5, "━━──"), (0.625, "━━╸─"), (9, "━━━━")]
)
def test_bar(ratio: float, drawn: str) -> None:
    canvas = Canvas(4, 1)
    bar(canvas, Span(0, 0, 4), ratio, "held")
    assert "".join(canvas.rows[0][0]) == drawn


@given(SAMPLES, st.integers(1, 12), st.integers(0, 50), st.booleans())
def test_the_limit_is_a_cell_boundary(
    series: tuple[Sample, ...], rows: int, tripped: int, tinted: bool
) -> None:
    drawn = chart(series, Frame(rows, tripped, frozenset(), tinted))
    assert [len(line) for line in drawn] == [len(series)] * rows
    above = headroom(rows)
    for column, sample in enumerate(series):
        over = isinstance(sample, float) and sample > 1.0
        blocks = [line[column] for line in drawn]
        if over and above:
            assert blocks[above - 1].char in "▂▃▄▅▆▇█", "an excess shows above the boundary"
        if not over:
            assert all(cell.char in " ▁" and cell.ink != "caution-bar" for cell in blocks[:above])
        if over and not above:
            assert blocks[0].char == "█"


@pytest.mark.law(1)
def test_law_1_no_data_is_a_dot_and_never_a_line() -> None:
    (line,) = chart((0.0, None, GAP), Frame(1))
    assert [cell.char for cell in line] == ["▁", "·", " "]
    assert line[1].ink == "warning"


def test_any_value_over_a_limit_of_zero_is_over() -> None:
    top, bottom = chart((math.inf,), Frame(2))
    assert (top[0].char, bottom[0].char) == ("█", "█")


def test_red_begins_with_the_trip() -> None:
    (line,) = chart((0.5, 1.2, 1.2, 0.5), Frame(1, tripped=2))
    assert [cell.ink for cell in line] == ["spark", "caution-bar", "alert-bar", "alert-bar"]


def test_without_tint_the_boundary_is_dashed() -> None:
    top, _ = chart((0.5,) * 4, Frame(2, tinted=False))
    assert "".join(cell.char for cell in top) == "▁ ▁ "


def test_fit_keeps_the_newest() -> None:
    assert fit((0.1, 0.2, 0.3), 2) == (0.2, 0.3)
    assert fit((0.1,), 0) == ()


@given(st.integers(0, 40), st.integers(0, 20), st.integers(0, 40))
def test_a_long_list_keeps_its_active_row_in_sight(count: int, height: int, active: int) -> None:
    rows = tuple(ListRow(f"r{n}", Status.TODO, active=n == active) for n in range(count))
    shown = in_sight(rows, height)
    assert len(shown) <= max(height, 0)
    if height >= 3 and active < count:
        assert any(row.active for row in shown)
