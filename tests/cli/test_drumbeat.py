"""`cockpit drumbeat`: what is due after the end, done by a check or by a named person."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Cockpit
from tests.cli.shop import CARD, Shop, environment, furnish

ANSWER = ("--answer", "load-test=alice")
BEATS = (
    CARD
    + """\
drumbeat:
  hour-1:
    - {check: http, id: well, title: the shop is well, path: /health, status: [200]}
  daily:
    - {confirm: the night's logs were read, id: logs, title: overnight logs}
"""
)


@pytest.fixture
def cockpit(tmp_path: Path, shop: Shop) -> Cockpit:
    furnish(tmp_path, BEATS)
    return Cockpit(tmp_path, environment(shop))


@pytest.fixture
def flown(cockpit: Cockpit) -> Cockpit:
    assert cockpit.run("run", "card.yaml", "--yes", *ANSWER).status == 0
    return cockpit


def states(said: dict[str, Any]) -> dict[str, str]:
    return {item["id"]: item["state"] for item in said["items"]}


def test_before_the_end_nothing_is_due_and_nothing_is_done(cockpit: Cockpit) -> None:
    cockpit.run("run", "card.yaml", "--yes")
    said = cockpit.run("drumbeat", "last")
    assert said.status == 3
    assert said.out.endswith("the drumbeat begins when the run has ended with GO\n")
    early = cockpit.run("drumbeat", "last", "--done", "logs", "--as", "bob")
    assert early.status == 2
    assert "after a run has ended with GO" in early.err


def test_after_it_items_are_due_and_are_done_in_the_record(flown: Cockpit) -> None:
    due = flown.run("drumbeat", "last", "--json")
    assert (due.status, states(due.document)) == (0, {"well": "due", "logs": "due"})
    assert due.document["verdict"] == "next: the shop is well"
    done = flown.run("drumbeat", "last", "--run", "--done", "logs", "--as", "bob", "--json")
    assert (done.status, states(done.document)) == (0, {"well": "done", "logs": "done"})
    items = {item["id"]: item for item in done.document["items"]}
    assert (items["logs"]["by"], items["logs"]["evidence"]) == ("bob", "vouched for by bob")
    assert "overnight logs" in flown.run("replay", "last").out
    told = flown.run("drumbeat", "last").out
    assert "by bob; due in " in told, "done today, and due again tomorrow"
    assert flown.run("decide", "last").out == "GO\n", "what was decided stands"
    assert flown.run("verify", "last").status == 0


@pytest.mark.law(1)
def test_law_1_a_check_that_fails_is_not_done(flown: Cockpit, shop: Shop) -> None:
    shop.healthy = False
    said = flown.run("drumbeat", "last", "--run", "--json")
    assert (said.status, states(said.document)["well"]) == (1, "failed")


def test_a_word_needs_a_name_and_an_item_that_is_there(flown: Cockpit) -> None:
    nameless = flown.run("drumbeat", "last", "--done", "logs")
    assert nameless.status == 2
    assert "add whose with --as NAME" in nameless.err
    stranger = flown.run("drumbeat", "last", "--done", "dust", "--as", "bob")
    assert "the items are well, logs" in stranger.err
