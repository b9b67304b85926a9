"""The window binds every step that acts; breakers and the rollback are free of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.card import packaged
from cockpit.card.model.pace import paced
from cockpit.engine import orders
from cockpit.engine.autopilot import Autopilot, GivenAnswer
from cockpit.foundation.clock import SystemClock
from cockpit.journal import events as ev
from cockpit.projections.decision import Word, caveats, decide
from cockpit.report import markdown
from cockpit.state import StepStatus
from tests.clocks import ManualClock
from tests.engine.kit import READY, Flight, card, flying, record, sh

NEXT_YEAR = {"opens": "2099-03-01T02:00Z", "closes": "2099-03-01T04:00Z"}
LAST_YEAR = {"opens": "2020-03-01T02:00Z", "closes": "2020-03-01T04:00Z"}
ACTS = sh("echo acted >> ran", id="switch", changes="application")
UNDO = {"application": [sh("echo undone >> ran", id="undo")]}
WORD = orders.ActOutsideWindow("Ann", "the slot moved")


async def answered(flight: Flight) -> None:
    """Pass the preflight, which is a person's word and acts on nothing."""
    await flight.order(orders.Next())
    await flight.until_status("ready", StepStatus.RUNNING)
    await flight.order(orders.AnswerConfirm("ready", "Ann"))
    await flight.idle()


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("window", "says"),
    [
        (NEXT_YEAR, "the window opens at 2099-03-01T02:00Z: outside it"),
        (LAST_YEAR, "the window closed at 2020-03-01T04:00Z: outside it"),
    ],
)
async def test_no_step_acts_outside_the_window_without_a_persons_word(
    tmp_path: Path, window: dict[str, str], says: str
) -> None:
    """Law 1: a card of another year once ran its change and ended GO without a word."""
    text = card(ACTS, window=window)
    async with flying(tmp_path, text) as flight:
        plan = flight.engine.context.plan
        await answered(flight)
        assert says in await flight.refused(orders.Next())
        decision = decide(plan, flight.state, flight.session.now_s())
        assert decision.word is Word.HOLD
        assert says in decision.reasons[0].text
        for name, reason in (("", "so"), ("Ann", " ")):
            no = await flight.refused(orders.ActOutsideWindow(name, reason))
            assert "gives a name and a reason" in no
        assert flight.workplace("ran") == ""
        await flight.order(WORD)
        assert "allowed already" in await flight.refused(WORD)
        await flight.order(orders.Next())
        await flight.idle()
        assert flight.workplace("ran") == "acted\n"
        assert decide(plan, flight.state, flight.session.now_s()).word is Word.GO
        (caveat,) = caveats(plan, flight.state)
        assert caveat.endswith("was allowed by Ann: the slot moved")
        entries = tuple(flight.folder.entries())
        assert next(e.by for e in entries if isinstance(e.event, ev.WindowWaived)) == "Ann"
        report = markdown.render(flight.engine.context.card, entries, "")
        assert report.count("was allowed by Ann: the slot moved") == 3, "decision, people, events"
        assert flight.replayed() == flight.state


@pytest.mark.law(1)
async def test_a_window_that_closes_half_way_stops_before_the_next_action(tmp_path: Path) -> None:
    """Law 1: the word before the opening does not hold after the closing."""
    clock = ManualClock()
    text = card({"hold": "10m", "id": "hold"}, ACTS, window={"lasts": "5m"})
    async with flying(tmp_path, text, clock=clock) as flight:
        assert "no step needs a word" in await flight.refused(WORD)
        await flight.begin()
        await flight.until_status("hold", StepStatus.RUNNING)
        await clock.advance(601)
        await flight.idle()
        assert flight.state.status("hold") is StepStatus.PASSED
        assert flight.state.status("switch") is None
        notes = [e for e in flight.state.feed if isinstance(e.event, ev.Noted)]
        assert [entry.by for entry in notes] == ["the cockpit"]
        assert "was not begun: the window closed" in notes[0].event.text
        assert "the window closed" in await flight.refused(orders.Next())


