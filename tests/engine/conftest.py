from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.kit import end_processes


@pytest.fixture(autouse=True)
def _no_process_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    end_processes(tmp_path)
