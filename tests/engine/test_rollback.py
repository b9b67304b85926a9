"""The way back: only what was changed, in reverse, and first a look at where it leads."""

import asyncio
import errno
from pathlib import Path
from typing import Any

import pytest

from checks.core.base import Outcome, Result
from cockpit.card.model.plan import HEALTHY_STEP
from cockpit.card.model.steps import Part
from cockpit.engine import orders
from cockpit.journal import events as ev
from cockpit.state import State, StepStatus
from tests.clocks import ManualClock
from tests.engine.kit import P95, Flight, Memory, attempt_folder, card, flying, record, sh, shell

DATABASE = sh("echo database >> ran", id="database", changes="database")
APPLICATION = sh("echo application >> ran", id="application", changes="application")
WAIT = {"confirm": "and now?", "id": "wait"}
UNDO: dict[str, Any] = {
    "database": [sh("echo database >> back", id="undo-database")],
    "application": [sh("echo application >> back", id="undo-application")],
}
BACK = orders.RollBack("it is wrong")
FULL = OSError(errno.ENOSPC, "No space left on device")


def over(state: State) -> bool:
    return state.rollback is not None and state.rollback.outcome is not None


def outcome(flight: Flight) -> Outcome | None:
    assert flight.state.rollback is not None
    return flight.state.rollback.outcome


def rolled_back(**parts: Any) -> dict[str, Any]:
    return {"rollback": UNDO | parts}


async def to_the_wait(flight: Flight) -> None:
    await flight.begin()
    await flight.until_status("wait", StepStatus.RUNNING)


@pytest.mark.law(7)
async def test_only_what_was_changed_and_the_last_change_first(tmp_path: Path) -> None:
    """Law 7."""
    text = card(DATABASE, APPLICATION, WAIT, **rolled_back())
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        assert flight.state.changed == (Part.DATABASE, Part.APPLICATION)
        await flight.order(BACK)
        await flight.until(over)
        assert flight.workplace("back") == "application\ndatabase\n"
        assert outcome(flight) is Outcome.PASSED
        assert flight.state.changed == ()
        assert flight.state.status("wait") is StepStatus.SKIPPED
        assert "rolled back" in await flight.refused(orders.Next())
        assert "nothing to undo" in await flight.refused(BACK)
        assert flight.replayed() == flight.state


@pytest.mark.law(7)
async def test_what_was_not_changed_is_left_alone(tmp_path: Path) -> None:
    """Law 7: of two parts that the card can bring back, one was changed."""
    text = card(DATABASE, WAIT, APPLICATION, **rolled_back())
    async with flying(tmp_path, text) as flight:
        assert "nothing to undo" in await flight.refused(BACK)
        await to_the_wait(flight)
        parts = (Part.APPLICATION,)
        assert "nothing to undo" in await flight.refused(orders.RollBack("so", parts))
        await flight.order(BACK)
        await flight.until(over)
        assert flight.workplace("back") == "database\n"


@pytest.mark.law(7)
async def test_an_action_that_failed_half_way_is_undone_too(tmp_path: Path) -> None:
    """Law 7: what was begun may have changed something."""
    text = card(sh("exit 1", id="database", changes="database"), **rolled_back())
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.idle()
        await flight.order(BACK)
        await flight.until(over)
        assert flight.workplace("back") == "database\n"


@pytest.mark.law(3)
async def test_ordered_often_it_is_one(tmp_path: Path) -> None:
    """Law 3."""
    text = card(DATABASE, WAIT, **rolled_back())
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await asyncio.gather(*(flight.order(BACK) for _ in range(5)))
        await flight.until(over)
        assert flight.workplace("back") == "database\n"
        assert flight.told().count("rollback-started") == 1


