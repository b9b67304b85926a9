"""Looking again: what may be, once an order, and never in the cutover's way."""

import asyncio
from pathlib import Path

import pytest

from cockpit.engine import cutover, orders
from cockpit.journal import events as ev
from cockpit.projections.decision import Word, decide
from cockpit.state import StepStatus
from tests.engine.kit import READY, Flight, card, flying, shell

GATE = {"check": "command", "id": "gate", "title": "gate"}
GATE |= {"run": shell("echo x >> looked; test ! -e broken")}
WORD = {"confirm": "logs were read", "id": "pii", "title": "no PII"}
SWITCH = {"run": "true", "id": "switch"}
CARD = card(
    READY | {"id": "x"},
    done={"technical": [GATE, WORD, SWITCH]},
    drumbeat={"hour-1": [GATE | {"id": "beat"}, WORD | {"id": "word"}]},
)


async def to_done(flight: Flight) -> None:
    """Fly to the Done list, and have it looked at; a person's word is still asked for."""
    await flight.begin()
    await flight.until_status("x", StepStatus.RUNNING)
    await flight.order(orders.AnswerConfirm("x", "Ann"))
    await flight.idle()
    await flight.order(orders.Next())
    await flight.until_status("gate", StepStatus.PASSED)
    await flight.until_status("switch", StepStatus.PASSED)


def looked(flight: Flight) -> int:
    return len(flight.workplace("looked").splitlines())


async def again(flight: Flight, step: str, attempt: int) -> None:
    await flight.order(orders.CheckAgain(step))
    await flight.until(
        lambda now: (
            step in now.steps
            and now.steps[step].attempt == attempt
            and now.status(step) is not StepStatus.RUNNING
        )
    )


@pytest.mark.law(3)
async def test_law_3_ordered_often_it_looks_once(tmp_path: Path) -> None:
    async with flying(tmp_path, CARD) as flight:
        await to_done(flight)
        await asyncio.gather(*(flight.order(orders.CheckAgain("gate")) for _ in range(4)))
        await flight.until(lambda now: now.steps["gate"].attempt == 2)
        await flight.until_status("gate", StepStatus.PASSED)
        assert looked(flight) == 2
        assert len(flight.state.steps["gate"].passed_s) == 2


async def test_a_line_that_fails_anew_takes_the_go_away_and_can_be_mended(tmp_path: Path) -> None:
    async with flying(tmp_path, CARD) as flight:
        await to_done(flight)
        await flight.order(orders.AnswerConfirm("pii", "Ann"))
        await flight.idle()
        plan = flight.engine.context.plan
        assert cutover.next_stage(plan, flight.state) is None
        (tmp_path / "place" / "broken").touch()
        await again(flight, "gate", 2)
        assert decide(plan, flight.state).word is Word.NO_GO
        assert cutover.next_stage(plan, flight.state) == plan.done, "the run is not through"
        (tmp_path / "place" / "broken").unlink()
        await flight.order(orders.RunAgain("gate"))
        await flight.idle()
        assert decide(plan, flight.state).word is Word.GO
        assert flight.told().count("section-ended") == 3
        assert flight.replayed() == flight.state


async def test_a_word_is_given_anew_by_name(tmp_path: Path) -> None:
    async with flying(tmp_path, CARD) as flight:
        await to_done(flight)
        assert "needs the name" in await flight.refused(orders.Vouch("pii", " "))
        await flight.order(orders.Vouch("pii", "Ann"))
        await flight.idle()
        await flight.order(orders.Vouch("pii", "Bob"))
        step = flight.state.steps["pii"]
        assert (step.attempt, step.by, step.evidence) == (2, "Bob", "vouched for by Bob")


async def test_what_may_not_be_looked_at_is_refused_in_words(tmp_path: Path) -> None:
    async with flying(tmp_path, CARD) as flight:
        assert "has not begun: n begins it" in await flight.refused(orders.CheckAgain("gate"))
        await to_done(flight)
        for order, words in (
            (orders.CheckAgain("switch"), "acts: only checks"),
            (orders.CheckAgain("pii"), "wants a person's word, by name: logs were read"),
            (orders.Vouch("gate", "Ann"), "no word takes its place"),
            (orders.CheckAgain("ready"), "only lines of the Done list"),
            (orders.CheckAgain("beat"), "after a run has ended with GO"),
            (orders.CheckAgain("gat"), "there is no step `gat`"),
        ):
            assert words in await flight.refused(order)
        assert looked(flight) == 1


async def test_after_the_end_the_drumbeat_is_done_and_the_done_list_stands(tmp_path: Path) -> None:
    async with flying(tmp_path, CARD) as flight:
        await to_done(flight)
        await flight.order(orders.AnswerConfirm("pii", "Ann"))
        await flight.idle()
        await flight.session.record(ev.RunEnded(word="GO", reasons=(), exit_status=0))
        assert "as it was" in await flight.refused(orders.CheckAgain("gate"))
        await again(flight, "beat", 1)
        await again(flight, "beat", 2)
        await flight.order(orders.Vouch("word", "Bob"))
        assert flight.state.status("beat") is StepStatus.PASSED
        assert len(flight.state.steps["beat"].passed_s) == 2
        assert flight.replayed() == flight.state


async def test_one_cut_off_goes_on_as_the_same_try(tmp_path: Path) -> None:
    async with flying(tmp_path, CARD) as flight:
        await to_done(flight)
        await flight.order(orders.AnswerConfirm("pii", "Ann"))
        await flight.idle()
        await flight.session.record(ev.StepStarted(step="gate", attempt=2, action=False))
    async with flying(tmp_path, CARD) as flight:
        await flight.until_status("gate", StepStatus.PASSED)
        assert flight.state.steps["gate"].attempt == 2
