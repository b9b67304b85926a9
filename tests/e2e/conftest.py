from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.rehearsal.host.record import forget
from tests.e2e.rehearsals import Rehearsal


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A place for rehearsals; the databases of those that did not end are removed behind it."""
    yield Rehearsal.in_folder(tmp_path)
    for world in tmp_path.rglob("runs/*/world"):
        forget(world)
