"""A count and its noun agree, also where it is one: `1 phases` is what a hurried reader stops at.

The words of the program and of the checks come from `count_of` of `checks/core/text.py`; the
widgets import no other package, and count one thing only.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.imports import modules

PLURAL = re.compile(r" (?:(?!of |FROM )[A-Za-z-]+ )?(?P<word>[a-z]+s)\b(?!/)")
VERBS = """
    acts answers belongs changes comes contains differs does ends fails goes has hides holds is lies
    matches needs refers runs says serves shows stands takes tells undoes unfolds vouches waits
    wants was
"""
SAME_FOR_ONE = "address as its less ms series status this"
NOT_COUNTED = frozenset((VERBS + SAME_FOR_ONE).split())
DECIMALS = re.compile(r"\.[1-9]\d*f")


def placed(text: ast.JoinedStr) -> Iterator[tuple[ast.FormattedValue, str]]:
    """Yield each value of an f-string with the text that follows it."""
    for value, after in zip(text.values, text.values[1:], strict=False):
        if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
            yield value, str(after.value)


def is_constant(value: ast.FormattedValue) -> bool:
    """Whether it is a constant of the module, such as MAX_LINES, which is never one."""
    return isinstance(value.value, ast.Name) and value.value.id.isupper()


def uncounted(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and words of each number in an f-string that a plural follows whatever it is."""
    for text in ast.walk(tree):
        if not isinstance(text, ast.JoinedStr):
            continue
        for value, after in placed(text):
            found = PLURAL.match(after)
            with_decimals = value.format_spec and DECIMALS.search(ast.unparse(value.format_spec))
            if (
                found
                and found["word"] not in NOT_COUNTED
                and not (is_constant(value) or with_decimals)
            ):
                yield text.lineno, ast.unparse(value) + found[0]


def homemade(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and words of each plural that is made by adding an s on a condition."""
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            parts = [node.left, node.right]
        elif isinstance(node, ast.IfExp):
            parts = [node.body, node.orelse]
        if any(isinstance(part, ast.Constant) and part.value in ("s", "es") for part in parts):
            yield node.lineno, ast.unparse(node)


def test_every_count_agrees_with_its_noun() -> None:
    wrong = [
        f"{path.name}:{line} {words}"
        for name, path in modules().items()
        if not name.startswith("widgets.") and name != "checks.core.text"
        for find in (uncounted, homemade)
        for line, words in find(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert wrong == [], "write it with `count_of`; a verb belongs in VERBS of this test"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("f'{n} phases'", True),
        ("f'{len(a):,} preflight checks, {b} monitors'", True),
        ("f'{a} of {b} requests'", True),
        ("f'{name} is gone'", False),
        ("f'{share} of requests may fail'", False),
        ("f'at most {_MOST:,} rows'", False),
        ("f'{burn:.1f} times even use'", False),
        ("f'{n} problem{\"s\" * (n > 1)}'", True),
        ('f\'{n} problem{"s" if n > 1 else ""}\'', True),
    ],
)
def test_a_plural_that_no_one_counts_is_found(source: str, found: bool) -> None:
    tree = ast.parse(source)
    assert bool([*uncounted(tree), *homemade(tree)]) == found
