"""The architecture page is true: every path on it exists, and each extension names its files."""

import re

import pytest

from tests.house.imports import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
EXTENSIONS = (
    "A kind of check",
    "A monitor source",
    "A router",
    "A breaker",
    "A panel of the bridge",
    "A command",
    "A rehearsal fault",
)


def part(title: str) -> str:
    """Return the part of the page that tells how to add one thing."""
    return PAGE.split(f"### {title}\n")[1].split("\n#")[0]


def paths(text: str) -> set[str]:
    """Return the files and folders that a text names in backticks, without their `:name`."""
    named = re.findall(r"`((?:cockpit|checks|widgets|tests|docs|screenshots)/[\w./-]*)", text)
    return set(named) | set(re.findall(r"`((?:README|CONTRIBUTING)\.md|pyproject\.toml)`", text))


def test_every_path_on_the_page_exists() -> None:
    assert {path for path in paths(PAGE) if not (ROOT / path).exists()} == set()


def test_every_name_behind_a_path_is_defined_there() -> None:
    named = re.findall(r"`((?:cockpit|checks|widgets|tests)/[\w./-]+\.py):(\w+)`", PAGE)
    assert named
    missing = [
        f"{path}:{name}"
        for path, name in named
        if not re.search(
            rf"^\s*(?:class|def|async def) {name}\b|^{name}\b.*=",
            (ROOT / path).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert missing == []


@pytest.mark.parametrize("title", EXTENSIONS)
def test_each_extension_names_its_files_and_what_holds_it(title: str) -> None:
    named = paths(part(title))
    assert any(path.startswith(("cockpit/", "checks/", "widgets/")) for path in named)
    assert any(path.startswith("tests/") for path in named), "no test is named that holds it"


def test_it_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= 200
