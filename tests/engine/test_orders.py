"""Gates, and orders that are given twice."""

import asyncio
from pathlib import Path

import pytest

from cockpit.engine import orders
from cockpit.journal import events as ev
from cockpit.projections.decision import Word, decide
from cockpit.state import StepStatus
from tests.engine.kit import READY, Memory, card, flying, record, sh

GATED = card(
    sh("echo switched >> ran", id="switch"),
    preflight=[
        {"check": "command", "run": "false", "id": "gate"},
        {"check": "command", "run": "./no-such-program", "id": "lint"},
        {"check": "command", "run": "echo fine", "id": "fine"},
    ],
)
CONFIRMED = card({"confirm": "switched?", "id": "switched"})


@pytest.mark.law(1)
async def test_no_phase_begins_before_the_preflight_is_settled(tmp_path: Path) -> None:
    """Law 1: failed and unknown both stand in the way; each wants a name and a reason."""
    async with flying(tmp_path, GATED) as flight:
        await flight.order(orders.Next())
        await flight.idle()
        assert flight.state.status("gate") is StepStatus.FAILED
        assert flight.state.status("lint") is StepStatus.UNKNOWN
        said = await flight.refused(orders.Next())
        assert "false failed" in said
        assert "./no-such-program unknown" in said
        for name, reason in (("", "because"), ("Ann", " ")):
            refused = await flight.refused(orders.Waive("gate", name, reason))
            assert "a waiver needs a name and a reason" in refused
        await flight.order(orders.Waive("gate", "Ann", "known since Monday"))
        assert "./no-such-program unknown" in await flight.refused(orders.Next())
        assert "nothing to waive" not in await flight.refused(orders.Waive("fine", "Ann", "so"))
        await flight.order(orders.Waive("lint", "Ann", "it looks at nothing"))
        assert flight.state.sections["preflight"].ended_s is not None
        await flight.order(orders.Next())
        await flight.idle()
        assert flight.workplace("ran") == "switched\n"
        assert flight.state.status("gate") is StepStatus.WAIVED
        assert flight.evidence("gate") == "waived by Ann: known since Monday"
        assert decide(flight.engine.context.plan, flight.state).word is Word.GO
        assert flight.replayed() == flight.state


@pytest.mark.law(3)
async def test_a_waiver_is_given_once(tmp_path: Path) -> None:
    """Law 3: the second press says that it is waived already, and records nothing."""
    async with flying(tmp_path, GATED) as flight:
        await flight.order(orders.Next())
        await flight.idle()
        await flight.order(orders.Waive("gate", "Ann", "one"))
        assert "waived already" in await flight.refused(orders.Waive("gate", "Bob", "two"))
        assert flight.told().count("waived") == 1


@pytest.mark.law(3)
async def test_next_pressed_often_begins_once(tmp_path: Path) -> None:
    """Law 3."""
    text = card(
        sh("echo switched >> ran", id="switch"), preflight=[{"check": "command", "run": "true"}]
    )
    async with flying(tmp_path, text) as flight:
        await asyncio.gather(*(flight.order(orders.Next()) for _ in range(5)))
        await flight.idle()
        await asyncio.gather(*(flight.order(orders.Next()) for _ in range(5)))
        await flight.idle()
        assert flight.workplace("ran") == "switched\n"
        assert flight.told().count("section-started") == 2
        assert "nothing left to begin" in await flight.refused(orders.Next())


@pytest.mark.law(3)
async def test_a_failed_action_runs_again_by_an_explicit_order_alone(tmp_path: Path) -> None:
    """Law 3: `next` never does it; `run again` does, once, however often it is pressed."""
    text = card(sh("echo x >> ran; test $(wc -l < ran) -ge 2", id="switch"))
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.idle()
        await flight.refused(orders.Next())
        await asyncio.gather(*(flight.order(orders.RunAgain("switch")) for _ in range(3)))
        await flight.idle()
        assert flight.workplace("ran") == "x\nx\n"
        assert flight.state.status("switch") is StepStatus.PASSED
        assert "nothing to run again" in await flight.refused(orders.RunAgain("switch"))


