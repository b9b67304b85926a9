"""`cockpit breaker` and `cockpit rollback` on a small real card."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.gate import Gate
from tests.cli.program import Cockpit
from tests.cli.shop import CARD, Shop, effects, furnish
from tests.process.conftest import until

ANSWER = ("--answer", "load-test=alice")


@pytest.mark.law(5)
def test_a_breaker_is_verified_by_its_effect(cockpit: Cockpit, shop: Shop) -> None:
    """Law 5: done means observed."""
    said = cockpit.run("breaker", "card.yaml", "demote", "/api/users", "--json")
    assert said.status == 0, said.err
    assert said.document["outcome"] == "passed"
    assert said.document["breakers"]["demote"]["status"] == "verified"
    assert "answered 404" in said.document["evidence"]
    assert shop.gone == {"/api/users"}
    assert effects(cockpit.folder) == ["demote /api/users"]


def spoil_journal(run: Path) -> None:
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (run / "journal.jsonl").write_bytes(b"".join([*lines[:3], b"garbage\n", *lines[3:]]))


def lose_card(run: Path) -> None:
    (run / "card.yaml").unlink()


@pytest.mark.law(4)
@pytest.mark.parametrize(
    ("damage", "says"),
    [(spoil_journal, "this order gets a run of its own"), (lose_card, "card.yaml is gone")],
)
def test_a_damaged_run_keeps_no_breaker_from_being_fired(
    cockpit: Cockpit, damage: Callable[[Path], None], says: str
) -> None:
    """Law 4: the order of a tired person at a bad moment is not refused for what a file holds."""
    assert cockpit.run("run", "card.yaml", "--yes").status == 3
    (run,) = cockpit.folder.glob("state/cockpit/runs/*")
    damage(run)
    said = cockpit.run("breaker", "card.yaml", "demote", "/api/users", "--json")
    assert (said.status, said.document["outcome"]) == (0, "passed"), said.err
    assert says in said.err + (run / "journal.jsonl").read_text(encoding="utf-8")
    assert effects(cockpit.folder)[-1] == "demote /api/users"


def test_in_words_it_says_what_was_seen(cockpit: Cockpit) -> None:
    said = cockpit.run("breaker", "card.yaml", "demote", "/api/users")
    assert said.out.startswith("demote passed: GET /api/users answered 404")


@pytest.mark.parametrize(
    ("name", "evidence"), [("broken", "exit 7"), ("unseen", "its effect is not seen")]
)
def test_a_breaker_that_does_not_work_is_a_failure(
    cockpit: Cockpit, name: str, evidence: str
) -> None:
    said = cockpit.run("breaker", "card.yaml", name, "--json")
    assert said.status == 1
    assert evidence in said.document["evidence"]
    assert effects(cockpit.folder) == [name]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["demoet"], "its breakers are demote, broken, unseen, back"),
        (["demote"], "takes an endpoint"),
        (["demote", "api/users"], "it must begin with /"),
        (["broken", "/api/users"], "takes nothing"),
        (["back"], "nothing to undo"),
    ],
)
def test_what_is_asked_wrongly_fires_nothing_and_leaves_no_run(
    cockpit: Cockpit, words: list[str], hint: str
) -> None:
    said = cockpit.run("breaker", "card.yaml", *words)
    assert said.status == 2
    assert hint in said.err
    assert effects(cockpit.folder) == []
    assert not (cockpit.folder / "state").exists()


@pytest.mark.law(3)
def test_it_fires_again_when_it_is_ordered_again(cockpit: Cockpit) -> None:
    """Law 3: two orders are two shots, in one run."""
    for path in ("/a", "/b"):
        assert cockpit.run("breaker", "card.yaml", "demote", path).status == 0
    assert effects(cockpit.folder) == ["demote /a", "demote /b"]
    assert len(cockpit.run("runs", "--json").document["runs"]) == 1


SLOW = """\
  - breaker: slow
    key: f6
    run: sh -c "echo slow >> effects.log; until test -e go; do sleep 0.02; done"
