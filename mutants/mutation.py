"""One change of one module, and the seeded sample of all that there could be."""

import random
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from msgspec import Struct

KINDS = (
    "ReplaceComparisonOperator",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Div_Mul",
    "AddNot",
    "NumberReplacer",
    "ZeroIterationForLoop",
    "ExceptionReplacer",
)
"""cosmic-ray's operators, by how their names begin; the others change annotations or names."""

MEANINGLESS = frozenset(
    f"core/ReplaceComparisonOperator_{before}_{after}"
    for before, afters in {
        "Eq": ("Is",),
        "NotEq": ("IsNot",),
        "Is": ("Eq", "Lt", "LtE", "Gt", "GtE"),
        "IsNot": ("NotEq", "Lt", "LtE", "Gt", "GtE"),
    }.items()
    for after in afters
)
"""Left out: the members of an enum, and None, are equal where they are the same, and in no order.

An enum of texts would be compared by the alphabet.
"""


class Mutation(Struct, frozen=True):
    """The change that an operator makes at one of the places where it can, counted from 0."""

    subject: str
    operator: str
    occurrence: int

    def code(self, text: str) -> str:
        """Return the changed text of the module."""
        changed: str = mutate_code(text, _operator(self.operator), self.occurrence)
        return changed

    def lines(self, text: str) -> tuple[str, str]:
        """Return the lines that change, before and after, without their indentation."""
        changes = list(
            unified_diff(text.splitlines(), self.code(text).splitlines(), n=0, lineterm="")
        )[3:]
        return _joined(changes, "-"), _joined(changes, "+")


def _joined(changes: Sequence[str], sign: str) -> str:
    return " ".join(line[1:].strip() for line in changes if line.startswith(sign))


def _operator(name: str) -> object:
    return get_operator(name)()


def all_of(subject: str, text: str) -> Iterator[Mutation]:
    """Yield every change of a module."""
    nodes = list(ast_nodes(get_ast(text)))
    for name in sorted(operator_names()):
        if name.removeprefix("core/").startswith(KINDS) and name not in MEANINGLESS:
            operator = get_operator(name)()
            places = sum(len(list(operator.mutation_positions(node))) for node in nodes)
            yield from (Mutation(subject, name, occurrence) for occurrence in range(places))


def sample(subject: str, root: Path, count: int, seed: int) -> list[Mutation]:
    """Return up to `count` changes of a module, the same for the same seed and text.

    The head of a class, and what may be given by its place alone, are left alone: they say how
    values are made, not what they say.
    """
    text = (root / subject).read_text(encoding="utf-8")
    found = list(all_of(subject, text))
    shuffled = random.Random(f"{seed} {subject}").sample(found, len(found))
    return list(islice((each for each in shuffled if _is_judged(each, text)), count))


def _is_judged(mutation: Mutation, text: str) -> bool:
    """Whether the change is valid Python, and in a line that may bear on a verdict."""
    try:
        compile(mutation.code(text), mutation.subject, "exec")
    except SyntaxError:
        return False
    before, after = mutation.lines(text)
    return not before.startswith("class ") and after != before.replace("*,", "/,")
