"""`cockpit run` on a small real card against a small real service."""

import signal
from pathlib import Path

import pytest

from tests.cli.gate import Gate
from tests.cli.program import Cockpit
from tests.cli.shop import CARD, TOKEN, Shop, effects, furnish

ANSWER = ("--answer", "load-test=alice")
GATED = CARD.replace("./effect.sh migrate", "./gated.sh migrate")


def gated(cockpit: Cockpit) -> Gate:
    furnish(cockpit.folder, GATED)
    return Gate.make(cockpit.folder)


def test_the_whole_card_ends_with_go(cockpit: Cockpit) -> None:
    said = cockpit.run("run", "card.yaml", "--yes", *ANSWER, "--json", "--as", "bob")
    assert said.status == 0, said.err
    assert (said.document["decision"], said.document["exit_status"]) == ("GO", 0)
    assert said.document["traffic"] == {"ordered": 0.5, "seen": pytest.approx(0.5, abs=0.1)}
    assert said.document["steps"]["load-test"]["by"] == "alice"
    assert said.document["steps"]["migrate"]["by"] == "bob"
    assert Path(said.document["report"]).is_file()
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


@pytest.mark.law(8)
def test_no_secret_is_in_what_is_said_or_kept(cockpit: Cockpit) -> None:
    """Law 8: the command printed it; what is kept of that is redacted but for its own output."""
    said = cockpit.run("run", "card.yaml", "--yes", *ANSWER)
    assert said.status == 0
    assert "•••SHOP_TOKEN•••" in said.err
    assert TOKEN not in said.out + said.err
    (run,) = (cockpit.folder / "state/cockpit/runs").iterdir()
    for name in ("journal.jsonl", "report.md", "card.yaml", "beginning.json"):
        assert TOKEN not in (run / name).read_text()


def test_without_yes_nothing_is_begun(cockpit: Cockpit) -> None:
    said = cockpit.run("run", "card.yaml")
    assert said.status == 2
    assert "--yes" in said.err
    assert not (cockpit.folder / "state").exists()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--phase", "T-5"], "its phases are T-30, T-0"),
        (["--answer", "load-test"], "write ID=NAME"),
        (["--answer", "load-tset=alice"], "its confirm steps are load-test"),
        (["--answer", "migrate=alice"], "its confirm steps are load-test"),
        (["--as", "The Cockpit"], "give your own name"),
        (["--resume", "1231-235959"], "there is no run '1231-235959'"),
    ],
)
def test_what_is_asked_wrongly_leaves_no_run_behind(
    cockpit: Cockpit, words: list[str], hint: str
) -> None:
    said = cockpit.run("run", "card.yaml", "--yes", *words)
    assert said.status == 2
    assert hint in said.err
    assert not (cockpit.folder / "state").exists()


def test_a_confirm_step_without_a_person_is_a_hold_that_names_it(cockpit: Cockpit) -> None:
    said = cockpit.run("run", "card.yaml", "--yes", "--json")
    assert (said.status, said.document["decision"]) == (3, "HOLD")
    assert said.document["waits_for"] == ["load-test"]
    wanted = "load-test needs a person's confirmation: the load test stayed under its limit"
    assert wanted in said.err
    run = said.document["run"]
    assert f"cockpit run --yes --resume {run} --answer load-test=NAME" in said.err

    onward = cockpit.run("run", "--yes", "--resume", run, *ANSWER, "--json")
    assert (onward.status, onward.document["decision"]) == (0, "GO")
    assert onward.document["run"] == run
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


def test_a_phase_is_the_end_when_it_was_asked_for(cockpit: Cockpit) -> None:
    said = cockpit.run("run", "card.yaml", "--yes", "--phase", "t-30", *ANSWER, "--json")
    assert (said.status, said.document["decision"]) == (0, "HOLD")
    assert effects(cockpit.folder) == ["migrate"]
    onward = cockpit.run("run", "--yes", "--resume", "last", "--json")
    assert onward.status == 0
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


