"""A pytest plugin that collects which tests hold which law; `pytest --law 4` runs those of one.

A law is held by `@pytest.mark.law(4)` alone. A name, a docstring or a comment that mentions a law
holds nothing, and neither does a test that is always skipped.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

Numbers = tuple[int, ...]


class Laws(NamedTuple):
    """The laws with which one test is marked, and those that its name and docstring mention."""

    marked: Numbers
    mentioned: Numbers


ByTest = dict[str, Laws]
BY_TEST = pytest.StashKey[ByTest]()
"""What was collected, before anything was deselected: the laws of each test by its node id."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("laws")
    group.addoption("--law", type=int, metavar="NUMBER", help="run the tests that hold this law")
    group.addoption("--laws-to", metavar="FILE", help="write the laws of each test, as JSON")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    by_test = config.stash[BY_TEST] = {item.nodeid: laws_of(item) for item in items}
    if path := config.getoption("--laws-to"):
        Path(path).write_text(json.dumps(by_test), encoding="utf-8")
    if law := config.getoption("--law"):
        others = [item for item in items if law not in by_test[item.nodeid].marked]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if law in by_test[item.nodeid].marked]


def laws_of(item: pytest.Item) -> Laws:
    """Return the laws of one test, sorted."""
    function = getattr(item, "function", None)
    text = f"{getattr(function, '__name__', '')} {getattr(function, '__doc__', '')}"
    pairs = re.findall(r"(?<![a-z])laws?[ _](\d+)(?: and (\d+))?", text, re.IGNORECASE)
    mentioned = {int(number) for pair in pairs for number in pair if number}
    never_run = item.get_closest_marker("skip") or item.get_closest_marker("xfail")
    marked = {mark.args[0] for mark in item.iter_markers("law")} if not never_run else set()
    return Laws(tuple(sorted(marked)), tuple(sorted(mentioned)))


def read_laws(path: Path) -> ByTest:
    """Read what `--laws-to` has written."""
    by_test: dict[str, tuple[Numbers, Numbers]] = json.loads(path.read_text(encoding="utf-8"))
    return {
        test: Laws(tuple(marked), tuple(mentioned)) for test, (marked, mentioned) in by_test.items()
    }
