from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bench.emulator import Emulator, answers

PAINT = (
    b"\x1b[?1049h\x1b[>25u\x1b[?2026$p\x1b]22;default\x07"
    b"\x1b[1;1H\x1b[38;5;141m\xe2\x95\xb1\xe2\x95\xb1\x1b[0m HOLD"
    b"\x1b[2;1Hwindow \x1b[1m1h59m\x1b[0m left\x1bP+q544e\x1b\\\x1b[3;1H\xe2\x97\x8f ok"
)


def shown(chunks: list[bytes]) -> list[str]:
    screen = Emulator(20, 3)
    for chunk in chunks:
        screen.feed(chunk)
    return [line.rstrip() for line in screen.text().splitlines()]


def test_what_is_painted_is_read_back() -> None:
    assert shown([PAINT]) == ["╱╱ HOLD", "window 1h59m left", "● ok"]


@given(st.lists(st.integers(0, len(PAINT)), max_size=8))
def test_chunks_may_be_cut_anywhere(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(PAINT)]
    chunks = [PAINT[a:b] for a, b in pairwise(edges)]
    assert shown(chunks) == shown([PAINT])


def test_a_question_is_answered_once() -> None:
    question = b"\x1b[?2026$p"
    assert answers(question) == [b"\x1b[?2026;2$y"]
    assert answers(question + b"more", len(question)) == []


def test_a_question_cut_in_two_is_answered_when_it_ends() -> None:
    question = b"\x1b[?2026$p"
    assert answers(question[:4]) == []
    assert answers(question, 4) == [b"\x1b[?2026;2$y"]
