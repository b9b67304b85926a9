"""What acts on real things refuses a rehearsal's run, and another card's."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from cockpit.card import packaged
from cockpit.foundation.clock import SystemClock
from cockpit.journal.file import JournalWriter
from cockpit.runtime.environment import redactor_for
from cockpit.runtime.run_folder import Beginning, create
from cockpit.runtime.session import Session
from cockpit.state import State
from tests.card.cards import SMALL
from tests.cli.program import Cockpit
from tests.strategies import RUN

AT = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.law(10)
@pytest.mark.parametrize(
    "words",
    [
        ("run", "golive.yaml", "--yes"),
        ("breaker", "golive.yaml", "sanity"),
        ("rollback", "golive.yaml", "traffic"),
    ],
    ids=["run", "breaker", "rollback"],
)
def test_law_10_a_rehearsal_goes_on_as_a_rehearsal_alone(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Also `last` may name one: nothing of it is run against what is real."""
    runs, cockpit = tmp_path / "runs", Cockpit(tmp_path)
    (tmp_path / "golive.yaml").write_text(packaged.text(), encoding="utf-8")
    rehearsal = create(runs, packaged.text(), AT, Beginning("the packaged card", True, "calm", 60))
    said = cockpit.run(*words, "--runs", str(runs), "--resume", "last")
    assert said.status == 2
    assert f"cockpit rehearse --resume {rehearsal.id}" in said.err
    assert not rehearsal.journal.exists()


def test_another_card_is_refused(tmp_path: Path) -> None:
    cockpit = Cockpit(tmp_path)
    shop = SMALL.replace("make ready", "'true'").replace("make switch", "'true'")
    (tmp_path / "shop.yaml").write_text(shop, encoding="utf-8")
    (tmp_path / "bank.yaml").write_text(shop.replace("shop", "bank"), encoding="utf-8")
    assert cockpit.run("run", "shop.yaml", "--yes", "--runs", "runs").status == 0
    said = cockpit.run("rollback", "bank.yaml", "all", "--runs", "runs", "--resume", "last")
    assert said.status == 2
    assert "there is no run of bank in staging in runs; the newest is" in said.err
    (run,) = (tmp_path / "runs").iterdir()
    said = cockpit.run("rollback", "bank.yaml", "all", "--runs", "runs", "--resume", run.name)
    assert said.status == 2
    assert "belongs to shop in staging, but bank.yaml is for bank in staging" in said.err
    assert cockpit.run("run", "bank.yaml", "--yes", "--runs", "runs").status == 0
    said = cockpit.run("run", "shop.yaml", "--yes", "--runs", "runs", "--resume", "last", "--json")
    assert said.document["run"] == run.name, "the last of this card, not the last of all"


@pytest.mark.law(4)
def test_a_card_that_was_edited_since_keeps_nobody_from_going_back(tmp_path: Path) -> None:
    """Law 4: the run has its own copy; neither a broken card nor another one stops it."""
    cockpit = Cockpit(tmp_path)
    step = """'true'
        changes: application
rollback:
  application: [{run: 'true'}]"""
    shop = SMALL.replace("make ready", "'true'").replace("make switch", step)
    (tmp_path / "shop.yaml").write_text(shop, encoding="utf-8")
    assert cockpit.run("run", "shop.yaml", "--yes", "--runs", "runs").status == 0
    (tmp_path / "shop.yaml").write_text("broken: [", encoding="utf-8")
    (tmp_path / "golive.yaml").write_text(shop.replace("shop", "bank"), encoding="utf-8")
    again = cockpit.run("run", "--yes", "--runs", "runs", "--resume", "last")
    assert again.status == 0, again.err
    back = cockpit.run("rollback", "shop.yaml", "all", "--runs", "runs", "--resume", "last")
    assert back.status == 0, back.err


async def test_decide_names_the_run_where_it_is_a_rehearsal(tmp_path: Path) -> None:
    """To a command without a card `last` is the newest run of all, a rehearsal too."""
    begun = Beginning("the packaged card", rehearsal=True, scenario="calm", speed=60)
    run = create(tmp_path / "runs", packaged.text(), AT, begun)
    sha = hashlib.sha256(run.card.read_bytes()).hexdigest()
    with JournalWriter.open(run.journal) as writer:
        session = Session(
            writer, SystemClock(), redactor_for(packaged.card(), {}), "alice", State()
        )
        await session.intend(replace(RUN, run=run.id, card_sha256=sha, rehearsal=True))
    said = Cockpit(tmp_path).run("decide", "last", "--runs", str(tmp_path / "runs"))
    assert said.out.splitlines()[0] == f"HOLD: {run.id}, a rehearsal"
