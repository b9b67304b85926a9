import pytest

from cockpit.foundation.formatting import percent, quantity, span


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (None, "250ms", "no data"),
        (float("nan"), "2s", "no data"),
        (float("inf"), "2s", "no data"),
        (0.25, "250ms", "250 ms"),
        (90.0, "2m", "1m30s"),
        (0.005, "0.5 %", "0.50 %"),
        (2.0, "10/s", "0 /s"),
        (7.0, "5", "7"),
        (7.0, "", "7"),
    ],
)
def test_quantity(value: float | None, limit: str, said: str) -> None:
    """Law 1: what is no number is said to be no data."""
    assert quantity(value, limit) == said


def test_span_and_percent() -> None:
    assert [span(s) for s in (0, 9.96, 59.6, 3600, -61)] == ["0s", "10s", "1m", "1h", "-1m01s"]
    assert [percent(r) for r in (0.0, 0.5, 0.0004)] == ["0 %", "50 %", "0.04 %"]
