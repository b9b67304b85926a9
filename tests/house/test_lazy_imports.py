"""An import stands at the top of its file, unless it is slow and a quick path can do without it.

The quick paths are `cockpit --help`, `cockpit validate` and the first paint of the screen. The
milliseconds below are the processor time that a module adds to the quickest of them that would
import it, measured in a fresh process.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.house.imports import modules


class Lazy(NamedTuple):
    """A module that files whose dotted names begin with `inside` may import in a function."""

    module: str
    inside: str
    reason: str


ALLOWED = (
    Lazy("asyncpg", "checks", "21 ms; only a check of a database needs it"),
    Lazy("dns", "checks.dns", "200 ms; only a DNS check that runs needs it"),
    Lazy("httpx", "checks", "29 ms; only a check that sends a request needs it"),
    Lazy("jsonschema_rs", "checks", "3 ms; only a check of an OpenAPI document needs it"),
    Lazy("jwt", "checks", "50 ms; only a check that makes tokens needs it"),
    Lazy("phonenumbers", "checks", "70 ms; only a search of logs needs it"),
    Lazy("prometheus_client", "checks", "24 ms; only a check of PgBouncer needs it"),
    Lazy("re2", "checks", "3 ms; only a pattern that is more than a text with dots needs it"),
    Lazy("stdnum", "checks", "10 ms; only a search of logs needs it"),
    Lazy("yaml", "checks", "15 ms; only a check of an OpenAPI document needs it"),
    Lazy("checks.logs", "checks.pii", "18 ms; only a search of logs needs it"),
    Lazy("checks.openapi.api_diff", "checks", "7 ms; only a comparison that runs needs it"),
    Lazy("checks.openapi.validation", "checks", "5 ms; only a comparison that runs needs it"),
    Lazy("checks.web.tls_handshake", "checks", "3 ms; only a TLS check that runs needs it"),
    Lazy("difflib", "cockpit", "1 ms of each start; only a mistyped name needs it"),
    Lazy("importlib.metadata", "cockpit.cli", "40 ms; only `cockpit --version` needs it"),
    Lazy("cockpit.foundation.redaction", "cockpit.cli", "9 ms; only an error needs it"),
    Lazy("cockpit.cli.printing", "cockpit.cli", "100 ms; only an error as JSON needs it"),
    Lazy("cockpit.cli", "cockpit.cli", "80 ms and more, behind the first paint"),
    Lazy("cockpit.card", "cockpit.cli", "41 ms; only a card never opened here needs it"),
    Lazy("cockpit.engine.orders", "cockpit.cli", "55 ms, behind the first paint"),
    Lazy("cockpit.control.open_run", "cockpit.cli", "126 ms, behind the first paint"),
    Lazy("cockpit.rehearsal", "cockpit.cli", "92 ms: the drivers of the rehearsal's services"),
    Lazy("cockpit.rehearsal.scenarios", "cockpit.screens", "2 ms, behind the first paint"),
    Lazy("cockpit.card", "cockpit.screens", "41 ms, behind the first paint"),
    Lazy("cockpit.engine", "cockpit.screens", "55 ms, behind the first paint"),
    Lazy("cockpit.journal", "cockpit.screens", "60 ms, behind the first paint"),
    Lazy("cockpit.screens.model", "cockpit.screens", "110 ms and more, behind the first paint"),
    Lazy("cockpit.screens.pages", "cockpit.screens.keys", "60 ms and more, behind the first paint"),
    Lazy("widgets.help", "cockpit.screens", "76 ms: it draws Markdown, behind the first paint"),
    Lazy("anyio", "cockpit.runtime", "2 ms, in the thread that makes the first client"),
    Lazy("httpx", "cockpit", "29 ms, behind the screen of the opened run"),
    Lazy("cockpit.runtime.http_pool", "cockpit.runtime", "400 ms: it imports aiohttp"),
    Lazy("ctypes", "cockpit.process", "3 ms of each start; only a step's supervisor needs it"),
)
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in modules().items()}


def lazy_imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of each import in a function."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import):
                    yield from ((node.lineno, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    yield from ((node.lineno, f"{node.module}.{a.name}") for a in node.names)


def within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def allowing(importer: str, imported: str) -> list[Lazy]:
    return [
        lazy for lazy in ALLOWED if within(imported, lazy.module) and within(importer, lazy.inside)
    ]


def test_each_import_in_a_function_is_in_the_table() -> None:
    """Move the import to the top of the file, or measure it and add it with its reason."""
    wrong = [
        f"{importer}:{line} imports {imported}"
        for importer, source in SOURCES.items()
        for line, imported in lazy_imports(source)
        if not allowing(importer, imported)
    ]
    assert wrong == []


def test_each_line_of_the_table_is_used() -> None:
    used = {
        lazy
        for importer, source in SOURCES.items()
        for _, imported in lazy_imports(source)
        for lazy in allowing(importer, imported)
    }
    assert set(ALLOWED) - used == set()


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("import json, httpx", ["json", "httpx"]),
        ("from checks.core import base", ["checks.core.base"]),
        ("if True:\n        import json", ["json"]),
        ("import_module('json')", []),
    ],
)
def test_they_are_found_wherever_they_stand_in_a_function(body: str, names: list[str]) -> None:
    source = f"import os\n\nasync def later():\n    {body}\n"
    assert [name for _, name in lazy_imports(source)] == names
