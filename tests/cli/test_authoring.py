"""init, validate and schema, as typed."""

import json
from pathlib import Path

import pytest

from cockpit.cli.validate import monitors_to_prove
from tests.cli.program import Cockpit

BAD = """\
cockpit: 1
service: shop
environment: productoin
versions: {stable: 1.0.0, canary: 1.1.0}
window: {lasts: 1h}
preflight:
  - check: secrtes
phases:
  - phase: T-30
    title: database
    stepz: []
"""


def test_init_writes_a_card_that_is_valid_and_never_overwrites_one(tmp_path: Path) -> None:
    cockpit = Cockpit(tmp_path)
    first = cockpit.run("init")
    assert first.status == 0
    assert "cockpit check golive.yaml" in first.out
    valid = cockpit.run("validate", "golive.yaml")
    assert (valid.status, valid.err) == (0, "")
    assert "golive.yaml is valid: acme-api" in valid.out
    again = cockpit.run("init")
    assert again.status == 2
    assert "golive.yaml is there already" in again.err


def test_one_monitor_is_to_be_proven_each_of_several_too() -> None:
    assert monitors_to_prove(0) == "0 monitors"
    proof = "to be proven by a test trip in the preflight"
    assert monitors_to_prove(1) == f"1 monitor, {proof}"
    assert monitors_to_prove(2) == f"2 monitors, each {proof}"


def test_every_problem_of_a_card_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)
    said = Cockpit(tmp_path).run("validate", "bad.yaml")
    assert (said.status, said.out) == (2, "")
    for place in ("bad.yaml:3:", "bad.yaml:7:", "bad.yaml:11:"):
        assert place in said.err
    assert "nothing was touched" in said.err


def test_problems_as_json_are_one_document(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)
    said = Cockpit(tmp_path).run("validate", "bad.yaml", "--json")
    assert said.status == 2
    assert said.document["valid"] is False
    assert {3, 7, 11} <= {problem["line"] for problem in said.document["problems"]}


def test_a_bad_card_stops_every_command_before_anything_is_begun(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)
    cockpit = Cockpit(tmp_path)
    for words in (
        ("check", "bad.yaml"),
        ("run", "bad.yaml", "--yes"),
        ("breaker", "bad.yaml", "demote"),
        ("rollback", "bad.yaml", "all"),
        ("decide", "bad.yaml"),
    ):
        said = cockpit.run(*words, "--json")
        assert said.status == 2, words
        assert said.document["exit_status"] == 2
        assert "bad.yaml:3:" in said.document["error"]
    assert not (tmp_path / "state").exists()


@pytest.mark.law(9)
def test_hostile_text_of_a_card_is_only_text(tmp_path: Path) -> None:
    """Law 9: what a card says of itself reaches the terminal as visible text."""
    (tmp_path / "bad.yaml").write_text('cockpit: 1\n"\\e[31mred\\e[0m": 1\n')
    said = Cockpit(tmp_path).run("validate", "bad.yaml")
    assert said.status == 2
    assert "\x1b" not in said.err + said.out


def test_the_schema_is_json(tmp_path: Path) -> None:
    said = Cockpit(tmp_path).run("schema")
    assert said.status == 0
    assert json.loads(said.out)["$schema"].startswith("https://json-schema.org")
