import json
from pathlib import Path

import pytest

from cockpit.rehearsal.host import workspace
from cockpit.rehearsal.scripts import gate
from cockpit.rehearsal.scripts.script_context import ScriptContext
from cockpit.rehearsal.service.api_operations import (
    CANARY_VERSION,
    OPERATIONS,
    PUBLIC,
    STABLE_VERSION,
)
from cockpit.rehearsal.service.openapi_document import document, route_lines
from cockpit.rehearsal.service.service_app import application
from cockpit.rehearsal.service.service_app import route_lines as code_routes


def test_nine_operations_are_public_and_none_is_doubled() -> None:
    assert len(PUBLIC) == 9
    assert len({operation.line for operation in OPERATIONS}) == len(OPERATIONS)


def test_every_reference_is_to_a_schema_of_the_document() -> None:
    spec = document(CANARY_VERSION)
    for operation in OPERATIONS:
        described = spec["paths"][operation.path][operation.method.lower()]
        assert gate._referenced_schemas(spec, described) <= set(spec["components"]["schemas"])


@pytest.fixture
def context(tmp_path: Path) -> ScriptContext:
    code = code_routes(application(CANARY_VERSION, "postgresql://x", "s", tmp_path / "log"))
    workspace.write_workspace(tmp_path, code)
    return ScriptContext(tmp_path, "", "", "", "", "", "", tmp_path, 0.0)


def test_the_gates_pass_on_the_code_that_runs(
    context: ScriptContext, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate.run_gates(context) == []
    assert capsys.readouterr().out.endswith("\n3 passed, 0 critical failures\n")


def test_a_ghost_route_fails_the_gate(context: ScriptContext) -> None:
    with (context.workspace / "audit/code_routes_full.txt").open("a") as routes:
        routes.write("GET /debug\n")
    assert gate.routes(context) == (False, "14 in code, 13 in spec, 1 ghost GET /debug")


def test_a_generic_object_deep_inside_fails_the_gate(context: ScriptContext) -> None:
    file = context.workspace / "docs/api/openapi.json"
    spec = json.loads(file.read_text())
    spec["components"]["schemas"]["Stock"]["properties"]["more"] = {
        "$ref": "#/components/schemas/GenericObject"
    }
    file.write_text(json.dumps(spec))
    assert gate.surface(context) == (False, "9 public operations, 1 with GenericObject")


def test_a_field_taken_away_fails_the_gate(context: ScriptContext) -> None:
    file = context.workspace / "docs/api/openapi.json"
    spec = json.loads(file.read_text())
    del spec["components"]["schemas"]["Order"]["properties"]["status"]
    file.write_text(json.dumps(spec))
    well, said = gate.compatibility(context)
    assert not well
    assert "Order.status" in said


def test_both_versions_have_the_same_routes() -> None:
    assert route_lines(document(STABLE_VERSION)) == route_lines(document(CANARY_VERSION))
