"""`npm run gate:production`: three gates, which check the route lists and the specs."""

import json
import re
import sys
from typing import Any

from checks.core.text import count_of
from cockpit.rehearsal.scripts.script_context import ScriptContext, ScriptError, print_line, run
from cockpit.rehearsal.service.api_operations import Visibility
from cockpit.rehearsal.service.openapi_document import route_lines

PUBLIC_OPERATIONS = 9


def _load(context: ScriptContext, name: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads((context.workspace / "docs/api" / name).read_text())
    except (OSError, ValueError) as error:
        raise ScriptError(f"docs/api/{name}: {error}") from None
    return value


def _referenced_schemas(spec: dict[str, Any], operation: object) -> set[str]:
    """Return the names of all schemas that an operation refers to, directly or indirectly."""
    referenced: set[str] = set()
    pending = [json.dumps(operation)]
    while pending:
        names = set(re.findall(r'"#/components/schemas/([^"]+)"', pending.pop())) - referenced
        referenced |= names
        pending += [json.dumps(spec["components"]["schemas"].get(name)) for name in names]
    return referenced


def routes(context: ScriptContext) -> tuple[bool, str]:
    """Check that the routes of the code are those of the spec; return the verdict and why."""
    code, spec = (
        set((context.workspace / f"audit/{side}_routes_full.txt").read_text().split("\n")) - {""}
        for side in ("code", "spec")
    )
    outdated = spec ^ set(route_lines(_load(context, "openapi.json")))
    ghosts = sorted(code ^ spec)
    reason = f"{len(code)} in code, {len(spec)} in spec, {count_of(len(ghosts), 'ghost')}"
    reason += f" {' '.join(ghosts)}"
    if outdated:
        reason += f"; the spec's list is not of this spec: {' '.join(sorted(outdated))}"
    return not ghosts and not outdated, reason.strip()


def surface(context: ScriptContext) -> tuple[bool, str]:
    """Check that nine operations are public and that none uses GenericObject."""
    spec = _load(context, "openapi.json")
    operations = [o for methods in spec["paths"].values() for o in methods.values()]
    public = [o for o in operations if o.get("x-visibility") == Visibility.PUBLIC]
    generic = [o["operationId"] for o in public if "GenericObject" in _referenced_schemas(spec, o)]
    passed = len(public) == PUBLIC_OPERATIONS and not generic
    return passed, f"{count_of(len(public), 'public operation')}, {len(generic)} with GenericObject"


def compatibility(context: ScriptContext) -> tuple[bool, str]:
    """Check that the new spec is backward compatible: it only adds to the previous one."""
    old, new = _load(context, "openapi-previous.json"), _load(context, "openapi.json")
    breaking = [line for line in route_lines(old) if line not in route_lines(new)]
    schemas = new["components"]["schemas"]
    for name, schema in old["components"]["schemas"].items():
        new_schema = schemas.get(name, {})
        breaking += [
            f"{name}.{key}"
            for key, kind in schema["properties"].items()
            if new_schema.get("properties", {}).get(key) != kind
        ]
        breaking += [
            f"{name}.{k} required"
            for k in new_schema.get("required", ())
            if k not in schema["required"]
        ]
    versions = f"{new['info']['version']} over {old['info']['version']}"
    return not breaking, f"{versions}: {'additive only' if not breaking else ', '.join(breaking)}"


_GATES = (routes, surface, compatibility)


def run_gates(context: ScriptContext) -> list[str]:
    """Run the three gates and print their verdicts; return the reasons of those that failed."""
    failures = []
    for gate in _GATES:
        passed, reason = gate(context)
        line = f"{gate.__name__}: {reason}"
        print_line(f"{'✓' if passed else '✗'} {line}")
        failures += [] if passed else [line]
    critical = count_of(len(failures), "critical failure")
    print_line(f"{len(_GATES) - len(failures)} passed, {critical}")
    return failures


def command(context: ScriptContext, arguments: list[str]) -> None:
    """Run the gates; raises ScriptError if one fails."""
    if failures := run_gates(context):
        raise ScriptError("; ".join(failures))


if __name__ == "__main__":
    sys.exit(run(command))