@pytest.mark.law(7)
async def test_the_watch_over_all_of_it_comes_last(tmp_path: Path) -> None:
    """Law 7: and a monitor that is still tripped does not end the watch over the way back."""
    watch = {"hold": "10s", "id": "watch"}
    confirm = {"confirm": "back?", "id": "undo-application"}
    parts = {
        "database": [watch, {"confirm": "db?", "id": "undo-database"}],
        "application": [confirm],
    }
    clock, journal = ManualClock(), Memory()
    first = {"confirm": "first", "id": "first"}
    text = card(first, monitors=[P95], rollback=parts)
    async with flying(tmp_path, text, clock=clock, journal=journal) as flight:
        for part in (Part.DATABASE, Part.APPLICATION):
            changed = ev.StepStarted(step=f"x-{part}", attempt=1, action=True, changes=part)
            await flight.session.record(changed)
            done = ev.StepEnded(step=f"x-{part}", attempt=1, outcome=Outcome.PASSED, evidence="")
            await flight.session.record(done)
        await flight.ticks.say(p95="tripped")
        await flight.order(BACK)
        for name in ("undo-application", "undo-database"):
            await flight.until_status(name, StepStatus.RUNNING)
            assert flight.state.status("watch") is None
            await flight.order(orders.AnswerConfirm(name, "Ann"))
        await flight.until_status("watch", StepStatus.RUNNING)
        for _ in range(15):
            await flight.ticks.say(p95="tripped")
            await clock.advance(1)
        assert flight.state.status("watch") is StepStatus.RUNNING
        await flight.ticks.say(p95="ok")
        await clock.advance(1)
        assert outcome(flight) is Outcome.PASSED


@pytest.mark.law(7)
@pytest.mark.parametrize(
    ("run", "expected"), [("false", Outcome.FAILED), ("./none", Outcome.UNKNOWN)]
)
async def test_never_onto_a_side_that_is_not_healthy(
    tmp_path: Path, run: str, expected: Outcome
) -> None:
    """Law 7: it looks first, and stops; ordered once more it goes there all the same."""
    healthy = {"check": "command", "run": run}
    async with flying(tmp_path, card(DATABASE, WAIT, **rolled_back(healthy=healthy))) as flight:
        await to_the_wait(flight)
        await flight.order(orders.RollBack("by the card", automatic=True))
        await flight.until(over)
        assert outcome(flight) is expected
        assert flight.state.rollback is not None
        assert "order it again to go there all the same" in flight.state.rollback.evidence
        assert flight.workplace("back") == ""
        assert flight.state.changed == (Part.DATABASE,)
        await flight.order(orders.RollBack("by the card", automatic=True))
        await flight.idle()
        assert flight.told().count("rollback-ended") == 2
        assert flight.workplace("back") == "", "a rule has no second opinion"
        await flight.order(BACK)
        await flight.idle()
        assert outcome(flight) is Outcome.PASSED
        assert flight.workplace("back") == "database\n"


async def test_a_rollback_that_failed_may_be_ordered_again(tmp_path: Path) -> None:
    parts = {"database": [sh("test -e fixed && echo x > back", id="undo-database")]}
    async with flying(tmp_path, card(DATABASE, WAIT, rollback=parts)) as flight:
        await to_the_wait(flight)
        await flight.order(BACK)
        await flight.until(over)
        assert outcome(flight) is Outcome.FAILED
        assert flight.state.changed == (Part.DATABASE,)
        (tmp_path / "place" / "fixed").touch()
        await flight.order(BACK)
        await flight.until(lambda now: over(now) and outcome(flight) is Outcome.PASSED)
        assert flight.state.steps["undo-database"].attempt == 2


