import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.core.durations import format_duration
from checks.core.units import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (-1e-9, "0 s"),
        (1e-6, "0.001 ms"),
        (0.25, "250 ms"),
        (0.99996, "1 s"),
        (9.96, "9.96 s"),
        (59.994, "59.99 s"),
        (59.996, "1m"),
        (3599.6, "1h"),
        (-0.5, "-500 ms"),
        (-61, "-1m01s"),
        (30 * 86400, "720h"),
        (float("inf"), "inf s"),
        (float("nan"), "nan s"),
    ],
)
def test_it_is_one_form_for_all_lengths(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.floats(min_value=0.0, max_value=366 * 86400.0))
def test_a_card_reads_it_back_as_about_the_same(seconds: float) -> None:
    error_s = max(1e-6, seconds * 5e-4 if seconds < 60 else 0.5 if seconds < 3599.5 else 60.0)
    assert duration(format_duration(seconds)) == pytest.approx(seconds, abs=error_s * 1.001)
