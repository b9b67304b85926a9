import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.core.text import whole_word
from checks.process.captured_output import CapturedOutput

WANTED = whole_word("3 passed, 0 critical failures")


def output(*chunks: bytes) -> CapturedOutput:
    result = CapturedOutput(WANTED)
    for chunk in chunks:
        result.feed(chunk)
    result.end()
    return result


def test_the_line_that_matched_without_its_colours() -> None:
    seen = output(b"one\r\n\x1b[32mgate: 3 passed\x1b[0m, 0 critical failures\r\nbye\r\n")
    assert seen.matched == "gate: 3 passed, 0 critical failures"
    assert seen.last() == "bye"


def test_a_progress_line_that_is_overwritten() -> None:
    assert output(b"10 %\r90 %\r3 passed, 0 critical failures").matched == (
        "3 passed, 0 critical failures"
    )


def test_invalid_utf_8_is_replaced() -> None:
    assert output(b"\xff\xfe says no\n").last() == "�� says no"


def test_the_last_telling_line() -> None:
    assert output(b"FAILED: auth\n}\n-----\n\n").last() == "FAILED: auth"
    assert output(b"FAILED: auth\nnpm error code 1\nnpm ERR! log: x\n").last() == "FAILED: auth"
    assert output(b"npm error Missing script: gate\nnpm error log: x\n").last() == (
        "npm error Missing script: gate"
    )
    assert output().last() == ""


def test_what_is_left_out_is_said() -> None:
    lines = output(*[b"line %d\n" % number for number in range(100)]).lines()
    assert len(lines) == 41
    assert lines[0] == "line 0"
    assert lines[20] == "… 60 lines left out …"
    assert lines[-1] == "line 99"


@pytest.mark.law(9)
def test_law_9_memory_stays_bounded_and_the_middle_is_searched() -> None:
    seen = CapturedOutput(WANTED)
    for _ in range(500):
        seen.feed(b"y\n" * 10_000)
    seen.feed(b"3 passed, 0 critical failures\n")
    for _ in range(500):
        seen.feed(b"z" * 20_000)
        assert len(seen._head) + len(seen._tail) + len(seen._carry) <= 200 * 1024
    seen.end()
    assert seen.matched == "3 passed, 0 critical failures"
    assert any("bytes left out" in line for line in seen.lines())


def test_a_match_in_one_endless_line() -> None:
    seen = output(b"x" * 300_000, b" 3 passed, 0 criti", b"cal failures ", b"x" * 300_000)
    assert seen.matched is not None


@given(
    st.lists(
        st.sampled_from(
            [
                b"13 passed, 0 critical failures",
                b"3 passed, 0 critical failures",
                b"\n",
                b"\xc3\xa9",
            ]
        )
    ),
    st.lists(st.integers(0, 300)),
)
def test_where_the_pieces_are_cut_changes_nothing(parts: list[bytes], cuts: list[int]) -> None:
    whole_text = b"".join(parts)
    edges = [0, *sorted(cut for cut in cuts if cut < len(whole_text)), len(whole_text)]
    pieces = [whole_text[a:b] for a, b in itertools.pairwise(edges)]
    once, cut_up = output(whole_text), output(*pieces)
    assert (once.matched, once.lines()) == (cut_up.matched, cut_up.lines())