async def test_while_others_run_a_step_is_not_run_again_silently_not_at_all(tmp_path: Path) -> None:
    text = GATED.replace("echo fine", "sh -c 'until test -e go; do sleep 0.02; done'")
    async with flying(tmp_path, text) as flight:
        await flight.order(orders.Next())
        await flight.until_status("gate", StepStatus.FAILED)
        said = await flight.refused(orders.RunAgain("gate"))
        assert said == "other steps still run: order gate again when they have ended"
        (tmp_path / "place" / "go").touch()
        await flight.idle()
        await flight.order(orders.RunAgain("preflight"))
        await flight.idle()
        attempts = {name: step.attempt for name, step in flight.state.steps.items()}
        assert attempts == {"gate": 2, "lint": 2, "fine": 1}


@pytest.mark.law(3)
async def test_an_answer_is_taken_once_and_needs_a_name(tmp_path: Path) -> None:
    """Law 3: and who answers by rule says so."""
    async with flying(tmp_path, CONFIRMED, journal=Memory()) as flight:
        assert "waits for nobody's word" in await flight.refused(
            orders.AnswerConfirm("ready", "Ann")
        )
        await flight.begin()
        await flight.until_status("switched", StepStatus.RUNNING)
        assert "needs the name" in await flight.refused(orders.AnswerConfirm("switched", " "))
        answers = (orders.AnswerConfirm("switched", name) for name in ("Ann", "Bob"))
        results = await asyncio.gather(
            *(flight.engine.order(answer) for answer in answers), return_exceptions=True
        )
        assert [result is None for result in results] == [True, False]
        await flight.idle()
        assert flight.evidence("switched") == "vouched for by Ann"
        assert flight.state.steps["switched"].by == "Ann"


async def test_an_answer_by_rule_says_that_no_person_looked(tmp_path: Path) -> None:
    async with flying(tmp_path, CONFIRMED, journal=Memory()) as flight:
        await flight.order(orders.Next())
        await flight.until_status("ready", StepStatus.RUNNING)
        await flight.order(orders.AnswerConfirm("ready", "the rehearsal", automatic=True))
        expected = "answered by the rehearsal itself: no person looked"
        assert flight.evidence("ready") == expected


async def test_a_persons_word_is_waited_for_over_a_restart(tmp_path: Path) -> None:
    journal = Memory()
    async with flying(tmp_path, CONFIRMED, journal=journal) as flight:
        await flight.begin()
        await flight.until_status("switched", StepStatus.RUNNING)
    async with flying(tmp_path, CONFIRMED, journal=journal) as flight:
        assert flight.engine.busy
        await flight.order(orders.AnswerConfirm("switched", "Ann"))
        await flight.idle()
        assert flight.state.sections["t-0"].ended_s is not None
        assert flight.state.steps["switched"].attempt == 1


async def test_between_two_steps_a_cockpit_that_comes_back_goes_on(tmp_path: Path) -> None:
    journal = Memory()
    text = card({"confirm": "one?", "id": "one"}, {"confirm": "two?", "id": "two"})
    async with flying(tmp_path, text, journal=journal) as flight:
        await flight.begin()
        await flight.until_status("one", StepStatus.RUNNING)
        await flight.order(orders.AnswerConfirm("one", "Ann"))
    after_one = next(
        n for n, line in enumerate(journal.lines) if "Ann" in str(line) and "'one'" in str(line)
    )
    del journal.lines[after_one + 1 :]
    async with flying(tmp_path, text, journal=journal) as flight:
        await flight.until_status("two", StepStatus.RUNNING)
        assert flight.state.steps["one"].attempt == 1


@pytest.mark.law(3)
async def test_a_screen_that_is_opened_orders_nothing(tmp_path: Path) -> None:
    """Law 3: what was begun goes on, and what comes next waits for its order."""
    text = card(
        sh("until [ -e go ]; do sleep 0.05; done", id="one"), sh("echo two > two", id="two")
    )
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_begun("one")
    async with flying(tmp_path, text, goes_on=orders.GoesOn.BEGUN) as flight:
        assert flight.state.status("one") is StepStatus.RUNNING
        (tmp_path / "place" / "go").touch()
        await flight.until_status("one", StepStatus.PASSED)
        await flight.idle()
        assert flight.state.steps["one"].attempt == 1
    async with flying(tmp_path, text, goes_on=orders.GoesOn.BEGUN) as flight:
        await flight.idle()
        assert flight.state.status("two") is None
        await flight.order(orders.Next())
        await flight.idle()
        assert flight.workplace("two") == "two\n"


