from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Cockpit
from tests.cli.shop import Shop, environment, furnish, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


@pytest.fixture
def cockpit(tmp_path: Path, shop: Shop) -> Cockpit:
    """The program, in a folder with a small real card and its commands."""
    furnish(tmp_path)
    return Cockpit(tmp_path, environment(shop))
