"""`cockpit done`: what there is to do, what was looked at, and what is looked at now."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Cockpit
from tests.cli.shop import CARD, Shop, effects, environment, furnish, open_shop

ANSWER = ("--answer", "load-test=alice", "--answer", "pii=bob")
DONE = (
    CARD
    + """\
    - {check: command, id: looked, title: looked, run: ./effect.sh looked, fresh_for: 0.01ms}
  security:
    - {confirm: the logs were read, id: pii, title: no PII in logs}
"""
)


@pytest.fixture
def cockpit(tmp_path: Path, shop: Shop) -> Cockpit:
    furnish(tmp_path, DONE)
    return Cockpit(tmp_path, environment(shop))


def states(said: dict[str, Any]) -> dict[str, str]:
    return {line["id"]: line["state"] for line in said["lines"]}


@pytest.mark.law(1)
def test_without_a_run_it_says_what_there_is_to_do(cockpit: Cockpit) -> None:
    """Law 1: nothing was looked at, so nothing is done."""
    said = cockpit.run("done", "card.yaml")
    assert said.status == 3
    assert "○ no PII in logs    to do        asks for your word: the logs were read" in said.out
    assert said.out.endswith("0 of 3 done: 3 to do\n")
    assert "has no run of card.yaml" in said.err


def test_now_its_checks_run_and_leave_no_run_behind(cockpit: Cockpit, shop: Shop) -> None:
    said = cockpit.run("done", "card.yaml", "--run", "--json")
    assert said.status == 3, "a person's word is wanting"
    found = {"done-health": "passed", "looked": "passed", "pii": "to do"}
    assert states(said.document) == found
    assert cockpit.run("runs").out == ""
    shop.healthy = False
    again = cockpit.run("done", "card.yaml", "--run")
    assert again.status == 1
    assert "× the shop is well  failed" in again.out


def test_of_a_run_each_line_has_state_evidence_and_age(cockpit: Cockpit) -> None:
    cockpit.run("run", "card.yaml", "--yes", *ANSWER)
    said = cockpit.run("done", "last", "--json").document
    lines = {line["id"]: line for line in said["lines"]}
    assert lines["pii"]["state"] == "vouched for"
    assert lines["pii"]["evidence"] == "vouched for by bob"
    assert lines["done-health"]["state"] == "passed"
    assert lines["done-health"]["age_s"] >= 0
    of_card = cockpit.run("done", "card.yaml", "--json").document
    assert (of_card["run"], states(of_card)["pii"]) == (said["run"], "vouched for")


def test_a_stale_line_is_looked_at_again_by_an_order_in_the_record(cockpit: Cockpit) -> None:
    flown = cockpit.run("run", "card.yaml", "--yes", *ANSWER)
    assert flown.status == 3
    assert "looked passed too long ago to count: check again" in flown.err
    assert cockpit.run("done", "last").status == 3
    again = cockpit.run("done", "last", "--run", "--as", "carol")
    assert again.status == 3, "so short a time is over before all is said"
    assert effects(cockpit.folder).count("looked") == 2
    assert cockpit.run("replay", "last").out.count("✓ looked passed") == 2


def test_before_the_done_list_has_begun_nothing_of_it_is_looked_at(cockpit: Cockpit) -> None:
    assert cockpit.run("run", "card.yaml", "--yes").status == 3
    said = cockpit.run("done", "last", "--run", "--json")
    assert said.status == 2
    assert "the Done list has not begun" in said.document["error"]
    assert cockpit.run("done", "last").status == 3


@pytest.mark.law(8)
def test_law_8_no_secret_is_shown(tmp_path: Path) -> None:
    with open_shop() as shop:
        furnish(tmp_path, DONE.replace("./effect.sh looked", "./effect.sh looked 3"))
        said = Cockpit(tmp_path, environment(shop)).run("done", "card.yaml", "--run")
    assert said.status == 1
    assert "tok-5f2c9d7e41aa" not in said.out
