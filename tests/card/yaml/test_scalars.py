import math
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.card.yaml.scalars import plain


@pytest.mark.parametrize(
    "text", ["yes", "no", "on", "off", "y", "N", "Yes", "OFF", "1:30", "2.4.0"]
)
def test_what_yaml_1_1_converted_stays_a_text(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "text", ["2027-03-01", "2027-03-01T02:00Z", "5..", "401|403", "0b1", "1_000", "="]
)
def test_no_dates_no_binary_no_separators(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-7", -7),
        ("010", 10),
        ("0o17", 15),
        ("0xff", 255),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2.10", Decimal("2.10")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal(1000)),
    ],
)
def test_the_core_schema(text: str, value: object) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.law(1)
@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.INF", "1e999", "1e-400", "9e99"])
def test_what_is_no_quantity_is_an_error(text: str) -> None:
    """Law 1: a limit that no value exceeds would be green for ever."""
    with pytest.raises(ValueError, match=r"write a (finite|plain) number"):
        plain(text)


def test_a_long_run_of_digits_is_a_name() -> None:
    assert plain("9" * 5000) == "9" * 5000


@pytest.mark.law(1)
@given(st.text(max_size=30))
def test_a_quantity_is_finite_whatever_the_text(text: str) -> None:
    """Law 1: neither not-a-number nor an infinity comes out of a card."""
    with suppress(ValueError):
        value = plain(text)
        assert not isinstance(value, int | Decimal) or math.isfinite(value)
