"""`npm run gate:production`: three gates, computed from the audit lists and the specs."""

import json
import re
import sys
from typing import Any

from cockpit.rehearsal.scripts.site import ScriptError, Site, run, say
from cockpit.rehearsal.service.openapi_document import route_lines

PUBLIC_OPERATIONS = 9


def _load(site: Site, name: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads((site.workspace / "docs/api" / name).read_text())
    except (OSError, ValueError) as error:
        raise ScriptError(f"docs/api/{name}: {error}") from None
    return value


def _reached(spec: dict[str, Any], operation: object) -> set[str]:
    """Give the names of all schemas that an operation refers to, also by way of others."""
    reached: set[str] = set()
    ahead = [json.dumps(operation)]
    while ahead:
        names = set(re.findall(r'"#/components/schemas/([^"]+)"', ahead.pop())) - reached
        reached |= names
        ahead += [json.dumps(spec["components"]["schemas"].get(name)) for name in names]
    return reached


def routes(site: Site) -> tuple[bool, str]:
    """Compare the routes of the code with those of the spec."""
    code, spec = (
        set((site.workspace / f"audit/{side}_routes_full.txt").read_text().split("\n")) - {""}
        for side in ("code", "spec")
    )
    drifted = spec ^ set(route_lines(_load(site, "openapi.json")))
    ghosts = sorted(code ^ spec)
    said = f"{len(code)} in code, {len(spec)} in spec, {len(ghosts)} ghosts {' '.join(ghosts)}"
    if drifted:
        said += f"; the spec's list is not of this spec: {' '.join(sorted(drifted))}"
    return not ghosts and not drifted, said.strip()


def surface(site: Site) -> tuple[bool, str]:
    """Count the public operations, and those that use GenericObject."""
    spec = _load(site, "openapi.json")
    operations = [o for methods in spec["paths"].values() for o in methods.values()]
    public = [o for o in operations if o.get("x-visibility", "internal") == "public"]
    generic = [o["operationId"] for o in public if "GenericObject" in _reached(spec, o)]
    well = len(public) == PUBLIC_OPERATIONS and not generic
    return well, f"{len(public)} public operations, {len(generic)} with GenericObject"


def compatibility(site: Site) -> tuple[bool, str]:
    """See that the new spec only adds to the old one."""
    old, new = _load(site, "openapi-previous.json"), _load(site, "openapi.json")
    gone = [line for line in route_lines(old) if line not in route_lines(new)]
    schemas = new["components"]["schemas"]
    for name, schema in old["components"]["schemas"].items():
        fresh = schemas.get(name, {})
        gone += [
            f"{name}.{key}"
            for key, kind in schema["properties"].items()
            if fresh.get("properties", {}).get(key) != kind
        ]
        gone += [
            f"{name}.{k} required" for k in fresh.get("required", ()) if k not in schema["required"]
        ]
    versions = f"{new['info']['version']} over {old['info']['version']}"
    return not gone, f"{versions}: {'additive only' if not gone else ', '.join(gone)}"


_GATES = (routes, surface, compatibility)


def gates(site: Site) -> list[str]:
    """Run and print the three gates; give what each of those says that did not pass."""
    failures = []
    for gate in _GATES:
        well, said = gate(site)
        line = f"{gate.__name__}: {said}"
        say(f"{'✓' if well else '✗'} {line}")
        failures += [] if well else [line]
    say(f"{len(_GATES) - len(failures)} passed, {len(failures)} critical failures")
    return failures


def command(site: Site, arguments: list[str]) -> None:
    """Run the gates."""
    if failures := gates(site):
        raise ScriptError("; ".join(failures))


if __name__ == "__main__":
    sys.exit(run(command))
