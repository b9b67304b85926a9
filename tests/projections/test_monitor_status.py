import pytest

from cockpit.projections.monitor_status import format_quantity


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (None, "250ms", "no data"),
        (float("nan"), "2s", "no data"),
        (float("inf"), "2s", "no data"),
        (0.25, "250ms", "250 ms"),
        (90.0, "2m", "1m30s"),
        (12.345, "30s", "12.35 s"),
        (0.005, "0.5 %", "0.50 %"),
        (2.0, "10/s", "0 /s"),
        (7.0, "5", "7"),
        (7.0, "", "7"),
    ],
)
def test_format_quantity(value: float | None, limit: str, said: str) -> None:
    """Law 1: what is no number is said to be no data."""
    assert format_quantity(value, limit) == said
