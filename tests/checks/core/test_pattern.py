import re
import time
from collections.abc import Callable

import pytest

from checks.core.pattern import LinearPattern, between_slashes, fault

HOSTILE = r"^(\w+\s?)*$"


@pytest.mark.law(12)
def test_law_12_a_pattern_that_backtracks_for_ages_is_matched_in_linear_time() -> None:
    """Each letter more doubles the time of a backtracking engine: it would not end with these."""
    assert LinearPattern(HOSTILE).search("a" * 8000 + "!") is None
    assert not LinearPattern(HOSTILE).is_whole("a" * 8000 + "!")
    assert LinearPattern(HOSTILE, captures=True).search("a" * 8000 + "!") is None


@pytest.mark.law(12)
@pytest.mark.parametrize("text", [HOSTILE, "(a*){300}", "(a|b)*a(a|b){12}", "(.*,){30}P"])
def test_twice_the_text_takes_about_twice_as_long(text: str) -> None:
    pattern = LinearPattern(text)

    def seconds(letters: int) -> float:
        texts = [f"{'ab,' * letters}{number}!" for number in range(20)]
        return min(_took(lambda: [pattern.search(one) for one in texts]) for _ in range(5))

    assert seconds(2 * 1300) < 4 * seconds(1300) + 0.002


def _took(does: Callable[[], object]) -> float:
    began = time.process_time()
    does()
    return time.process_time() - began


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        (
            r"(?!2..).*",
            r"`\(\?!`: it looks around itself: write what shall match, as `\[1345\]\.\.`",
        ),
        (r"(?=a)b", "looks around itself"),
        (r"(?<=a)b", "looks around itself"),
        (r"(?<!a)b", "looks around itself"),
        (r"(a)\1", r"`\\1`: it refers back to a group: write that part again"),
        (r"(?P<x>a)(?P=x)", "refers back to a group"),
        (r"(a)?(?(1)b|c)", "depends on a group"),
        (r"a\Z", r"write `\\z` for the end"),
        (r"\u00e9", "write the character itself"),
        (r"a++", r"`\+\+`: leave the last `\+` out"),
        (r"(?>a)", r"write `\(\?:`"),
        (r"(?x) a", "RE2 knows the flags `i`, `m` and `s` alone"),
        (r"(?#why)a", "holds a comment"),
        (r"a{2000}", "a repetition counts to 1000 at most"),
        (r"a{,3}", r"`\{,3\}` is a text to it: write `\{0,3\}`"),
        (r"é\w+", r"`\\w` knows only ASCII to it: write `\[\\pL\\pN_\]`"),
        (r"\bété", r"`\\b` knows only ASCII to it"),
        (r"((\pL{30}){30})", "too large"),
        ("(", r"missing \)"),
        ("\udcff", "half of a character"),
        (r"a{9999999999}", "a repetition counts to 1000 at most"),
    ],
)
def test_what_re2_cannot_say_is_an_error_with_its_cure(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=f"is not a regular expression of RE2: .*{cure}"):
        LinearPattern(text)
    assert re.search(cure, fault(text) or "")


def test_what_it_says_the_same_has_no_fault() -> None:
    same = (r"5..", "2..|3..", r"\d+", r"(?i)max-age=\d{5,}", r"\{,3\}", "é.*", r"\\w é", "", "a|b")
    assert [text for text in same if fault(text)] == []


@pytest.mark.parametrize(
    ("text", "whole"),
    [("5..", "503"), ("(?i)GET", "get"), ("a$", "a"), ("é.", "éa"), (r"[^\d]+", "a\n"), ("", "")],
)
def test_it_reads_as_python_does(text: str, whole: str) -> None:
    for value in (whole, f"{whole}x", f"{whole}\n", f"x{whole}", "", "é"):
        assert LinearPattern(text).is_whole(value) == bool(re.fullmatch(text, value))


def test_a_text_that_is_no_unicode_is_searched_all_the_same() -> None:
    assert LinearPattern("7").search("\udcff7")
    assert not LinearPattern("7").is_whole("\udcff7")


def test_its_groups_are_known_where_they_are_captured() -> None:
    pattern = LinearPattern(r"^V?(?P<version>\d+)_(x)?", captures=True)
    assert (pattern.groups, pattern.names) == (2, {"version"})
    assert pattern.search("V12_a")["version"] == "12"
    assert LinearPattern("(a)").groups == 0


def test_a_pattern_stands_between_slashes() -> None:
    assert [between_slashes(text) for text in ("/a/", "a", "/a", "//", "/")] == ["a", *[None] * 4]