@pytest.mark.law(4)
@pytest.mark.law(7)
async def test_a_wider_one_takes_over_and_nothing_of_the_narrower_is_lost(tmp_path: Path) -> None:
    """Law 7 and law 4: application while the database goes back brings back both, once each."""
    parts = {
        "database": [
            sh("until test -e go; do sleep 0.02; done; echo database >> back", id="undo-database")
        ]
    }
    text = card(DATABASE, APPLICATION, WAIT, **rolled_back(**parts))
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await flight.order(orders.RollBack("first", (Part.DATABASE,)))
        await flight.until_status("undo-database", StepStatus.RUNNING)
        await flight.order(orders.RollBack("the same", (Part.DATABASE,)))
        await flight.order(orders.RollBack("wider", (Part.APPLICATION,)))
        await flight.until(lambda now: now.rollback and now.rollback.reason == "wider")
        (tmp_path / "place" / "go").touch()
        await flight.until(over)
        assert outcome(flight) is Outcome.PASSED
        assert flight.workplace("back") == "application\ndatabase\n"
        assert flight.state.changed == ()
        ended = [e.event for e in flight.state.feed if isinstance(e.event, ev.RollbackEnded)]
        assert [event.outcome for event in ended] == [Outcome.SKIPPED, Outcome.PASSED]


@pytest.mark.law(4)
async def test_an_order_in_the_same_instant_is_not_lost(tmp_path: Path) -> None:
    """Law 4: the wider order comes before the narrower one could even be recorded."""
    text = card(DATABASE, APPLICATION, WAIT, **rolled_back())
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await flight.order(orders.RollBack("first", (Part.DATABASE,)), BACK)
        await flight.until(lambda now: over(now) and not now.changed)
        assert flight.workplace("back") == "application\ndatabase\n"


@pytest.mark.law(4)
@pytest.mark.law(7)
async def test_what_runs_is_stopped_and_nothing_goes_forward_meanwhile(tmp_path: Path) -> None:
    """Law 4 and law 7: the application goes back when what still changes it has ended."""
    hangs = sh(
        "trap 'echo ended >> back; exit' TERM; while :; do sleep 0.02; done", id="application"
    )
    text = card(hangs | {"changes": "application", "grace": "5s"}, WAIT, **rolled_back())
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_begun("application")
        await flight.order(BACK)
        for order in (orders.Next(), orders.RunAgain("application")):
            assert "nothing goes forward" in await flight.refused(order)
        await flight.until(over)
        assert flight.workplace("back") == "ended\napplication\n"
        assert flight.state.status("application") is StepStatus.UNKNOWN
        await flight.idle()
        assert not flight.engine.busy
        assert flight.state.status("wait") is None


@pytest.mark.law(4)
async def test_the_traffic_goes_back_at_once_and_waits_for_nothing_that_runs(
    tmp_path: Path,
) -> None:
    """Law 4: what still runs ends only after it; the rest waits for that end."""
    waits = "trap 'until test -e away; do sleep 0.02; done; echo ended >> back; exit' TERM"
    text = card(
        APPLICATION,
        sh("true", id="shift", changes="traffic"),
        sh(f"{waits}; while :; do sleep 0.02; done", id="switch", grace="1m"),
        **rolled_back(
            healthy={"check": "command", "run": "true"},
            traffic=[sh("echo traffic >> back; touch away", id="undo-traffic")],
        ),
    )
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_begun("switch")
        await flight.order(BACK)
        await flight.until(over)
        assert flight.workplace("back") == "traffic\nended\napplication\n"


@pytest.mark.law(4)
async def test_what_is_just_beginning_never_begins(tmp_path: Path) -> None:
    """Law 4: the order comes between a step's intent and its process."""
    for number in range(12):
        place = tmp_path / str(number)
        place.mkdir()
        text = card(
            sh("echo x > ran; exec sleep 60", id="switch", changes="database"), **rolled_back()
        )
        async with flying(place, text) as flight:
            await flight.begin()
            await flight.until_status("switch", StepStatus.RUNNING)
            turn = asyncio.Event()
            for _ in range(number * 5):
                asyncio.get_running_loop().call_soon(turn.set)
                await turn.wait()
                turn.clear()
            await flight.order(BACK)
            await flight.until(over)
            await flight.idle()
            assert outcome(flight) is Outcome.PASSED
            assert flight.state.status("switch") in (StepStatus.SKIPPED, StepStatus.UNKNOWN)
            assert (attempt_folder(flight.folder, "switch") / "stop").exists()


