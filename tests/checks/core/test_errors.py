import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import checks
from checks.core import errors
from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import CheckError, UnreadableError, chain_of
from checks.core.run_check import run_check
from checks.pg.wire_guard import NotPostgresError
from tests.checks.kit import tools


def every_error() -> Iterator[type[BaseException]]:
    """Yield the exceptions that the package's own modules define; Locust's child stays unloaded."""
    for module in pkgutil.walk_packages(checks.__path__, "checks."):
        if not module.name.startswith("checks.loadgen.child"):
            for value in vars(importlib.import_module(module.name)).values():
                is_error = isinstance(value, type) and issubclass(value, BaseException)
                if is_error and value.__module__ == module.name:
                    yield value


def test_the_drawn_tree_is_the_tree() -> None:
    drawn = errors.__doc__ or ""
    for error in {*every_error()} - {NotPostgresError}:
        assert issubclass(error, CheckError)
        line = next((line for line in drawn.splitlines() if f" {error.__name__} " in line), "")
        assert line, f"{error.__name__}: draw it in the tree of checks/core/errors.py"
        depth = (line.index(error.__name__) - 4) // 4
        assert depth == sum(issubclass(base, CheckError) for base in error.__mro__) - 1, line


def test_each_name_of_the_drawn_tree_is_an_error() -> None:
    defined = {error.__name__ for error in every_error()}
    lines = (errors.__doc__ or "").split("\n\n")[1].splitlines()
    assert {line.strip(" │├└─").split()[0] for line in lines} == defined - {"NotPostgresError"}


@pytest.mark.law(1)
@pytest.mark.parametrize("error", [UnreadableError("a.log is not there"), KeyError("a")])
async def test_law_1_an_error_that_a_check_lets_through_is_unknown(error: Exception) -> None:
    class Raises(Check, frozen=True, tag="raises"):
        def label(self) -> str:
            return "raises"

        async def run(self, tools: Tools) -> Result:
            raise error

    seen = await run_check(Raises(), tools())
    known = isinstance(error, CheckError)
    words = "a.log is not there" if known else "could not look: KeyError: 'a'"
    assert seen == Result(Outcome.UNKNOWN, words)


def test_a_chain_of_errors_ends_even_in_a_circle() -> None:
    newest, middle, oldest = ValueError("newest"), KeyError("middle"), OSError("oldest")
    newest.__cause__, middle.__context__ = middle, oldest
    assert list(chain_of(newest)) == [newest, middle, oldest]
    oldest.__cause__ = oldest
    assert list(chain_of(newest)) == [newest, middle, oldest]
    oldest.__cause__ = newest
    assert list(chain_of(newest)) == [newest, middle, oldest]
