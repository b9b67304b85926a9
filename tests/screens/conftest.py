"""What the tests of the screens share."""

from pathlib import Path

import pytest

from tests.screens.flights import Flight


@pytest.fixture
def flight(tmp_path: Path) -> Flight:
    return Flight(tmp_path)