@pytest.mark.law(4)
async def test_a_check_that_cannot_be_cancelled_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4: a rollback never waits for a look that hangs."""
    monkeypatch.setattr("cockpit.engine.cutover_task.GIVE_UP_S", 0.05)
    released = asyncio.Event()

    async def stubborn(*_: object) -> Result:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        return Result(Outcome.PASSED, "late")

    monkeypatch.setattr("cockpit.engine.steps.run_check", stubborn)
    text = card(DATABASE, {"check": "command", "run": "true", "id": "look"}, **rolled_back())
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("look", StepStatus.RUNNING)
        await flight.order(BACK)
        await flight.until(over)
        assert flight.state.status("look") is StepStatus.SKIPPED
        released.set()
        await flight.idle()
        assert flight.state.status("look") is StepStatus.SKIPPED


@pytest.mark.law(4)
@pytest.mark.parametrize("fault", ["full", "hangs"])
async def test_on_a_full_disk_and_on_one_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Law 4: the way back needs no journal; what was done is written when it can be."""
    monkeypatch.setattr("cockpit.journal.write_buffer.APPEND_TIMEOUT_S", 0.05)
    journal = Memory()
    text = card(DATABASE, WAIT, **rolled_back())
    async with flying(tmp_path, text, journal=journal) as flight:
        await to_the_wait(flight)
        if fault == "full":
            journal.error = FULL
        else:
            journal.answers.clear()
        await flight.order(BACK)
        await flight.until(over)
        assert outcome(flight) is Outcome.PASSED
        assert flight.workplace("back") == "database\n"
        assert flight.state.journal_fault
        journal.error = None
        journal.answers.set()
        await flight.session.record(ev.Noted(text="there is room again"))
        await flight.until(lambda now: not now.journal_fault)
        await flight.session.record(ev.Noted(text="and again"))
        assert flight.replayed() == flight.state


@pytest.mark.law(3)
@pytest.mark.law(7)
async def test_a_cockpit_that_comes_back_goes_on_half_way(tmp_path: Path) -> None:
    """Law 7 and law 3: what is back is not brought back again, what ran is waited for."""
    parts = {"application": [sh("echo application >> back", id="undo-application")]}
    parts |= {
        "database": [
            sh("echo began >> back; until test -e go; do sleep 0.02; done", id="undo-database")
        ]
    }
    healthy = {"check": "command", "run": "test ! -e ill"}
    text = card(DATABASE, APPLICATION, WAIT, **rolled_back(healthy=healthy, **parts))
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await flight.order(BACK)
        await flight.until_begun("undo-database")
    (tmp_path / "place" / "ill").touch()
    (tmp_path / "place" / "go").touch()
    async with flying(tmp_path, text) as flight:
        await flight.until(over)
        assert outcome(flight) is Outcome.PASSED
        assert flight.workplace("back") == "application\nbegan\n"
        assert flight.state.steps[HEALTHY_STEP].attempt == 1
        assert flight.replayed() == flight.state


@pytest.mark.law(7)
async def test_what_had_not_begun_at_the_crash_is_brought_back_too(tmp_path: Path) -> None:
    """Law 7: the third of three steps; its plan says what it did, not that there was nothing."""
    waits = sh("echo second >> back; until test -e go; do sleep 0.02; done", id="second")
    parts = {"database": [waits, sh("echo third >> back", id="third")]}
    text = card(DATABASE, APPLICATION, WAIT, **rolled_back(**parts))
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await flight.order(BACK)
        await flight.until_begun("second")
    (tmp_path / "place" / "go").touch()
    async with flying(tmp_path, text) as flight:
        state = await flight.until(over)
        assert outcome(flight) is Outcome.PASSED
        assert flight.workplace("back") == "application\nsecond\nthird\n"
        assert state.changed == ()
        names = ("undo-application", "second", "third")
        assert state.rollback is not None
        assert state.rollback.evidence == "; ".join(flight.evidence(name) for name in names)


