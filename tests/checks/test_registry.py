import subprocess
import sys
from typing import Any, cast, get_args

import pytest

from checks.core.base import Check
from checks.registry import AnyCheck
from cockpit.card.docs.schema import schema
from cockpit.card.read.shape import tag
from tests.checks.kit import WrongError, read

SENTRY = {
    "check": "sentry",
    "dsn": "${DSN}",
    "api": "https://sentry.io",
    "project": "acme/acme-api",
    "token": "${TOKEN}",
}


def made(entry: dict[str, Any]) -> Check:
    return cast(Check, read(AnyCheck, **entry))


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
        ({"check": "database"}, "database has room"),
        ({"check": "migrations", "table": "t", "folder": "f"}, "migrations"),
        ({"check": "backup", "files": "*.dump"}, "newest backup"),
        ({"check": "restore"}, "dump and restore"),
        ({"check": "clock"}, "clocks agree"),
        ({"check": "load", "rate": "50/s"}, "load of 50/s for 1m"),
        ({"check": "auth"}, "guard of the public surface"),
        ({"check": "cors", "path": "/a", "origins": ["https://a.example"]}, "CORS of /a"),
        ({"check": "rate-limit", "path": "/a", "within": 9}, "rate limit of /a"),
        (SENTRY, "errors reach Sentry: acme/acme-api"),
        ({"check": "prometheus", "url": "${P}", "rules": ["R"]}, "Prometheus: rules"),
        (
            {"check": "dashboards", "url": "${G}", "token": "${T}", "dashboards": ["slo"]},
            "dashboards show data: slo",
        ),
    ],
)
def test_each_kind_is_found_by_its_name(entry: dict[str, Any], label: str) -> None:
    assert made(entry).label() == label


def test_an_unknown_kind_and_an_unknown_key() -> None:
    with pytest.raises(WrongError, match="`telepathy` is not known here: write `secrets`"):
        made({"check": "telepathy"})
    with pytest.raises(WrongError, match="there is no key `colour` here"):
        made({"check": "secrets", "colour": "red"})


def test_the_schema_says_what_each_option_is() -> None:
    for kind in get_args(AnyCheck):
        properties = schema()["$defs"][kind.__name__]["properties"]
        assert properties["check"]["const"] == tag(kind)[1]
        assert all("description" in given for given in properties.values())


def test_reading_a_card_loads_nothing_that_only_a_run_needs() -> None:
    heavy = {
        "httpx",
        "httpx_aiohttp",
        "jwt",
        "asyncpg",
        "yaml",
        "dns",
        "jsonschema_rs",
        "phonenumbers",
        "stdnum",
        "re2",
        "locust",
        "gevent",
    }
    script = f"import checks.registry, sys; print({heavy} & set(sys.modules))"
    run = [sys.executable, "-c", script]
    seen = subprocess.run(run, capture_output=True, text=True, check=True, timeout=60)
    assert seen.stdout == "set()\n"


def test_a_figure_says_its_unit() -> None:
    """A limit of another unit is refused by these words."""
    for kind in get_args(AnyCheck):
        for name, what in kind.FIGURES.items():
            assert name.endswith("_s") is ("in seconds" in what), (kind, name)
            assert ("share" in what) <= ("from 0 to 1" in what), (kind, name)
