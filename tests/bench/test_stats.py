import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import Spread, quantile

values = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50)


@given(values)
def test_a_spread_lies_between_its_ends(measured: list[float]) -> None:
    spread = Spread.of(measured)
    assert spread.least <= spread.median <= spread.p95 <= spread.most
    assert spread.count == len(measured)


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_measuring_does_not_matter(measured: list[float], random: object) -> None:
    shuffled = sorted(measured, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert Spread.of(shuffled) == Spread.of(measured)


def test_a_quantile_lies_between_two_values_where_none_stands() -> None:
    assert quantile([10.0, 20.0, 30.0], 0.75) == 25.0


@pytest.mark.law(1)
@pytest.mark.parametrize("measured", [[], [1.0, math.nan]])
def test_no_measurement_is_no_figure(measured: list[float]) -> None:
    """Law 1: no data is never green."""
    with pytest.raises(ValueError, match="measure"):
        Spread.of(measured)
