import doctest
import importlib

import pytest

from checks.core.text import join_names, one_line, whole_word


@pytest.mark.parametrize(
    "module", ["checks.core.text", "checks.openapi.document", "checks.core.units"]
)
def test_the_examples_are_true(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)) == doctest.TestResults(
        0, doctest.testmod(importlib.import_module(module)).attempted
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("3 passed, 0 critical failures", "gate: 3 passed, 0 critical failures."),
        ("frozen", "surface: frozen"),
        ("frozen", "frozen"),
        ('"status": "ok"', '{"status": "ok"}'),
        ("PASS", "---PASS---"),
        ("9", "{ public: 9 }"),
        ("(a|b)*", "literally (a|b)* here"),
    ],
)
def test_whole_words_are_found(text: str, line: str) -> None:
    assert whole_word(text).search(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("3 passed, 0 critical failures", "13 passed, 0 critical failures"),
        ("frozen", "unfrozen"),
        ("frozen", "is-frozen: no"),
        ("healthy", "unhealthy"),
        ("9", "{ public: 9.5 }"),
        ("9", "{ public: 9,000 }"),
        ("9", "{ public: -9 }"),
        ("3 passed", "3 passedX"),
    ],
)
def test_a_part_of_a_word_may_say_the_opposite(text: str, line: str) -> None:
    assert not whole_word(text).search(line)


def test_one_line_is_short_however_long_the_text() -> None:
    assert one_line("x" * 10_000_000, 10) == "x" * 9 + "…"
    assert one_line(" a\t\r\n b ") == "a b"
    assert join_names(["a", "b", "c"]) == "a, b, c"
