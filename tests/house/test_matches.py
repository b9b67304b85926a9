"""A `match` over the kinds of a union notices, or says by a reason, a kind that is added later."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.imports import modules


def unfinished(text: str) -> Iterator[int]:
    """Yield the line of each `match` on classes that leaves out what to do with all other kinds.

    It is finished by `assert_never` in a last `case _` or right after it, or by a last `case _`
    whose line gives the reason in a comment.
    """
    lines = text.splitlines()
    for parent in ast.walk(ast.parse(text)):
        for block in (getattr(parent, field, None) for field in ("body", "orelse", "finalbody")):
            for index, node in enumerate(block if isinstance(block, list) else []):
                if isinstance(node, ast.Match) and _names_classes(node):
                    after = block[index + 1 : index + 2]
                    if not (any(map(_asserts_never, after)) or _ends_well(node, lines)):
                        yield node.lineno


def _names_classes(node: ast.Match) -> bool:
    patterns = (part for case in node.cases for part in ast.walk(case.pattern))
    return any(isinstance(part, ast.MatchClass) for part in patterns)


def _ends_well(node: ast.Match, lines: list[str]) -> bool:
    last = node.cases[-1]
    if not isinstance(last.pattern, ast.MatchAs) or last.pattern.pattern or last.guard:
        return False
    reason = "  # " in lines[last.pattern.lineno - 1]
    return reason or _asserts_never(last.body[0])


def _asserts_never(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node.value).startswith("assert_never(")


@pytest.mark.parametrize("name", sorted(modules()))
def test_every_match_on_classes_says_what_becomes_of_other_kinds(name: str) -> None:
    text = modules()[name].read_text(encoding="utf-8")
    assert list(unfinished(text)) == [], f"{name}: end it with `case _: assert_never(...)`"


@pytest.mark.parametrize(
    ("rest", "lines"),
    [
        ("", [1]),
        ("    case _:\n        pass\n", [1]),
        ("    case _ if late:\n        assert_never(step)\n", [1]),
        ("    case Hold() as step:  # the last one\n        pass\n", [1]),
        ("    case _:\n        assert_never(step)\n", []),
        ("    case _:  # no other kind acts\n        pass\n", []),
        ("assert_never(step)\n", []),
    ],
)
def test_an_unfinished_match_is_found(rest: str, lines: list[int]) -> None:
    assert list(unfinished(f"match step:\n    case Run():\n        act()\n{rest}")) == lines


def test_a_match_on_values_is_left_alone() -> None:
    assert list(unfinished('match word:\n    case "go":\n        pass\n')) == []
