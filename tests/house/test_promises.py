"""docs/promises.md lists the laws, and for each promise a test that exists and holds that law."""

import re
from collections import defaultdict

import pytest

from tests.markers import ROOT, TESTS, ByTest, collected

HEADING = re.compile(r"^## (\d+)\. (.*)$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/.]+::\w+)`")

# These tests may have to collect the whole suite: in one worker, once.
pytestmark = pytest.mark.xdist_group("markers")


@pytest.fixture(scope="module")
def laws_of(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, set[int]]:
    """The laws of each test function, over all its parameters."""
    by_test: ByTest = collected(pytestconfig, TESTS, tmp_path_factory.mktemp("promises"))
    laws: defaultdict[str, set[int]] = defaultdict(set)
    for test, markers in by_test.items():
        laws[test.partition("[")[0]] |= set(markers.laws)
    return laws


def sections() -> dict[int, tuple[str, list[str]]]:
    """Return the title and the promises of each law on the page."""
    parts = HEADING.split((ROOT / "docs/promises.md").read_text(encoding="utf-8"))[1:]
    return {
        int(number): (title, [line for line in text.splitlines() if line.startswith("- ")])
        for number, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }


def test_every_law_has_its_promises_under_its_own_words() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    laws = dict(re.findall(r"^(\d+)\. ([^:.\n]*)", contributing, re.MULTILINE))
    assert {str(law): title for law, (title, _) in sections().items()} == laws
    assert [law for law, (_, promises) in sections().items() if not promises] == []


def test_every_promise_names_tests_that_hold_its_law(laws_of: dict[str, set[int]]) -> None:
    faults = []
    for law, (_, promises) in sections().items():
        for promise in promises:
            tests = TEST.findall(promise)
            faults += [f"names no test: {promise}"] if not tests else []
            faults += [
                f"{test} is not marked with law {law}" for test in tests if law not in laws_of[test]
            ]
    assert faults == []
