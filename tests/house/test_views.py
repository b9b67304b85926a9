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
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            if first in names:
                yield f"{names[first]}.{rest}".rstrip(".")


def methods(tree: ast.AST) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def imported(tree: ast.AST) -> dict[str, str]:
    """Return the full name of each function of the view, and of each module, by its name here."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(VIEW)
        for alias in node.names
    }


def made_by(value: ast.expr, tree: ast.AST) -> set[str]:
    """Return the view's functions that make a value: it calls one, or a method that calls one."""
    if not isinstance(value, ast.Call):
        return set()
    first, _, rest = ast.unparse(value.func).partition(".")
    calls: list[ast.AST] = [value]
    if first == "self" and rest in methods(tree):
        calls = list(ast.walk(methods(tree)[rest]))
    names = imported(tree)
    texts = (ast.unparse(call.func).partition(".") for call in calls if isinstance(call, ast.Call))
    return {f"{names[text[0]]}.{text[2]}".rstrip(".") for text in texts if text[0] in names}


def inline(source: str) -> set[str]:
    """Return the fields of a screenful that no function of the view makes."""
    tree = ast.parse(source)
    makes = set(makers())
    built = [
        node
        for node in ast.walk(methods(tree)["screenful"])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Screenful"
    ]
    assert built, "the presenter builds no Screenful: look where it does"
    return {
        str(keyword.arg)
        for call in built
        for keyword in call.keywords
        if not made_by(keyword.value, tree) & makes
    }


PRESENTER = ROOT / "cockpit" / "screens" / "model" / "presenter.py"


def test_every_value_of_a_screenful_is_made_by_a_function_of_the_view() -> None:
    """What the presenter computed on the way would be drawn, and tested by nothing."""
    source = PRESENTER.read_text(encoding="utf-8")
    assert inline(source) == set(), "make it in cockpit/screens/view, with a test"


def test_a_value_that_the_presenter_computes_itself_is_found() -> None:
    source = PRESENTER.read_text(encoding="utf-8")
    assert inline(source.replace("bars.topbar(snapshot)", "TopBarView(snapshot)")) == {"topbar"}
    assert inline(source.replace("strip=strip(snapshot)", "strip=()")) == {"strip"}


def test_every_maker_of_a_widgets_value_is_called_by_a_test_of_the_screens() -> None:
    makes = set(makers())
    assert f"{VIEW}.slo.panel" in makes
    tests = (ROOT / "tests" / "screens").rglob("test_*.py")
    untested = makes - {name for path in tests for name in called(path)}
    assert untested == set(), "call it in a test in tests/screens, with a story of screenshots"