"""


@pytest.mark.law(3)
@pytest.mark.parametrize(("goes", "shots"), [(False, 1), (True, 2)])
def test_killed_while_firing_it_is_followed_or_fired_again(
    cockpit: Cockpit, goes: bool, shots: int
) -> None:
    """Law 3: what still runs is followed and is the answer; after what has ended, it fires."""
    furnish(cockpit.folder, CARD.replace("rollback:\n", SLOW + "rollback:\n", 1))
    first = cockpit.start("breaker", "card.yaml", "slow")
    first.until_it_holds(lambda: effects(cockpit.folder) == ["slow"])
    first.kill()
    if goes:
        (cockpit.folder / "go").touch()
        (attempt,) = cockpit.folder.glob("state/cockpit/runs/*/steps/breaker.slow.*")
        until((attempt / "exit").exists)
    again = cockpit.start("breaker", "card.yaml", "slow", "--json")
    again.until("an earlier attempt")
    (cockpit.folder / "go").touch()
    said = again.ended()
    assert (said.status, said.document["outcome"]) == (0, "passed"), said.err
    assert effects(cockpit.folder) == ["slow"] * shots
    assert ("nothing was sent again" in said.document["evidence"]) is (shots == 1)


def test_nothing_to_undo_is_said_and_begins_nothing(cockpit: Cockpit) -> None:
    said = cockpit.run("rollback", "card.yaml", "all")
    assert said.status == 2
    assert "nothing to undo" in said.err
    assert not (cockpit.folder / "state").exists()


@pytest.mark.law(4)
@pytest.mark.parametrize(
    ("order", "undone"),
    [
        (("rollback", "card.yaml", "all"), ["weight 0", "undo"]),
        (("breaker", "card.yaml", "back"), ["weight 0"]),
    ],
)
def test_with_nothing_to_undo_it_is_rolled_back_all_the_same_on_a_second_word(
    cockpit: Cockpit, order: tuple[str, ...], undone: list[str]
) -> None:
    """Law 4: what was changed by hand is no reason to keep anyone from going back."""
    told = cockpit.run(*order, "--anyway", "--dry-run", "--json")
    commands = told.document["would_send"].split(", then ")
    assert all(command.endswith(end) for command, end in zip(commands, undone, strict=True))
    assert effects(cockpit.folder) == []
    said = cockpit.run(*order, "--anyway", "--json")
    assert said.document["outcome"] == "passed", said.err
    assert effects(cockpit.folder) == undone


@pytest.mark.law(7)
def test_a_rollback_undoes_what_the_newest_run_changed_in_reverse(cockpit: Cockpit) -> None:
    """Law 7: only what was done, in reverse; also after the run has ended with GO."""
    assert cockpit.run("run", "card.yaml", "--yes", *ANSWER).status == 0
    said = cockpit.run("rollback", "card.yaml", "all", "--json")
    assert said.status == 0, said.err
    assert said.document["decision"] == "NO-GO"
    assert said.document["traffic"] == {"ordered": 0.0, "seen": pytest.approx(0.0, abs=0.02)}
    assert effects(cockpit.folder) == ["migrate", "weight 50", "weight 0", "undo"]
    assert cockpit.run("decide", "card.yaml").status == 1
    again = cockpit.run("rollback", "card.yaml", "all")
    assert (again.status, effects(cockpit.folder)[4:]) == (2, [])


@pytest.mark.law(3)
@pytest.mark.law(7)
@pytest.mark.parametrize("order", [("rollback", "all"), ("breaker", "all")])
def test_killed_in_the_rollback_of_a_run_that_had_ended_it_can_be_ordered_again(
    cockpit: Cockpit, order: tuple[str, str]
) -> None:
    """Law 3 and law 7: the order finds the way back that was begun, and goes it to its end."""
    command, name = order
    breaker = "  - {breaker: all, key: f6, rollback: all}\nrollback:\n"
    furnish(
        cockpit.folder,
        CARD.replace("rollback:\n", breaker, 1).replace("./effect.sh undo", "./gated.sh undo"),
    )
    gate = Gate.make(cockpit.folder)
    assert cockpit.run("run", "card.yaml", "--yes", *ANSWER).status == 0
    first = cockpit.start(command, "card.yaml", name)
    gate.wait_inside()
    first.kill()
    again = cockpit.start(command, "card.yaml", name, "--json")
    again.until("errors is ok")  # the first news after the order
    gate.let_go()
    said = again.ended()
    assert (said.status, said.document["outcome"]) == (0, "passed"), said.err
    assert effects(cockpit.folder) == ["migrate", "weight 50", "weight 0", "undo"]


def test_one_part_comes_back_alone(cockpit: Cockpit) -> None:
    assert cockpit.run("run", "card.yaml", "--yes", *ANSWER).status == 0
    assert cockpit.run("rollback", "card.yaml", "traffic").status == 0
    assert effects(cockpit.folder)[2:] == ["weight 0"]
    assert cockpit.run("rollback", "card.yaml", "database").status == 0
    assert effects(cockpit.folder)[3:] == ["undo"]


def test_a_breaker_can_be_a_rollback(cockpit: Cockpit) -> None:
    cockpit.run("run", "card.yaml", "--yes", *ANSWER)
    said = cockpit.run("breaker", "card.yaml", "back", "--json")
    assert (said.status, said.document["outcome"]) == (0, "passed")
    assert effects(cockpit.folder)[2:] == ["weight 0"]


@pytest.mark.law(7)
def test_it_never_moves_traffic_to_a_side_that_is_ill_unless_ordered_again(
    cockpit: Cockpit, shop: Shop
) -> None:
    """Law 7: rollback looks at the health of what it rolls back to."""
    cockpit.run("run", "card.yaml", "--yes", *ANSWER)
    shop.healthy = False
    said = cockpit.run("rollback", "card.yaml", "traffic", "--json")
    assert said.status == 1
    assert "not known to be healthy" in said.document["evidence"]
    assert any("order it again" in words for words in said.document["next"])
    assert effects(cockpit.folder)[2:] == []
    assert cockpit.run("rollback", "card.yaml", "traffic").status == 0
    assert effects(cockpit.folder)[2:] == ["weight 0"]


def test_an_unfinished_run_is_rolled_back_and_then_ended(cockpit: Cockpit) -> None:
    first = cockpit.run("run", "card.yaml", "--yes", "--json")
    assert first.status == 3
    said = cockpit.run("rollback", "card.yaml", "all", "--json")
    assert said.status == 0
    assert (said.document["run"], said.document["ended"]) == (first.document["run"], True)
    assert effects(cockpit.folder) == ["migrate", "undo"]


@pytest.mark.law(5)
def test_a_dry_run_tells_what_would_be_sent_and_verified_and_sends_nothing(
    cockpit: Cockpit,
) -> None:
    """Law 5: the exact command, what changes, and what must be observed."""
    said = cockpit.run("breaker", "card.yaml", "demote", "/api/users", "--dry-run", "--json")
    assert said.status == 0, said.err
    assert said.document == {
        "dry_run": True,
        "would_send": "${PYTHON} ask.py demote /api/users",
        "changes": "/api/users is gone",
        "verified_by": "GET /api/users within 5 s",
    }
    nothing = cockpit.run("rollback", "card.yaml", "all", "--dry-run")
    assert nothing.out == "would send: nothing to undo\ndry run: nothing was sent\n"
    assert "--anyway shows what would be sent" in nothing.err
    for order in (("rollback", "card.yaml", "traffic"), ("breaker", "card.yaml", "back")):
        told = cockpit.run(*order, "--dry-run")
        assert "--anyway shows what would be sent" in told.err
        shown = cockpit.run(*order, "--dry-run", "--anyway")
        assert ("weight 0" in shown.out, "--anyway" in shown.err) == (True, False)
    assert effects(cockpit.folder) == []
    assert not (cockpit.folder / "state").exists()


@pytest.mark.law(7)
def test_a_dry_rollback_tells_every_command_of_what_was_changed(
    cockpit: Cockpit, shop: Shop
) -> None:
    """Law 7: of the run's own plan and of what it has changed, in the order of going back."""
    assert cockpit.run("run", "card.yaml", "--yes", *ANSWER).status in (0, 3)
    before = effects(cockpit.folder)
    said = cockpit.run("rollback", "card.yaml", "all", "--dry-run", "--json")
    assert said.document["would_send"] == "${PYTHON} ask.py weight 0, then ./effect.sh undo"
    assert said.document["changes"] == "traffic + database"
    assert said.document["verified_by"] == (
        "0 % on the canary seen within 20 s, then the exit status of undo alone"
    )
    assert effects(cockpit.folder) == before
    again = cockpit.run("rollback", "card.yaml", "all", "--yes", "--json")
    assert again.document["outcome"] == "passed", again.err