def test_a_second_run_leaves_the_unfinished_one_alone_and_says_so(cockpit: Cockpit) -> None:
    first = cockpit.run("run", "card.yaml", "--yes", "--json").document["run"]
    second = cockpit.run("run", "card.yaml", "--yes", "--json")
    assert second.document["run"] != first
    assert f"run {first} of this card stays unfinished" in second.err


def test_what_has_ended_says_its_decision_again(cockpit: Cockpit) -> None:
    cockpit.run("run", "card.yaml", "--yes", *ANSWER)
    again = cockpit.run("run", "--resume", "last", "--json")
    assert (again.status, again.document["decision"]) == (0, "GO")
    assert "has ended" in again.err
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


def test_a_failed_preflight_is_no_go_and_nothing_is_begun(cockpit: Cockpit, shop: Shop) -> None:
    shop.healthy = False
    said = cockpit.run("run", "card.yaml", "--yes", *ANSWER, "--json")
    assert (said.status, said.document["decision"]) == (1, "NO-GO")
    assert any("answered 503" in reason for reason in said.document["reasons"])
    assert "run it again or waive it on the screen: cockpit --resume" in said.err
    assert effects(cockpit.folder) == []


@pytest.mark.law(5)
def test_a_trip_rolls_traffic_back_and_sees_it_at_zero(cockpit: Cockpit, shop: Shop) -> None:
    """Law 5: done means observed."""
    shop.failing = True
    said = cockpit.run("run", "card.yaml", "--yes", *ANSWER, "--json")
    assert (said.status, said.document["decision"]) == (1, "NO-GO")
    assert said.document["traffic"]["ordered"] == 0
    assert said.document["traffic"]["seen"] == pytest.approx(0.0, abs=0.02)
    assert "5 %" in said.document["reasons"][0]
    assert effects(cockpit.folder) == ["migrate", "weight 50", "weight 0"]


def test_a_failed_step_names_the_way_on_and_the_way_back(cockpit: Cockpit) -> None:
    furnish(cockpit.folder, CARD.replace("./effect.sh migrate", "./effect.sh migrate 3"))
    said = cockpit.run("run", "card.yaml", "--yes", "--json")
    assert (said.status, said.document["decision"]) == (1, "NO-GO")
    assert "exit 3" in said.document["reasons"][0]
    ways = "\n".join(said.document["next"])
    assert "migrate failed: run it again or waive it on the screen: cockpit --resume" in ways
    assert "cockpit rollback" in ways


def test_a_second_cockpit_is_told_who_is_in_control(cockpit: Cockpit) -> None:
    gate = gated(cockpit)
    first = cockpit.start("run", "card.yaml", "--yes", *ANSWER, "--as", "alice", "--json")
    gate.wait_inside()
    run = cockpit.run("runs", "--json").document["runs"][0]["run"]
    for words in (
        ("run", "card.yaml", "--yes"),
        ("run", "--yes", "--resume", run),
        ("breaker", "card.yaml", "demote", "/api/x"),
        ("rollback", "card.yaml", "all"),
    ):
        second = cockpit.run(*words, "--json")
        assert second.status == 4, words
        assert second.document["exit_status"] == 4
        assert "under the control of alice" in second.err
    gate.let_go()
    assert first.ended().status == 0
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


@pytest.mark.law(3)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_leaves_the_run_to_go_on_with(
    cockpit: Cockpit, number: signal.Signals
) -> None:
    """Law 3: the step that ran, ran on, and is not run again."""
    gate = gated(cockpit)
    program = cockpit.start("run", "card.yaml", "--yes", *ANSWER, "--json")
    gate.wait_inside()
    program.signal(number)
    said = program.ended()
    assert said.status == 130
    assert "Traceback" not in said.err
    run = cockpit.run("runs", "--json").document["runs"][0]["run"]
    assert said.document["exit_status"] == 130
    assert f"cockpit run --yes --resume {run}" in said.document["error"]
    gate.let_go()
    onward = cockpit.run("run", "--yes", "--resume", run, *ANSWER, "--json")
    assert (onward.status, onward.document["decision"]) == (0, "GO")
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


