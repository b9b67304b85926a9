"""Each law of CONTRIBUTING.md is held by tests that carry its marker."""

import re
from pathlib import Path

import pytest

from tests.markers import ROOT, TESTS, ByTest, collect, collected

LAWS = tuple(
    int(number)
    for number in re.findall(
        r"^(\d+)\. ", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
)

# The tests of this file may have to collect the whole suite: in one worker, once.
pytestmark = pytest.mark.xdist_group("markers")


@pytest.fixture(scope="module")
def by_test(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> ByTest:
    return collected(pytestconfig, TESTS, tmp_path_factory.mktemp("markers"))


def test_the_laws_are_numbered_without_a_gap() -> None:
    assert list(LAWS) == list(range(1, len(LAWS) + 1))
    assert len(LAWS) >= 13


@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_held_by_a_marked_test(by_test: ByTest, law: int) -> None:
    assert any(law in markers.laws for markers in by_test.values()), (
        f"no test is marked with @pytest.mark.law({law})"
    )


def test_each_marker_names_a_law(by_test: ByTest) -> None:
    marked = {law for markers in by_test.values() for law in markers.laws}
    assert marked <= set(LAWS), "CONTRIBUTING.md has no such law"


def test_what_mentions_a_law_is_marked_with_it(by_test: ByTest) -> None:
    assert {
        test: sorted(missing)
        for test, markers in by_test.items()
        if (missing := set(markers.mentioned) - set(markers.laws))
    } == {}, "these tests mention a law in their name or docstring, and lack its marker"


WORDS_ALONE = '''\
"""Law 1 is held by this module."""

import pytest

# @pytest.mark.law(2)


def test_law_3_is_in_a_name() -> None:
    """Law 4: @pytest.mark.law(5)."""
    assert "@pytest.mark.law(6)", "law 7: in a message"


def no_test() -> None:
    pytest.mark.law(8)


@pytest.mark.skip
@pytest.mark.law(9)
def test_that_never_runs() -> None: ...


@pytest.mark.law(10)
def helper_that_is_no_test() -> None: ...


@pytest.mark.law(11)
@pytest.mark.parametrize("n", [1, 2])
def test_with_a_marker(n: int) -> None: ...
'''


def test_words_alone_hold_no_law(tmp_path: Path) -> None:
    (tmp_path / "test_words.py").write_text(WORDS_ALONE)
    by_test = collect(tmp_path, tmp_path / "markers.json")
    assert {
        test.partition("::")[2]: (markers.laws, markers.mentioned)
        for test, markers in by_test.items()
    } == {
        "test_law_3_is_in_a_name": ((), (3, 4)),
        "test_that_never_runs": ((), ()),
        "test_with_a_marker[1]": ((11,), ()),
        "test_with_a_marker[2]": ((11,), ()),
    }
