"""Breakers and rollbacks with a full and a read-only disk, by the real program."""

import pytest

from tests.cli.program import Cockpit
from tests.cli.shop import Shop, effects
from tests.cli.small_disk import on_a_small_disk

RUN = ("cockpit", "run", "card.yaml", "--yes", "--json")
LONG = ("--as", "alice" * 300)
"""Makes each line of the journal longer than what its last block on the disk has left."""

DEMOTE = ("cockpit", "breaker", "card.yaml", "demote", "/api/users", "--json", *LONG)
BACK = ("cockpit", "rollback", "card.yaml", "all", "--json", *LONG)
REPLAY = ("cockpit", "replay", "last")
VERIFY = ("cockpit", "verify", "last")


@pytest.mark.law(4)
@pytest.mark.law(5)
@pytest.mark.parametrize(("broken", "mended"), [("fill", "free"), ("ro", "rw")])
def test_what_the_disk_did_not_take_is_not_forgotten(
    cockpit: Cockpit, shop: Shop, broken: str, mended: str
) -> None:
    """Law 4 and law 5: sent and shouted about; the next order is another shot, and all is told."""
    _, first, second, told, chain = on_a_small_disk(
        cockpit, RUN, (broken,), DEMOTE, (mended,), DEMOTE, REPLAY, VERIFY
    )
    assert first.document["outcome"] == "passed", first.err
    assert first.status == first.document["exit_status"] == 3
    assert "the journal cannot be written" in first.err
    assert f"its lines are kept in {cockpit.folder}/runtime/cockpit-" in first.err
    assert (second.status, second.document["outcome"]) == (0, "passed"), second.err
    assert effects(cockpit.folder)[1:] == ["demote /api/users"] * 2
    assert told.out.count("demote fired by") == 2
    assert "lines that could not be written when they came, and were kept beside" in told.out
    assert chain.status == 0
    assert not list((cockpit.folder / "runtime").rglob("unwritten.jsonl"))


@pytest.mark.law(3)
@pytest.mark.law(4)
@pytest.mark.parametrize(("broken", "mended"), [("fill", "free"), ("ro", "rw")])
def test_a_rollback_needs_no_disk_either(
    cockpit: Cockpit, shop: Shop, broken: str, mended: str
) -> None:
    """Law 4 and law 3: it acts, it shouts, and later it is known to have gone back."""
    _, back, again = on_a_small_disk(cockpit, RUN, (broken,), BACK, (mended,), BACK)
    assert back.document["outcome"] == "passed", back.err
    assert back.status == 3
    assert "the journal cannot be written" in back.err
    assert effects(cockpit.folder) == ["migrate", "undo"]
    assert again.status == 2, "the run knows by now that nothing is left to undo"
    assert "nothing to undo" in again.err


@pytest.mark.law(4)
@pytest.mark.parametrize(("broken", "mended"), [("fill", "free"), ("ro", "rw")])
def test_a_breaker_fires_where_no_run_can_be_made(
    cockpit: Cockpit, shop: Shop, broken: str, mended: str
) -> None:
    """Law 4: with no run to continue, its run begins in a second place and is found there."""
    first, second, told, runs = on_a_small_disk(
        cockpit, (broken,), DEMOTE, (mended,), DEMOTE, REPLAY, ("cockpit", "runs", "--json")
    )
    assert first.document["outcome"] == "passed", first.err
    assert first.status == first.document["exit_status"] == 3
    assert "THE RECORD IS NOT ON ITS DISK" in first.err
    assert f"is in {cockpit.folder}/runtime/cockpit-" in first.err
    assert second.document["outcome"] == "passed", second.err
    assert effects(cockpit.folder) == ["demote /api/users"] * 2
    assert told.out.count("demote fired by") == 2
    assert len(runs.document["runs"]) == 1


@pytest.mark.law(4)
@pytest.mark.parametrize("blocks", ["3", "4"])
def test_a_breaker_fires_where_a_run_can_be_made_and_no_journal_written(
    cockpit: Cockpit, shop: Shop, blocks: str
) -> None:
    """Law 4: room for the card alone; the whole run is taken in once there is more."""
    first, second, told, chain = on_a_small_disk(
        cockpit, ("fill", blocks), DEMOTE, ("free",), DEMOTE, REPLAY, VERIFY
    )
    assert (first.status, first.document["outcome"]) == (3, "passed"), first.err
    assert (second.status, second.document["outcome"]) == (0, "passed"), second.err
    assert told.out.count("demote fired by") == 2
    assert chain.status == 0
