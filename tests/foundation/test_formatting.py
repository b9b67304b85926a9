import pytest

from cockpit.foundation.formatting import percent


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.0, "0 %"), (0.5, "50 %"), (0.0004, "0.04 %"), (0.9998, "99.98 %")]
)
def test_percent(ratio: float, text: str) -> None:
    assert percent(ratio) == text
