from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.rehearsal.host.record import forget
from tests.e2e.rehearsals import Rehearsal


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A folder for rehearsals; databases left over are removed afterwards."""
    yield Rehearsal.in_folder(tmp_path)
    for world in tmp_path.rglob("runs/*/world"):
        forget(world)
