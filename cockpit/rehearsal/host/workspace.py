"""The folder in which the packaged card's commands run, like a checkout of the service.

Its `bin/` is first on PATH and has stand-ins for `npm` and `node`, which the machine of a rehearsal
need not have; they do exactly what the card needs (see `scripts.npm` and `scripts.node`).
`pg_dump` and `pg_restore` are the real ones of the rehearsal's PostgreSQL.
"""

import json
import shlex
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, STABLE_VERSION
from cockpit.rehearsal.service.openapi_document import document, route_lines

_PACKAGE = "cockpit.rehearsal.scripts"


def _argv(module: str) -> list[str]:
    return [sys.executable, "-P", "-m", f"{_PACKAGE}.{module}"]


def _shell(module: str, *arguments: str) -> str:
    return f'#!/bin/sh\nexec {shlex.join([*_argv(module), *arguments])} "$@"\n'


def _postgres(program: str) -> str:
    return f'#!/bin/sh\nexec "$REHEARSAL_PG_BIN/{program}" "$@"\n'


def _javascript(module: str) -> str:
    return (
        'import { spawnSync } from "node:child_process";\n'
        "// One line of JSON: a stand-in for node reads it and runs the same.\n"
        f"const argv = {json.dumps(_argv(module))};\n"
        "const rest = [...argv.slice(1), ...process.argv.slice(2)];\n"
        'process.exit(spawnSync(argv[0], rest, { stdio: "inherit" }).status ?? 1);\n'
    )


def _package() -> dict[str, Any]:
    return {
        "name": "acme-api",
        "version": CANARY_VERSION,
        "private": True,
        "scripts": {
            "gate:production": shlex.join(_argv("gate")),
            "cutover": shlex.join(_argv("cutover")),
            "emergency:demote": "node scripts/emergency-breakers.mjs demote",
        },
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


_GHOST_ROUTE = "GET /api/export"


def write_workspace(
    folder: Path, code_routes: Sequence[str], faults: Collection[Fault] = ()
) -> None:
    """Write the workspace into `folder`, and keep other files in it.

    `code_routes` are the sorted `METHOD /path` lines of the running service.
    """
    spec = document(CANARY_VERSION)
    if Fault.BREAKING_SCHEMA in faults:
        invoice = spec["components"]["schemas"]["Invoice"]
        del invoice["properties"]["issued_at"]
        invoice["required"].remove("issued_at")
    if Fault.GHOST_ROUTE in faults:
        code_routes = sorted([*code_routes, _GHOST_ROUTE])
    files = {
        "package.json": _json(_package()),
        "docs/api/openapi.json": _json(spec),
        "docs/api/openapi-previous.json": _json(document(STABLE_VERSION)),
        "migrations/0041_orders.sql": "-- orders, customers, products, invoices\n",
        "migrations/0042_delivery.sql": "-- delivery_windows, orders.delivery_note\n",
        "audit/code_routes_full.txt": _lines(code_routes),
        "audit/spec_routes_full.txt": _lines(route_lines(spec)),
    }
    programs = {
        "bin/npm": _shell("npm"),
        "bin/node": _shell("node"),
        "bin/pg_dump": _postgres("pg_dump"),
        "bin/pg_restore": _postgres("pg_restore"),
        "scripts/emergency-breakers.mjs": _javascript("breakers"),
        "scripts/test-backup-restore.sh": _shell("restore"),
        "scripts/traffic.sh": _shell("traffic"),
        "scripts/previous-image.sh": _shell("cutover", "rollback-application"),
    }
    for name, text in {**files, **programs}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name in programs else 0o644)
