"""A real peer that a test asks for is installed where it must not be missing: by `.ci/run`."""

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.house.imports import ROOT
from tests.markers import TESTS

PART_OF: Mapping[str, str] = {"promtool": "prometheus"}
"""The package that brings a program, where it has another name than the program."""

STANDARD: Mapping[str, str] = {}
"""The programs that every machine has, and why."""


def asked_for(text: str) -> Iterator[str]:
    """Yield the names that a source passes to `program`; the expression, if it is no literal."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "program":
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                literal = isinstance(argument, ast.Constant)
                yield str(argument.value) if literal else ast.unparse(argument)


def installed(script: str) -> set[str]:
    """Return the packages that are looked for with `type` and, where one is missing, installed."""
    text = script.replace("\\\n", " ")
    looked_for, packages = (
        {word for line in re.findall(pattern, text) for word in line.split()}
        for pattern in (r"\btype ([^;&|\n]*)", r"\bapt-get install ([^;&|\n]*)")
    )
    return looked_for & packages


PROGRAMS = sorted(
    {
        name
        for path in TESTS.rglob("*.py")
        for name in asked_for(path.read_text(encoding="utf-8"))
        if name not in STANDARD
    }
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_peer_is_installed_in_ci(name: str) -> None:
    package = PART_OF.get(name, name)
    assert package in installed((ROOT / ".ci/run").read_text(encoding="utf-8")), (
        f"`program` skips without {name} on a laptop, and fails in CI: add {package} to both the "
        f"`type` and the `apt-get install` of .ci/run, or say in PART_OF or STANDARD of "
        f"{__name__} where {name} comes from"
    )


def test_the_peers_of_today_are_found() -> None:
    assert set(PROGRAMS) >= {"prometheus", "promtool", "prometheus-alertmanager"}


def test_what_is_asked_for_is_found() -> None:
    text = 'def test() -> None:\n    a, b = program("a"), peers.program(name="b")\n    program(c)\n'
    assert sorted(asked_for(text)) == ["a", "b", "c"]
    assert list(asked_for('other("a")\ndef program(name: str) -> str: ...\n')) == []


@pytest.mark.parametrize(
    ("script", "packages"),
    [
        ("if ! type a b && true; then\n\tapt-get install -y \\\n\t\ta b\nfi >&2", {"a", "b"}),
        ("type a\napt-get install -y a b", {"a"}),
        ("type a b\napt-get install -y a", {"a"}),
    ],
    ids=["both", "not looked for", "not installed"],
)
def test_a_peer_is_looked_for_and_installed(script: str, packages: set[str]) -> None:
    assert installed(script) == packages
