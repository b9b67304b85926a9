"""`cockpit gate` in a project's own folder: the form that a card expects, for any CI."""

import json
from pathlib import Path

import pytest

from cockpit.card import packaged
from cockpit.cli.gate import GATES
from tests.cli.program import Cockpit

OPENAPI, PREVIOUS = "docs/api/openapi.json", "docs/api/openapi-previous.json"
ROUTES = [f"GET /api/{name}" for name in "abcdefghi"]
CARD = """\
cockpit: 1
service: shop
environment: staging
versions: {stable: 1.0.0, canary: 1.1.0}
window: {lasts: 1h}
preflight:
  - {check: routes, code: audit/code.txt, spec: audit/spec.txt}
  - {check: surface, openapi: docs/api/openapi.json, public: 9}
phases:
  - {phase: T-0, title: switch, steps: [{run: touch ran}]}
done:
  technical:
    - {check: surface, openapi: docs/api/openapi.json, public: 9, id: done-surface, fresh_for: 1h}
"""
COMPATIBLE = f"    - {{check: compatibility, openapi: {OPENAPI}, against: {PREVIOUS}}}\n"
THREE = "compatibility" in GATES


def spec(count: int = 9) -> str:
    get = {"x-visibility": "public", "responses": {"200": {"description": "well"}}}
    paths = {route.removeprefix("GET "): {"get": get} for route in ROUTES[:count]}
    return json.dumps({"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": paths})


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Cockpit:
    for side in ("code", "spec"):
        write(tmp_path, f"audit/{side}.txt", "\n".join(ROUTES))
        write(tmp_path, f"audit/{side}_routes_full.txt", "\n".join(ROUTES))
    write(tmp_path, OPENAPI, spec())
    write(tmp_path, PREVIOUS, spec())
    write(tmp_path, "card.yaml", CARD + (COMPATIBLE if THREE else ""))
    return Cockpit(tmp_path)


def test_all_gates_pass_in_the_form_a_card_expects_and_nothing_is_run(project: Cockpit) -> None:
    said = project.run("gate", "card.yaml")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[-1] == f"{len(GATES)} passed, 0 critical failures"
    assert "✓ routes: 9 of 9 in both\n" in said.out
    assert said.out.count("surface") == 1, "what preflight and Done both ask is asked once"
    assert not (project.folder / "ran").exists()


def test_a_failed_one_is_named(project: Cockpit) -> None:
    write(project.folder, "audit/code.txt", "\n".join([*ROUTES, "POST /ghost"]))
    said = project.run("gate", "card.yaml")
    assert said.status == 1
    assert "× routes failed: in code, not in spec: POST /ghost" in said.out
    assert said.out.endswith(f"{len(GATES) - 1} passed, 1 critical failure\n")


@pytest.mark.law(1)
def test_law_1_what_cannot_be_looked_at_is_no_pass(project: Cockpit) -> None:
    (project.folder / "audit/spec.txt").unlink()
    said = project.run("gate", "card.yaml", "--json")
    assert said.status == said.document["exit_status"] == 3
    found = {gate["gate"]: gate["outcome"] for gate in said.document["gates"]}
    assert found["routes"] == "unknown"
    assert said.document["verdict"] == f"{len(GATES) - 1} passed, 1 unknown, 0 critical failures"


@pytest.mark.law(1)
def test_law_1_a_gate_that_the_card_does_not_have_is_no_pass(project: Cockpit) -> None:
    without = CARD.replace("  - {check: routes", "  - {check: command, run: 'true'}\n#")
    write(project.folder, "card.yaml", without)
    said = project.run("gate", "card.yaml")
    assert said.status == 3
    assert "? routes unknown: the card has no `check: routes`" in said.out


def test_without_a_card_the_gates_are_the_packaged_one_s(project: Cockpit) -> None:
    said = project.run("gate")
    assert "using the gates of the packaged card" in said.err
    assert "✓ routes: 9 of 9 in both\n✓ surface: 9 of 9 public" in said.out
    assert said.status == (3 if THREE and "compatibility" not in packaged.text() else 0)
    fewer = project.run("gate", "--public", "8")
    assert fewer.status == 1
    assert "× surface failed: 9 public, 8 expected" in fewer.out


def test_a_card_that_is_none_is_a_usage_error(project: Cockpit) -> None:
    assert project.run("gate", "other.yaml").status == 2


def test_it_can_be_the_gate_of_a_card(project: Cockpit) -> None:
    """The card's own `expect` is met by it, and by nothing less."""
    expect = f"expect: '{len(GATES)} passed, 0 critical failures'"
    line = f"  - {{check: command, id: gate, run: sh gate.sh, {expect}, timeout: 60s}}\n"
    write(project.folder, "outer.yaml", CARD.replace("preflight:\n", f"preflight:\n{line}"))
    ours = project.shell("declare -f cockpit").out
    write(project.folder, "gate.sh", f"{ours}\ncockpit gate card.yaml\n")
    checked = project.run("check", "outer.yaml", "--only", "gate", "--json")
    assert checked.document["checks"][0]["outcome"] == "passed", checked.out
