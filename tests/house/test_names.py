"""No name for two things: a module or class name that stands twice is argued on one page."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.house.imports import ROOT, modules

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ARGUED = PAGE.split("## Names that stand twice")[1].split("\n## ")[0]
OPENINGS = re.compile(r"(Give|Say|See that|Tell)\b")


def twice(places: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the names of (name, place) pairs that stand in several places."""
    found: Mapping[str, list[str]] = defaultdict(list)
    for name, place in places:
        found[name].append(place)
    return {name: where for name, where in found.items() if len(where) > 1}


def argued() -> set[str]:
    """Return the names in the first column of the page's table."""
    rows = re.findall(r"^\| (`[^|]*`) \|", ARGUED, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def argued_places() -> dict[str, set[str]]:
    """Return the places that the second column of the page's table gives, by name."""
    rows = re.findall(r"^\| (`[^|]*`) \| (`[^|]*`) \|", ARGUED, re.MULTILINE)
    return {
        name: set(re.findall(r"`([^`]+)`", where))
        for names, where in rows
        for name in re.findall(r"`(\w+)`", names)
    }


def place(name: str, module: str) -> str:
    """Return where a name stands as the page writes it: a module's folder, a class's file."""
    folder, _, last = module.rpartition(".")
    return f"{folder if last == name else module}".replace(".", "/") + (
        "/" if last == name else ".py"
    )


def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def names_and_modules() -> list[tuple[str, str]]:
    """Return the name of each module and class, with the module in which it stands."""
    files = modules()
    places = [(name.rpartition(".")[2], name) for name in files]
    places += [
        (node.name, name)
        for name, path in files.items()
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
    ]
    return places


def test_no_name_of_a_module_or_class_stands_twice_unless_the_page_says_why() -> None:
    found = twice(names_and_modules())
    unargued = {name: where for name, where in found.items() if name not in argued()}
    assert unargued == {}, "rename it, or argue it in docs/architecture.md, Names that stand twice"
    assert argued() - set(found) == set(), "these stand once: take them off the page"


def test_the_page_names_each_place_of_a_name_that_stands_twice() -> None:
    """A name that comes to stand in one more place has its reason read again."""
    found = {
        name: {place(name, module) for module in where}
        for name, where in twice(names_and_modules()).items()
    }
    unnamed = {name: where - argued_places()[name] for name, where in found.items()}
    assert {name: where for name, where in unnamed.items() if where} == {}
    shared: Mapping[frozenset[str], set[str]] = defaultdict(set)
    for name, where in argued_places().items():
        shared[frozenset(where)] |= found[name]
    empty = {place for where, stands in shared.items() for place in where - stands}
    assert empty == set(), "no name of its row stands there: take the place off the page"


def test_no_docstring_begins_with_a_riddle() -> None:
    """A docstring begins with a plain verb or the noun; these four were the riddles."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules().values()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if OPENINGS.match(ast.get_docstring(node) or "")
    ]
    assert wrong == []