@pytest.mark.law(7)
@pytest.mark.parametrize(
    ("ill", "expected", "back"),
    [(False, Outcome.PASSED, "database\n"), (True, Outcome.FAILED, "")],
)
async def test_killed_while_it_looks_it_looks_again(
    tmp_path: Path, ill: bool, expected: Outcome, back: str
) -> None:
    """Law 7: it goes back if the stable side is healthy, and only then."""
    run = shell("echo look >> looks; until test -e go; do sleep 0.02; done; test ! -e ill")
    healthy = {"check": "command", "run": run}
    text = card(DATABASE, WAIT, **rolled_back(healthy=healthy))
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await flight.order(BACK)
        await flight.until_text("looks")
    (tmp_path / "place" / "go").touch()
    if ill:
        (tmp_path / "place" / "ill").touch()
    async with flying(tmp_path, text) as flight:
        await flight.until(over)
        assert outcome(flight) is expected
        assert flight.workplace("looks") == "look\nlook\n"
        assert flight.workplace("back") == back
        assert flight.replayed() == flight.state


@pytest.mark.law(7)
async def test_ordered_again_it_looks_again_and_does_all_of_it_again(tmp_path: Path) -> None:
    """Law 7: of the time between two orders nothing is known."""
    healthy = {"check": "command", "run": shell("echo look >> back; test ! -e ill")}
    fails = sh("echo database >> back; test -e fixed", id="undo-database")
    text = card(DATABASE, APPLICATION, WAIT, **rolled_back(healthy=healthy, database=[fails]))
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await flight.order(BACK)
        await flight.until(over)
        assert outcome(flight) is Outcome.FAILED
        assert flight.workplace("back") == "look\napplication\ndatabase\n"
        (tmp_path / "place" / "fixed").touch()
        await flight.order(BACK)
        await flight.until(lambda now: over(now) and outcome(flight) is Outcome.PASSED)
        assert flight.workplace("back") == "look\napplication\ndatabase\n" * 2
        assert flight.state.changed == ()


@pytest.mark.law(7)
async def test_a_cockpit_that_comes_back_stops_what_still_goes_forward(tmp_path: Path) -> None:
    """Law 7: the crash came right after the order; the step that ran then runs no more."""
    hangs = sh("echo x > ran; exec sleep 60", id="database", changes="database")
    text = card(hangs, **rolled_back())
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_begun("database")
    started = ev.RollbackStarted(
        parts=(Part.DATABASE,), steps=("undo-database",), reason="so", automatic=False
    )
    await record(tmp_path, started)
    async with flying(tmp_path, text) as flight:
        await flight.until(over)
        assert outcome(flight) is Outcome.PASSED
        await flight.idle()
        assert flight.evidence("database").startswith("stopped for the rollback: stopped")


@pytest.mark.law(5)
async def test_law_5_what_the_card_cannot_bring_back_is_not_called_back(tmp_path: Path) -> None:
    text = card(DATABASE, APPLICATION, WAIT, rollback={"database": UNDO["database"]})
    async with flying(tmp_path, text) as flight:
        await to_the_wait(flight)
        await flight.order(BACK)
        await flight.until(over)
        assert flight.workplace("back") == "database\n"
        assert outcome(flight) is Outcome.UNKNOWN
        assert flight.state.rollback is not None
        assert "application was changed, and the card's `rollback` has no step for it" in (
            flight.state.rollback.evidence
        )
        assert Part.APPLICATION in flight.state.changed


@pytest.mark.law(5)
async def test_a_step_that_the_journal_forgot_is_no_result_of_the_next_rollback(
    tmp_path: Path,
) -> None:
    """Law 5: an order while the disk was full left an outcome, which is not this one's."""
    journal, text = Memory(), card(DATABASE, WAIT, **rolled_back())
    async with flying(tmp_path, text, journal=journal) as flight:
        await to_the_wait(flight)
    for sent in ("database\n", "database\ndatabase\n"):
        journal.error = None
        async with flying(tmp_path, text, journal=journal) as flight:
            journal.error = FULL
            await flight.order(BACK)
            await flight.until(over)
            assert flight.workplace("back") == sent
