"""A pytest plugin that collects which test holds which law, and which outcome of what.

Markers alone count: `@pytest.mark.law(4)` for a law, `@pytest.mark.outcome("http", "failed")` for
a kind of check, `@pytest.mark.shift("command", "failed")` for a router. A name, a docstring or a
comment that mentions one holds nothing, and neither does a test that is always skipped.
`pytest --law 4` runs the tests of one law.
"""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent


class Markers(msgspec.Struct, frozen=True):
    """The laws, outcomes and shifts that mark a test; the laws that its text mentions."""

    laws: tuple[int, ...] = ()
    outcomes: tuple[tuple[str, str], ...] = ()
    shifts: tuple[tuple[str, str], ...] = ()
    mentioned: tuple[int, ...] = ()


ByTest = dict[str, Markers]
BY_TEST = pytest.StashKey[ByTest]()
"""What was collected, before anything was deselected: the markers of each test by its node id."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("markers")
    group.addoption("--law", type=int, metavar="NUMBER", help="run the tests that hold this law")
    group.addoption("--markers-to", metavar="FILE", help="write the markers of each test, as JSON")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    by_test = config.stash[BY_TEST] = {item.nodeid: markers_of(item) for item in items}
    if path := config.getoption("--markers-to"):
        Path(path).write_bytes(msgspec.json.encode(by_test))
    if law := config.getoption("--law"):
        others = [item for item in items if law not in by_test[item.nodeid].laws]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if law in by_test[item.nodeid].laws]


def markers_of(item: pytest.Item) -> Markers:
    """Return what one test is marked with, sorted."""
    function = getattr(item, "function", None)
    text = f"{getattr(function, '__name__', '')} {getattr(function, '__doc__', '')}"
    pairs = re.findall(r"(?<![a-z])laws?[ _](\d+)(?: and (\d+))?", text, re.IGNORECASE)
    mentioned = tuple(sorted({int(number) for pair in pairs for number in pair if number}))
    if item.get_closest_marker("skip") or item.get_closest_marker("xfail"):
        return Markers(mentioned=mentioned)
    laws = {mark.args[0] for mark in item.iter_markers("law")}
    outcomes, shifts = (
        tuple(sorted({mark.args for mark in item.iter_markers(name)}))
        for name in ("outcome", "shift")
    )
    return Markers(tuple(sorted(laws)), outcomes, shifts, mentioned)


def collect(place: Path, out: Path) -> ByTest:
    """Collect the tests under `place` in a pytest of their own; return the markers of each."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "tests.markers"]
    command += ["-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    pytest_run = subprocess.run(
        [*command, "--markers-to", str(out), str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert pytest_run.returncode == 0, pytest_run.stdout[-2000:] + pytest_run.stderr[-2000:]
    return msgspec.json.decode(out.read_bytes(), type=ByTest)


def collected(config: pytest.Config, place: Path, folder: Path) -> ByTest:
    """Return the markers of all tests under `place`.

    They are those that this run has collected, if it has collected all of them, whatever it then
    deselects; otherwise a pytest of its own collects them, which takes a while.
    """
    roots = [Path(arg).absolute() for arg in config.args]
    if any(place.is_relative_to(root) for root in roots):
        return config.stash[BY_TEST]
    return collect(place, folder / "markers.json")
