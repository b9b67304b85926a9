"""The cockpit is killed at random instants: forward, in a rollback, in a breaker."""

from faults.card import DEMOTED, DEMOTION
from faults.oracle import BACK, FORWARD, Ending, Truth
from faults.stage import FRESH, Stage
from tests.cli.program import Program

_RUN_LINES = 26
"""The lines of news that a whole run has; the instants are spread over them."""

_BACK_LINES = 14
_BREAKER_LINES = 8


def _killed(stage: Stage, program: Program, lines: int) -> bool:
    """Kill a program at a random instant; whether it had not ended before."""
    if not stage.after(program, stage.chance.randrange(lines + 1)):
        return False
    stage.kill(program)
    return True


def forward(stage: Stage) -> Ending:
    """Kill a run up to three times, and go on each time."""
    program = stage.begin(*FRESH)
    for times in range(1, stage.chance.randint(1, 3) + 1):
        if not _killed(stage, program, _RUN_LINES // times):
            break
        program = stage.onward()
    return Ending(stage.ended(program), Truth.GO, wanted=FORWARD)


def in_a_rollback(stage: Stage) -> Ending:
    """Kill a run while it goes back by itself, and go on: all comes back once."""
    stage.shop.failing = True
    program = stage.begin(*FRESH)
    program.until("rollback of ")
    if _killed(stage, program, program.err.count("\n") + _BACK_LINES):
        program = stage.onward()
    return Ending(stage.ended(program), Truth.NO_GO, wanted=(*FORWARD[:3], *BACK))


def in_an_ordered_rollback(stage: Stage) -> Ending:
    """Kill `cockpit rollback`, and order it again: two orders, at most two of each."""
    order = ("rollback", "card.yaml", "all", "--json")
    stage.ended(stage.begin(*FRESH))
    program = stage.begin(*order)
    if _killed(stage, program, _BACK_LINES):
        program = stage.begin(*order)
    orders = dict.fromkeys(BACK, 2)
    return Ending(stage.ended(program), Truth.NO_GO, orders, (*FORWARD, *BACK))


def in_a_breaker(stage: Stage) -> Ending:
    """Kill `cockpit breaker`, and order it again: two orders, at most two shots."""
    order = ("breaker", "card.yaml", "demote", DEMOTED, "--json")
    program = stage.begin(*order)
    if _killed(stage, program, _BREAKER_LINES):
        program = stage.begin(*order)
    return Ending(stage.ended(program), Truth.NO_GO, {DEMOTION: 2}, (DEMOTION,))