async def test_a_window_that_opens_lets_the_next_step_act(tmp_path: Path) -> None:
    clock = MovedClock()
    opens = clock.utc() + timedelta(hours=1)
    window = {"opens": f"{opens:%FT%TZ}", "closes": f"{opens + timedelta(hours=1):%FT%TZ}"}
    async with flying(tmp_path, card(ACTS, window=window), clock=clock) as flight:
        await answered(flight)
        assert "the window opens at" in await flight.refused(orders.Next())
        clock.moved = timedelta(minutes=90)
        await flight.order(orders.Next())
        await flight.idle()
        assert flight.workplace("ran") == "acted\n"
        assert caveats(flight.engine.context.plan, flight.state) == ()


@pytest.mark.law(1)
async def test_a_failed_action_is_not_run_again_outside_the_window(tmp_path: Path) -> None:
    clock = MovedClock()
    text = card(sh("echo x >> ran; test $(wc -l < ran) -ge 2", id="switch"))
    async with flying(tmp_path, text, clock=clock) as flight:
        await flight.begin()
        await flight.idle()
        clock.moved = timedelta(hours=2)
        assert "the window closed" in await flight.refused(orders.RunAgain("switch"))
        await flight.order(WORD, orders.RunAgain("switch"))
        await flight.idle()
        assert flight.workplace("ran") == "x\nx\n"


class MovedClock(SystemClock):
    """The machine's clock, its wall clock moved."""

    moved = timedelta()

    def utc(self) -> datetime:
        return super().utc() + self.moved


@pytest.mark.law(4)
async def test_breakers_and_rollback_are_free_of_the_window(tmp_path: Path) -> None:
    """Law 4: what stops and what brings back never waits for a window."""
    clock = MovedClock()
    breaker = {"breaker": "freeze", "key": "f3", "run": "touch frozen"}
    breaker["verify"] = {"check": "command", "run": "test -e frozen"}
    text = card(ACTS, READY | {"id": "w"}, breakers=[breaker], rollback=UNDO)
    async with flying(tmp_path, text, clock=clock) as flight:
        await flight.begin()
        await flight.until_status("w", StepStatus.RUNNING)
        clock.moved = timedelta(days=400)
        await flight.order(orders.Arm("freeze"), orders.Fire("freeze"))
        await flight.until(lambda now: now.breakers["freeze"].status == "verified")
        await flight.order(orders.RollBack("so"))
        await flight.idle()
        assert flight.workplace("ran") == "acted\nundone\n"
        reasons = decide(flight.engine.context.plan, flight.state, flight.session.now_s()).reasons
        assert not any(reason.subject == "window" for reason in reasons)


@pytest.mark.law(3)
async def test_an_action_that_was_never_started_does_not_start_after_the_window(
    tmp_path: Path,
) -> None:
    """Law 3: killed between intent and start, resumed a year later."""
    async with flying(tmp_path, card(ACTS)) as flight:
        await answered(flight)
    began = ev.StepStarted(step="switch", attempt=1, action=True, folder="switch.1-never")
    await record(tmp_path, ev.SectionStarted(section="t-0"), began)
    clock = MovedClock()
    clock.moved = timedelta(days=365)
    async with flying(tmp_path, card(ACTS), clock=clock) as flight:
        await flight.idle()
        assert flight.state.status("switch") is StepStatus.DOUBT
        assert flight.workplace("ran") == ""


async def test_without_a_screen_it_stops_there_and_goes_on_with_a_word(tmp_path: Path) -> None:
    async with flying(tmp_path, card(ACTS, window=LAST_YEAR)) as flight:
        answers = {"ready": GivenAnswer("Ann")}.get
        assert await Autopilot(flight.engine, answers).fly() == ()
        assert flight.state.sections["preflight"].ended_s is not None
        assert flight.workplace("ran") == ""
        await Autopilot(flight.engine, answers, outside=WORD).fly()
        assert flight.workplace("ran") == "acted\n"
        assert [word.name for word in flight.state.window_waivers] == ["Ann"]


def test_a_rehearsal_at_any_speed_has_half_an_hour_to_act() -> None:
    """Its waits are shortened, the machine is not: the window never closes before it ends."""
    started = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    for speed in (1, 60, 240, 3600):
        opens, closes = paced(packaged.card(), speed).window.bounds(started)
        assert opens == started
        assert closes - opens >= timedelta(minutes=30)
