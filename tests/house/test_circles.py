"""No circle of files, and none of rooms: not at run time, under TYPE_CHECKING or in a function."""

import pytest

from tests.house.imports import circles, imports, modules, rooms

PACKAGES = ("checks", "cockpit", "cockpit.card", "cockpit.rehearsal", "cockpit.screens")
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in modules().items()}


def test_no_file_is_on_a_circle() -> None:
    assert circles(imports(SOURCES)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_room_is_on_a_circle(package: str) -> None:
    assert circles(rooms(imports(SOURCES), package)) == []


@pytest.mark.parametrize(
    "second",
    [
        "import checks.one",
        "from checks import one",
        "from checks.one import thing",
        "if TYPE_CHECKING:\n    from checks.one import Thing",
        "def later() -> None:\n    from checks.one import thing",
        "def later() -> None:\n    import_module('checks.one')",
    ],
)
def test_a_circle_is_seen_however_it_is_closed(second: str) -> None:
    sources = {"checks": "", "checks.one": "from checks.two import x", "checks.two": second}
    assert circles(imports(sources)) == [["checks.one", "checks.two"]]


def test_a_way_without_return_is_no_circle() -> None:
    sources = {"a": "import b\nimport c", "b": "import c", "c": ""}
    assert circles(imports(sources)) == []
