import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.core.percentages import format_percent
from cockpit.foundation.formatting import percent


@pytest.mark.law(1)
@pytest.mark.parametrize("form", [percent, format_percent])
@given(ratio=st.floats(0, 2, exclude_min=True))
def test_law_1_what_is_neither_nothing_nor_all_is_never_0_or_100_percent(
    form: Callable[[float], str], ratio: float
) -> None:
    if not math.isclose(ratio, 1.0, rel_tol=1e-14):
        assert form(ratio) not in ("0 %", "0.0 %", "0.00 %", "100 %", "100.0 %")


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.9998, "99.98 %"),
        (0.99996, "99.996 %"),
        (0.0000004, "0.00004 %"),
        (0.123456, "12.3 %"),
        (12.345, "1234 %"),
        (math.inf, "inf %"),
        (math.nan, "nan %"),
    ],
)
def test_a_percentage_has_as_many_digits_as_it_needs(ratio: float, text: str) -> None:
    assert format_percent(ratio) == text
