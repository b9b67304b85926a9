"""`cockpit init && cockpit check` in a project's own folder: the checks of the card, for real."""

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from cockpit.card import packaged
from tests.cli.program import Cockpit, Said

SECRETS = {
    "JWT_SECRET": "jwt-7d0c1b9ea2f84c55",
    "DATABASE_URL": "postgres://app:pw-91e0d7c4@db.internal/app",
    "POSTGRES_PASSWORD": "pg-3f6a8e2b7c90",
}
NPM = """\
#!/bin/sh
# a stand-in for the machine that has no npm: it runs the script of package.json
[ "$1 $2" = "run -s" ] || exit 64
exec /bin/sh -c "$("$PYTHON" -c 'import json, sys
print(json.load(open("package.json"))["scripts"][sys.argv[1]])' "$3")"
"""
ROUTES = [f"GET /api/{name}" for name in ("a", "b", "c", "d", "e", "f", "g", "h", "i", "inner")]


def spec(public: int = 9) -> dict[str, Any]:
    paths: dict[str, Any] = {
        route.removeprefix("GET "): {
            "get": {"x-visibility": "public" if number < public else "internal", "responses": {}}
        }
        for number, route in enumerate(ROUTES)
    }
    return {"openapi": "3.1.0", "info": {"title": "api", "version": "1"}, "paths": paths}


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Cockpit:
    gate = "echo 'gates: routes, surface, schema'; echo '3 passed, 0 critical failures'"
    package = {"name": "p", "version": "1.0.0", "scripts": {"gate:production": gate}}
    write(tmp_path, "package.json", json.dumps(package))
    write(tmp_path, "audit/code_routes_full.txt", "\n".join(ROUTES) + "\n")
    write(tmp_path, "audit/spec_routes_full.txt", "\n".join(ROUTES) + "\n")
    write(tmp_path, "docs/api/openapi.json", json.dumps(spec()))
    env = {**SECRETS, "PYTHON": sys.executable}
    if shutil.which("npm") is None:
        write(tmp_path, "bin/npm", NPM)
        (tmp_path / "bin/npm").chmod(0o755)
        env["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    write(tmp_path, "golive.yaml", packaged.text())
    return Cockpit(tmp_path, env)


def without(cockpit: Cockpit, **changed: str | None) -> Cockpit:
    env = {**cockpit.env, **{name: value for name, value in changed.items() if value is not None}}
    gone = [name for name, value in changed.items() if value is None]
    return Cockpit(cockpit.folder, {name: value for name, value in env.items() if name not in gone})


def shows_no_secret(said: Said) -> bool:
    """Law 8: no value of a secret is in what was said, and no password of a URL."""
    return not any(value in said.out + said.err for value in (*SECRETS.values(), "pw-91e0d7c4"))


@pytest.mark.law(1)
def test_init_then_check_where_nothing_is_there_to_be_watched(project: Cockpit) -> None:
    """Law 1: the card's own lines pass, but no monitor can be proven without its service."""
    (project.folder / "golive.yaml").unlink()
    said = project.shell("cockpit init && cockpit check")
    assert (said.status, said.err) == (3, "")
    assert "3 of 3 set" in said.out
    assert "3 passed, 0 critical failures" in said.out
    assert "10 of 10 in both" in said.out
    assert "9 of 9 public" in said.out
    assert said.out.count("not proven: it is blind: ") == 7
    assert "METRICS_URL is not set" in said.out
    assert said.out.splitlines()[-1].startswith("HOLD: 7 of 11 could not be measured")
    assert shows_no_secret(said)


def test_as_json_it_is_one_document(project: Cockpit) -> None:
    said = project.run("check", "--json")
    assert (said.status, said.document["exit_status"]) == (3, 3)
    outcomes = [check["outcome"] for check in said.document["checks"]]
    assert outcomes == ["passed"] * 4 + ["unknown"] * 7


def test_as_json_it_has_what_was_measured(project: Cockpit) -> None:
    write(project.folder, "backups/last.dump", "a dump")
    said = project.run("check", "--only", "daily-backup", "--json")
    assert said.document["checks"][0]["figures"]["bytes"] == len("a dump")


def test_nothing_is_left_behind(project: Cockpit) -> None:
    project.run("check")
    assert not (project.folder / "state").exists()


@pytest.mark.parametrize(
    ("name", "value", "evidence"),
    [
        ("JWT_SECRET", None, "JWT_SECRET is not set"),
        ("POSTGRES_PASSWORD", "", "POSTGRES_PASSWORD is empty"),
        ("JWT_SECRET", "changeme", "JWT_SECRET is a placeholder"),
        ("DATABASE_URL", "postgres://app:changeme@db/app", "DATABASE_URL has a placeholder"),
    ],
)
def test_a_secret_that_is_none_fails_by_name(
    project: Cockpit, name: str, value: str | None, evidence: str
) -> None:
    said = without(project, **{name: value}).run("check")
    assert said.status == 1
    assert evidence in said.out
    assert said.out.splitlines()[-1].startswith("NO-GO: 1 of 11 failed")
    assert shows_no_secret(said)


@pytest.mark.parametrize(
    ("side", "evidence"),
    [
        ("code", "in code, not in spec: POST /api/ghost"),
        ("spec", "in spec, not in code: POST /api/ghost"),
    ],
)
def test_a_ghost_route_is_named_on_its_side(project: Cockpit, side: str, evidence: str) -> None:
    with (project.folder / f"audit/{side}_routes_full.txt").open("a") as routes:
        routes.write("POST /api/ghost\n")
    said = project.run("check")
    assert said.status == 1
    assert evidence in said.out


@pytest.mark.parametrize("public", [8, 10])
def test_a_wrong_count_fails_with_both_numbers(project: Cockpit, public: int) -> None:
    write(project.folder, "docs/api/openapi.json", json.dumps(spec(public)))
    said = project.run("check")
    assert said.status == 1
    assert f"{public} public, 9 expected" in said.out


@pytest.mark.parametrize(
    ("line", "evidence"),
    [
        ("echo '2 passed, 1 critical failures'", "2 passed, 1 critical failures"),
        ("echo '13 passed, 0 critical failures'", "13 passed, 0 critical failures"),
        ("echo '3 passed, 0 critical failures'; exit 1", "exit status 1"),
    ],
)
def test_a_gate_that_is_not_green_fails(project: Cockpit, line: str, evidence: str) -> None:
    package = {"name": "p", "version": "1.0.0", "scripts": {"gate:production": line}}
    write(project.folder, "package.json", json.dumps(package))
    said = project.run("check", "--only", "gate")
    assert said.status == 1
    assert evidence in said.out


@pytest.mark.law(1)
def test_what_cannot_be_measured_is_unknown_and_no_pass(project: Cockpit) -> None:
    """Law 1: no data is never green."""
    (project.folder / "docs/api/openapi.json").unlink()
    said = project.run("check")
    assert said.status == 3
    assert "docs/api/openapi.json" in said.out
    assert said.out.splitlines()[-1].startswith("HOLD: 8 of 11 could not be measured")


@pytest.mark.law(8)
def test_a_gate_that_prints_a_secret_shows_none(project: Cockpit) -> None:
    """Law 8."""
    line = 'echo "failed with $JWT_SECRET at $DATABASE_URL"; exit 1'
    package = {"name": "p", "version": "1.0.0", "scripts": {"gate:production": line}}
    write(project.folder, "package.json", json.dumps(package))
    for words in (["check"], ["check", "--json"]):
        said = project.run(*words)
        assert said.status == 1
        assert "•••JWT_SECRET•••" in said.out
        assert shows_no_secret(said)


def test_only_names_one_check(project: Cockpit) -> None:
    said = project.run("check", "--only", "preflight.secrets", "--json")
    assert [check["id"] for check in said.document["checks"]] == ["preflight.secrets"]
    wrong = project.run("check", "--only", "preflight.secret")
    assert wrong.status == 2
    assert "preflight.secrets" in wrong.err
    strange = project.run("check", "--only", "nosuch")
    assert strange.status == 2
    assert "there is no check `nosuch`: known are " in strange.err
    assert "more" in strange.err
    named = re.findall(r"`([^`]+)`", strange.err)[1:]
    assert 1 < len(named) <= 10
    assert "t-30.cutover-t-30" not in named


def test_only_takes_the_end_of_an_id_where_no_other_ends_so(project: Cockpit) -> None:
    words = ("check", "--only", "secrets", "--only", "preflight.secrets", "--json")
    said = project.run(*words)
    assert [check["id"] for check in said.document["checks"]] == ["preflight.secrets"]
    assert project.run("check", "--only", "secrets").out.endswith("\n1 of 1 passed\n")
    text = (project.folder / "golive.yaml").read_text(encoding="utf-8")
    twice = text.replace(
        "check: clock\n        title: clocks agree\n", "check: secrets\n        title: secrets\n", 1
    )
    write(project.folder, "golive.yaml", twice)
    unclear = project.run("check", "--only", "secrets")
    assert unclear.status == 2
    assert "`preflight.secrets` or `t-30.secrets`: write the whole id" in unclear.err


@pytest.mark.law(3)
def test_what_is_no_check_is_not_run_by_it(project: Cockpit) -> None:
    """Law 3: a check looks; only an explicit order runs an action."""
    said = project.run("check", "--only", "t-30.cutover-t-30")
    assert said.status == 3
    assert "only a run executes it" in said.out
