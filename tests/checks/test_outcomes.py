"""Each kind of check has a test in which it passes, one in which it fails, and one of no answer.

`@pytest.mark.outcome("http", "failed")` says so; a marker whose outcome does not come in the test
fails it (conftest.py).
"""

from collections.abc import Mapping
from typing import get_args

import pytest

from checks.core.base import Outcome
from checks.core.run_check import run_check
from checks.http import Http
from checks.registry import AnyCheck
from cockpit.card.read.shape import tag
from tests.checks.kit import read, tools
from tests.markers import TESTS, collected

CASES = {
    (tag(kind)[1], outcome.value)
    for kind in get_args(AnyCheck)
    for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN)
}
IMPOSSIBLE: Mapping[tuple[str, str], str] = {}
"""The outcomes that a kind cannot have by its nature, and why."""

# It may have to collect the tests of all checks: in one worker, once.
pytestmark = pytest.mark.xdist_group("markers")


@pytest.fixture(scope="module")
def marked(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> set[tuple[str, str]]:
    """All outcomes that the tests of the checks are marked with."""
    folder = tmp_path_factory.mktemp("markers")
    by_test = collected(pytestconfig, TESTS / "checks", folder)
    return {outcome for markers in by_test.values() for outcome in markers.outcomes}


@pytest.mark.law(1)
def test_each_kind_has_a_test_of_each_outcome(marked: set[tuple[str, str]]) -> None:
    assert sorted(CASES - marked - IMPOSSIBLE.keys()) == []


def test_each_marker_names_a_kind_and_an_outcome(marked: set[tuple[str, str]]) -> None:
    assert sorted(marked - CASES) == []
    assert sorted(marked & IMPOSSIBLE.keys()) == []


@pytest.mark.law(1)
@pytest.mark.outcome("http", "unknown")
async def test_an_error_that_a_check_raises_counts_as_unknown() -> None:
    result = await run_check(read(Http, check="http", url="${NOWHERE}"), tools())
    assert result.outcome is Outcome.UNKNOWN
    assert result.evidence == "NOWHERE is not set in the environment"
