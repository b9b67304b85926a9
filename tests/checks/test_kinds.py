import subprocess
import sys
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from checks.kinds import AnyCheck

KINDS: TypeAdapter[Any] = TypeAdapter(AnyCheck)


@pytest.mark.parametrize(
    ("entry", "label"),
    [
        ({"check": "secrets"}, "secrets"),
        ({"check": "command", "run": "npm run -s gate"}, "npm run -s gate"),
        ({"check": "routes", "code": "a.txt", "spec": "b.txt"}, "routes in code and spec"),
        ({"check": "surface", "public": 9}, "public surface"),
        ({"check": "http", "path": "/health", "latency": "250ms"}, "GET /health"),
        ({"check": "postgres", "within": "500ms"}, "database answers"),
        ({"check": "postgres", "query": "SELECT true"}, "SELECT true"),
    ],
)
def test_each_kind_is_found_by_its_name(entry: dict[str, Any], label: str) -> None:
    assert KINDS.validate_python(entry).label() == label


def test_an_unknown_kind_and_an_unknown_key() -> None:
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        KINDS.validate_python({"check": "telepathy"})
    with pytest.raises(ValidationError, match="Extra inputs"):
        KINDS.validate_python({"check": "secrets", "colour": "red"})


def test_the_schema_says_what_each_option_is() -> None:
    for kind in KINDS.json_schema(by_alias=True)["$defs"].values():
        own = set(kind["properties"]) - {"check", "method"}
        assert all("description" in kind["properties"][name] for name in own)


def test_reading_a_card_loads_nothing_that_only_a_run_needs() -> None:
    script = "import checks.kinds, sys; print({'httpx', 'asyncpg', 'yaml'} & set(sys.modules))"
    run = [sys.executable, "-c", script]
    seen = subprocess.run(run, capture_output=True, text=True, check=True, timeout=60)
    assert seen.stdout == "set()\n"
