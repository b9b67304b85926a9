"""A pattern that a card writes meets foreign text in one room alone, `checks/core/pattern.py`: RE2.

Whatever else goes to `re` is written in the code: a constant, or made of constants and of texts
that `re.escape` makes harmless.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.imports import modules

FUNCTIONS = ("compile", "search", "match", "fullmatch", "sub", "subn", "split")
FUNCTIONS += ("findall", "finditer")
MADE = {
    "cockpit.card.read.maker": "a pattern of our own annotations, for a text of the card",
    "cockpit.foundation.redaction": "secrets, each escaped",
    "cockpit.monitors.exposition": "names of metrics, each escaped",
    "cockpit.monitors.fault_page": "names of metrics, each escaped",
    "cockpit.rehearsal.service.api_operations": "the paths of our own service",
    "cockpit.rehearsal.observatory.shapes": "the shapes of our own queries",
    "checks.core.text": "one word, escaped, between constants",
    "checks.process.command_input": "a constant of the same file, as an argument",
    "checks.process.command_line": "a name that is an identifier",
}
RE2 = ("checks.core.pattern", "cockpit.rehearsal.observatory.selector")
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in modules().items()}


def made(tree: ast.Module) -> Iterator[int]:
    """Yield the line of each call of `re` whose pattern is more than constants and escapes."""
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "re"
            and call.func.attr in FUNCTIONS
            and not _is_constant(call.args[0])
        ):
            yield call.lineno


def _is_constant(pattern: ast.expr) -> bool:
    match pattern:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name.isupper()
        case ast.JoinedStr(values=parts):
            return all(map(_is_constant, parts))
        case ast.FormattedValue(value=value):
            return _is_constant(value)
        case ast.BinOp(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
        case _:
            return ast.unparse(pattern).startswith("re.escape(")


@pytest.mark.law(12)
def test_no_pattern_of_a_card_goes_to_an_engine_that_backtracks() -> None:
    """Write `LinearPattern`; or, if no card writes the pattern, name the module with the reason."""
    wrong = [f"{name}:{line}" for name, tree in TREES.items() for line in made(tree)]
    assert [place for place in wrong if place.split(":")[0] not in MADE] == []
    assert set(MADE) - {place.split(":")[0] for place in wrong} == set()


def test_re2_is_called_in_one_room() -> None:
    named = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and any(alias.name == "re2" for alias in node.names)
    }
    assert named == set(RE2)


@pytest.mark.parametrize(
    ("call", "is_made"),
    [
        ("re.compile('a')", False),
        ("re.compile(rf'a{_NAME}')", False),
        ("re.search('a' + re.escape(text), text)", False),
        ("re.compile(text)", True),
        ("re.fullmatch(f'a{text}', text)", True),
        ("re.compile(self.pattern)", True),
    ],
)
def test_what_is_made_is_found(call: str, is_made: bool) -> None:
    assert bool([*made(ast.parse(call))]) == is_made