@pytest.mark.law(3)
async def test_a_screen_that_is_opened_starts_no_command(tmp_path: Path) -> None:
    """Law 3: one that was ordered and never started is in doubt, and wants an order of its own."""
    text = card(sh("echo one >> one", id="one"))
    async with flying(tmp_path, text) as flight:
        await flight.order(orders.Next())
        await flight.until_status("ready", StepStatus.RUNNING)
        await flight.order(orders.AnswerConfirm("ready", "Ann"))
        await flight.idle()
    started = ev.StepStarted(step="one", attempt=1, action=True)
    await record(tmp_path, ev.SectionStarted(section="t-0"), started)
    async with flying(tmp_path, text, goes_on=orders.GoesOn.BEGUN) as flight:
        await flight.idle()
        assert flight.state.status("one") is StepStatus.DOUBT
        assert flight.evidence("one") == "was ordered, and its command was never started"
        assert flight.workplace("one") == ""
        await flight.order(orders.RunAgain("one"))
        await flight.idle()
        assert flight.workplace("one") == "one\n"


async def test_between_two_phases_it_waits_for_an_order(tmp_path: Path) -> None:
    journal = Memory()
    async with flying(tmp_path, CONFIRMED, journal=journal) as flight:
        await flight.order(orders.Next())
        await flight.until_status("ready", StepStatus.RUNNING)
        await flight.order(orders.AnswerConfirm("ready", "Ann"))
        await flight.idle()
    async with flying(tmp_path, CONFIRMED, journal=journal) as flight:
        await flight.idle()
        assert flight.state.status("switched") is None


async def test_held_nothing_of_the_preflight_begins_either(tmp_path: Path) -> None:
    async with flying(tmp_path, GATED, journal=Memory()) as flight:
        await flight.order(orders.HoldRun("wait for Bob"))
        assert "held already" in await flight.refused(orders.HoldRun())
        await flight.order(orders.Next())
        await flight.until(lambda now: "preflight" in now.sections)
        assert not flight.state.steps
        await flight.order(orders.Release())
        await flight.idle()
        assert len(flight.state.steps) == 3
        assert "nothing is held" in await flight.refused(orders.Release())


@pytest.mark.law(1)
async def test_a_report_that_cannot_be_written_is_unknown(tmp_path: Path) -> None:
    """Law 1: and it breaks nothing else."""
    async with flying(tmp_path, card({"report": "markdown", "id": "report"})) as flight:
        (flight.folder.path / "report.md").mkdir()
        await flight.begin()
        await flight.idle()
        assert flight.state.status("report") is StepStatus.UNKNOWN
        assert flight.evidence("report").startswith("the report could not be written:")


async def test_what_breaks_in_the_cockpit_itself_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours leaves a note and no step that seems to run; headless it ends the flight."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("cockpit.engine.steps.run_check", broken)
    text = card(READY | {"id": "x"}, preflight=[{"check": "command", "run": "true", "id": "gate"}])
    async with flying(tmp_path, text, journal=Memory()) as flight:
        await flight.order(orders.Next())
        with pytest.raises(ExceptionGroup):
            await flight.idle()
        assert flight.state.status("gate") is StepStatus.UNKNOWN
        await flight.until(lambda now: now.feed[-1].event.kind == "noted")
        assert "the cockpit itself broke: ZeroDivisionError: a bug" in str(flight.state.feed[-1])


@pytest.mark.law(2)
async def test_an_intent_that_came_too_late_began_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 2: its line may reach the disk after all; the record says that nothing was begun."""
    monkeypatch.setattr("cockpit.journal.write_buffer.APPEND_TIMEOUT_S", 0.05)
    journal = Memory()
    text = card({"confirm": "one?", "id": "one"}, sh("echo x >> ran", id="switch"))
    async with flying(tmp_path, text, journal=journal) as flight:
        await flight.begin()
        await flight.until_status("one", StepStatus.RUNNING)
        journal.holds_back = "switch"
        await flight.order(orders.AnswerConfirm("one", "Ann"))
        await flight.until_status("switch", StepStatus.UNKNOWN)
        await flight.idle()
        assert flight.state.journal_fault.startswith("the journal does not answer")
        journal.answers.set()
        await flight.until(lambda now: not now.journal_fault)
        assert flight.workplace("ran") == ""
        assert "not begun" in flight.evidence("switch")
        assert flight.replayed() == flight.state
        await flight.order(orders.RunAgain("switch"))
        await flight.idle()
        assert flight.workplace("ran") == "x\n"
