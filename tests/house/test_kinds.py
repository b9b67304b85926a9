"""One file beside the registry is one kind of check: `ls checks/*.py` is the list of kinds.

That each kind has an example and a place in the contents of docs/checks.md is held by
tests/card/docs/test_checks_page.py; that it meets hostile peers, by tests/checks/test_hostile.py.
"""

import importlib
from typing import get_args

import pytest

from checks.core.base import Check
from checks.registry import AnyCheck
from cockpit.card.read.shape import tag
from tests.house.imports import ROOT

FILES = sorted({path.stem for path in (ROOT / "checks").glob("*.py")} - {"__init__", "registry"})


def defined(module: str) -> list[type[Check]]:
    """Return the kinds of check that a module defines itself, registered or not."""
    values = vars(importlib.import_module(module)).values()
    kinds = [value for value in values if isinstance(value, type) and issubclass(value, Check)]
    return [kind for kind in kinds if kind.__module__ == module]


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_one_registered_kind_of_its_name(name: str) -> None:
    kinds = defined(f"checks.{name}")
    assert [tag(kind)[1] for kind in kinds] == [name.replace("_", "-")]
    assert set(kinds) <= set(get_args(AnyCheck)), "it is missing in the union of checks/registry.py"


def test_each_registered_kind_is_a_file_but_the_one_that_holds_the_others() -> None:
    tags = {tag(kind)[1] for kind in get_args(AnyCheck)}
    assert tags - {"all"} == {name.replace("_", "-") for name in FILES}