@pytest.mark.law(3)
def test_a_killed_cockpit_finds_its_step_again(cockpit: Cockpit) -> None:
    """Law 3: killed inside a step, and resumed while it still runs."""
    gate = gated(cockpit)
    program = cockpit.start("run", "card.yaml", "--yes", *ANSWER)
    gate.wait_inside()
    program.kill()
    onward = cockpit.start("run", "--yes", "--resume", "last", *ANSWER, "--json")
    assert "still running: migrate" in onward.until("resumed run")
    gate.let_go()
    said = onward.ended()
    assert (said.status, said.document["decision"]) == (0, "GO")
    assert said.document["steps"]["migrate"]["attempt"] == 1
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


def test_news_that_nobody_reads_stops_nothing(cockpit: Cockpit) -> None:
    said = cockpit.shell("cockpit run card.yaml --yes --answer load-test=alice 2>&1 >out | head -1")
    assert said.err == ""
    assert '"word":"GO"' in next((cockpit.folder / "state/cockpit/runs").iterdir()).joinpath(
        "journal.jsonl"
    ).read_text().replace('"word": "', '"word":"')
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


@pytest.mark.law(2)
def test_an_edited_card_says_what_differs_and_wants_a_name(cockpit: Cockpit) -> None:
    """Law 2: nothing of it runs before a named person accepts it, and the decision ignores it."""
    assert cockpit.run("run", "card.yaml", "--yes", "--phase", "t-30").status == 3
    (run,) = (cockpit.folder / "state/cockpit/runs").iterdir()
    text = (run / "card.yaml").read_text()
    (run / "card.yaml").write_text(text.replace("traffic: 50%", "traffic: 40%"))
    words = ("run", "--yes", *ANSWER, "--resume", run.name)
    refused = cockpit.run(*words)
    assert refused.status == 2
    assert "changed: step half" in refused.err
    assert "was:       - {traffic: 50%, id: half" in refused.err
    assert "is:       - {traffic: 40%, id: half" in refused.err
    assert "--accept-card NAME" in refused.err
    assert effects(cockpit.folder) == ["migrate"]
    assert cockpit.run("decide", run.name).status == 3
    accepted = cockpit.run(*words, "--accept-card", "Ann")
    assert accepted.status == 0, accepted.err
    assert effects(cockpit.folder) == ["migrate", "weight 40"]
    assert "edited card accepted by Ann: changed: step half" in cockpit.run("replay", run.name).out


@pytest.mark.law(1)
def test_a_closed_window_stops_it_until_a_person_says_otherwise(cockpit: Cockpit) -> None:
    """Law 1: with a name and a reason, which the decision and the record keep."""
    closed = "window: {opens: 2020-03-01T02:00Z, closes: 2020-03-01T04:00Z}"
    furnish(cockpit.folder, CARD.replace("window: {lasts: 1h}", closed))
    said = cockpit.run("run", "card.yaml", "--yes", *ANSWER, "--json")
    assert (said.status, said.document["decision"]) == (3, "HOLD")
    assert said.document["reasons"][0].startswith("the window closed at 2020-03-01T04:00Z")
    assert effects(cockpit.folder) == []
    run = said.document["run"]
    (advice,) = said.document["next"]
    assert advice.endswith(f"cockpit run --yes --resume {run} --outside-window NAME REASON")

    words = ("run", "--yes", "--resume", run, *ANSWER, "--outside-window", "Ann")
    assert cockpit.run(*words, " ").status == 2
    onward = cockpit.run(*words, "the slot moved", "--json")
    assert (onward.status, onward.document["decision"]) == (0, "GO"), onward.err
    word = "acting after the window closed was allowed by Ann: the slot moved"
    assert onward.document["caveats"] == [word]
    assert f"- with: {word}" in Path(onward.document["report"]).read_text()
    assert effects(cockpit.folder) == ["migrate", "weight 50"]
