"""The workspace of a rehearsal: the faults of its documents are in its files."""

import json
from pathlib import Path
from typing import Any

from cockpit.rehearsal.host import workspace
from cockpit.rehearsal.scenarios import Fault

ROUTES = ("GET /api/orders", "GET /health")


def made(folder: Path, *faults: Fault) -> tuple[dict[str, Any], str]:
    workspace.write_workspace(folder, ROUTES, faults)
    spec = json.loads((folder / "docs/api/openapi.json").read_text())
    return spec, (folder / "audit/code_routes_full.txt").read_text()


def test_without_a_fault_the_document_only_grew(tmp_path: Path) -> None:
    spec, routes = made(tmp_path)
    before = json.loads((tmp_path / "docs/api/openapi-previous.json").read_text())
    for name, schema in before["components"]["schemas"].items():
        assert (
            schema["properties"].keys() <= spec["components"]["schemas"][name]["properties"].keys()
        )
    assert routes == "GET /api/orders\nGET /health\n"


def test_a_breaking_schema_lacks_a_field(tmp_path: Path) -> None:
    spec, _ = made(tmp_path, Fault.BREAKING_SCHEMA)
    assert "issued_at" not in spec["components"]["schemas"]["Invoice"]["properties"]


def test_a_ghost_route_is_in_the_code_alone(tmp_path: Path) -> None:
    spec, routes = made(tmp_path, Fault.GHOST_ROUTE)
    assert "GET /api/export\n" in routes
    assert "/api/export" not in spec["paths"]
