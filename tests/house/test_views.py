"""Every function that makes a widget's value is called by a test of the screens.

The pages draw these values, so an untested function is noticed by nothing until someone looks.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

from tests.house.imports import ROOT
from tests.widgets.host import drawing
from widgets.hints import FooterView

VIEW = "cockpit.screens.view"
FILES = sorted((ROOT / "cockpit" / "screens" / "view").glob("[!_]*.py"))


def values() -> list[object]:
    """Return the type of the value of each widget; the footer is Textual's own and takes one."""
    bases = (base for kind in drawing() for base in getattr(kind, "__orig_bases__", ()))
    return [FooterView, *(value for base in bases for value in get_args(base))]


def makers() -> Iterator[str]:
    """Yield the full name of each public function of the view that returns such a value."""
    wanted = values()
    for path in FILES:
        module = importlib.import_module(f"{VIEW}.{path.stem}")
        for name, made in vars(module).items():
            own = getattr(made, "__module__", "") == module.__name__ and not isinstance(made, type)
            if own and callable(made) and not name.startswith("_"):
                returned = get_type_hints(made).get("return")
                if returned in wanted:
                    yield f"{module.__name__}.{name}"


def called(path: Path) -> Iterator[str]:
    """Yield the full name of each function of the view that a file imports and calls."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(VIEW)
        for alias in node.names
    }
    for node in nodes:
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            if first in names:
                yield f"{names[first]}.{rest}".rstrip(".")


def test_every_maker_of_a_widgets_value_is_called_by_a_test_of_the_screens() -> None:
    makes = set(makers())
    assert f"{VIEW}.slo.panel" in makes
    tests = (ROOT / "tests" / "screens").rglob("test_*.py")
    untested = makes - {name for path in tests for name in called(path)}
    assert untested == set(), "call it in a test in tests/screens, with a story of screenshots"
