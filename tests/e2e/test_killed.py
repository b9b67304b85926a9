"""Law 3: a cockpit that is killed at any moment and resumed has done everything exactly once."""

import pytest

from tests.cli.program import Program
from tests.e2e.rehearsals import (
    ALL_EFFECTS,
    Rehearsal,
    left_alive,
    naming_a_hold_that_passed,
)

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("killed")]

# A line of the news at which the cockpit is killed: at `»` the intent of a step is written, and it
# may or may not have begun; `passed` and the like are between two steps. At an effect, the card's
# command has noted it, and is in the middle of its work.
INSIDE_AND_BETWEEN = (
    "run R",  # nothing has begun, the world is starting
    "» cutover t-30",
    "restore test passed",
    "effect: cutover t0",
    "» traffic 5 %",
)
FROM_THE_START = (
    "preflight begun",
    "effect: cutover t-10",
    "canary begun",
    "► hold ",
    "» traffic 100 %",
    "► deployment report",
)


def _wait_for(moment: str, program: Program, rehearsal: Rehearsal) -> None:
    _, effect, words = moment.partition("effect: ")
    if effect:
        program.until_it_holds(lambda: words in rehearsal.effects())
    else:
        program.until(moment)


@pytest.mark.law(3)
@pytest.mark.parametrize("moments", [INSIDE_AND_BETWEEN, FROM_THE_START])
def test_killed_and_resumed_everything_happened_once(
    rehearsal: Rehearsal, moments: tuple[str, ...]
) -> None:
    program = rehearsal.start()
    for moment in moments:
        _wait_for(moment, program, rehearsal)
        program.kill()
        program = rehearsal.resume()
    said = program.ended()
    assert said.status == 0, said.err
    assert (said.document["decision"], said.document["ended"]) == ("GO", True)
    assert rehearsal.effects() == ALL_EFFECTS
    assert {step["attempt"] for step in said.document["steps"].values()} == {1}
    assert left_alive(rehearsal.pids()) == []


@pytest.mark.law(3)
def test_killed_in_a_rollback_it_goes_on_with_the_way_back(rehearsal: Rehearsal) -> None:
    """The decision is the one that it would have been."""
    with naming_a_hold_that_passed(rehearsal, "canary-hold"):
        program = rehearsal.start("--scenario", "errors-at-canary")
        program.until("rollback of traffic begun")
        program.kill()
        said = rehearsal.resume().ended()
        assert (said.status, said.document["decision"]) == (1, "NO-GO"), said.err
        assert "5xx tripped" in said.document["reasons"][0]
        assert said.document["traffic"]["seen"] < 0.02
        assert rehearsal.effects() == [*ALL_EFFECTS[:4], "traffic --canary 0"]
