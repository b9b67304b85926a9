"""A hold over a gap: the metrics page of a real service vanishes, or the cockpit is stopped."""

import re
import signal
import time
from pathlib import Path

import pytest

from tests.cli.program import Cockpit, Program
from tests.cli.shop import CARD, Shop, effects, furnish
from tests.process.conftest import until

SHORT_WINDOW = CARD.replace("hold: 1s", "hold: 4s").replace("over: 5s", "over: 1s")
ANSWER = ("--answer", "load-test=alice")
LOOKS = 15
"""Refused looks: at one each 0.2 s, three seconds, longer than the window of the monitor."""
STOPPED_S = 3.0


@pytest.fixture
def holding(cockpit: Cockpit) -> Program:
    """A headless run in its hold, with a window that is shorter than the gap to come."""
    furnish(cockpit.folder, SHORT_WINDOW)
    program = cockpit.start("run", "card.yaml", "--yes", *ANSWER, "--json")
    program.until("► watched")
    return program


def stand_still(program: Program, shop: Shop) -> None:
    """Stop the cockpit with a signal, as a suspended laptop does; its requests go on."""
    program.signal(signal.SIGSTOP)
    stopped_s = time.monotonic()
    for _ in range(LOOKS):
        shop.look()
    until(lambda: time.monotonic() - stopped_s > STOPPED_S)
    shop.failing = False
    program.signal(signal.SIGCONT)


@pytest.mark.law(1)
def test_law_1_the_errors_of_a_gap_trip_as_soon_as_the_page_is_back(
    holding: Program, cockpit: Cockpit, shop: Shop
) -> None:
    """Half the requests fail while the page is away, none before and none after."""
    shop.failing, shop.dark = True, LOOKS
    holding.until_it_holds(lambda: not shop.dark)
    shop.failing = False
    said = holding.ended()
    assert (said.status, said.document["decision"]) == (1, "NO-GO"), said.err
    assert "errors tripped" in said.err
    assert effects(cockpit.folder)[-1] == "weight 0"


@pytest.mark.law(1)
def test_law_1_a_gap_is_made_up_for_and_said_everywhere(
    holding: Program, cockpit: Cockpit, shop: Shop
) -> None:
    shop.dark = LOOKS
    said = holding.ended()
    assert (said.status, said.document["decision"]) == (0, "GO"), said.err
    held = re.search(r"held 4 s watched, [\d.]+ s blind", said.err)
    assert held, said.err
    assert said.document["caveats"] == [f"watched: {held[0]}"]
    assert said.document["steps"]["watched"]["evidence"].startswith(held[0])
    assert Path(said.document["report"]).read_text().count(held[0]) >= 2


@pytest.mark.law(1)
def test_law_1_the_errors_while_the_cockpit_was_stopped_trip_when_it_goes_on(
    holding: Program, cockpit: Cockpit, shop: Shop
) -> None:
    shop.failing = True
    stand_still(holding, shop)
    said = holding.ended()
    assert (said.status, said.document["decision"]) == (1, "NO-GO"), said.err
    assert effects(cockpit.folder)[-1] == "weight 0"


@pytest.mark.law(1)
def test_law_1_a_stopped_cockpit_holds_nothing_meanwhile(holding: Program, shop: Shop) -> None:
    stand_still(holding, shop)
    said = holding.ended()
    assert (said.status, said.document["decision"]) == (0, "GO"), said.err
    assert re.search(r"held 4 s watched, [\d.]+ s blind", said.err), said.err


@pytest.mark.law(1)
def test_law_1_a_page_that_stays_away_is_unknown(cockpit: Cockpit, shop: Shop) -> None:
    """Back for its end alone, the hold has not its time."""
    furnish(cockpit.folder, SHORT_WINDOW.replace("id: watched,", "id: watched, patience: 2s,"))
    program = cockpit.start("run", "card.yaml", "--yes", *ANSWER, "--json")
    program.until("► watched")
    shop.dark = LOOKS
    said = program.ended()
    assert (said.status, said.document["decision"]) == (3, "HOLD"), said.err
    assert re.search(r"held \d s of 4 s watched, [\d.]+ s blind", said.err), said.err
