"""Each law of the design has tests that say which law they hold up."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LAW = re.compile(r"\blaw (\d+)\b", re.IGNORECASE)
LAWS = [law for law in range(1, 14) if law != 11]
"""Law 11, a word and a glyph beside each colour, is held up by what the widgets draw."""


def held_up() -> dict[int, set[str]]:
    """Give the files whose tests name each law."""
    found: dict[int, set[str]] = {law: set() for law in range(1, 14)}
    for path in TESTS.rglob("test_*.py"):
        if path != Path(__file__):
            for number in LAW.findall(path.read_text(encoding="utf-8")):
                found[int(number)].add(path.name)
    return found


@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_held_up_by_tests(law: int) -> None:
    assert held_up()[law], f"no test says that it holds up law {law}"
