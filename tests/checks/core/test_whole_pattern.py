"""Patterns for whole texts: as Python's own, in linear time, with lookaheads at the beginning."""

import re

import pytest

from checks.core.whole_pattern import WholePattern, whole_fault

VALUES = ("", "/", "/health", "/healthz", "/metrics", "/orders", "/orders/7", "GET", "get", "a|b")


@pytest.mark.parametrize(
    "text",
    [
        "5..",
        "/orders|/health",
        "(?!/health$).*",
        "(?!/health).*",
        "(?!(/health|/metrics)$).*",
        r"(?!/health\)$).*",
        r"(?!/[h)]ealth$)(?!/metrics).*",
        "(?=/o).*",
        "(?!/health$)(?:/orders|/health|/)",
        "^(?!/health$).*$",
        r"\A(?!/health$).*",
        "(?i)(?!GET$).*",
        r"(?!$)[^|]*",
        "(?!a[|]b).*",
    ],
)
def test_it_matches_as_python_does(text: str) -> None:
    pattern = WholePattern(text)
    assert [pattern.matches(value) for value in VALUES] == [
        re.fullmatch(text, value) is not None for value in VALUES
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/orders(?!/7).*", "at its beginning alone, as `(?!/health$).*`"),
        ("/a|(?!/b).*", "at its beginning alone"),
        ("(?!/a)/b|/c", "alternatives: group them"),
        ("(?!/a(?!/b)).*", "it looks around itself"),
        ("(?!/a.*", "has no `)`"),
        ("(?<=/a).*", "at its beginning alone"),
        (r"(a)\1", "refers back to a group"),
        ("(", "missing"),
    ],
)
def test_what_it_cannot_say_is_an_error_with_the_cure(text: str, says: str) -> None:
    found = whole_fault(text)
    assert found is not None
    assert says in found


@pytest.mark.law(1)
def test_law_1_no_label_freezes_a_pattern() -> None:
    """Law 1: what freezes the cockpit hides everything else; this was exponential."""
    pattern = WholePattern(r"(?!(\w+\s?)*!$)(\w+\s?)*")
    assert not pattern.matches("a" * 50_000 + "?")
