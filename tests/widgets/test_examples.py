"""The examples in the docstrings hold."""

import doctest
import importlib
import pkgutil

import pytest

import widgets

MODULES = [name for _, name, _ in pkgutil.iter_modules(widgets.__path__, "widgets.")]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
