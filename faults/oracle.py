"""What is judged after a trial: the record, and what the program said, against what happened.

The truth is in no journal: the commands of the card's steps note what they do, the service knows
its traffic, and the campaign knows what it broke.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum

from msgspec import Struct

from checks.core.base import Outcome
from cockpit.journal import events as ev
from faults.card import DEMOTION, EFFECTS
from faults.stage import Stage, document
from tests.cli.program import Said

FORWARD = ("migrate", "deploy", "weight 50", "announce")
BACK = ("weight 0", "undeploy", "undo")


class Truth(Enum):
    """Which decision is true."""

    GO = "nothing was wrong: GO, and nothing else"
    NO_GO = "the release was bad, or nobody could know: anything but GO"
    OPEN = "it depends on what ran: GO only if all of it did"


class Fate(Enum):
    """What became of a trial."""

    SURVIVED = "survived"
    LOST = "lost"
    FALSE_GO = "false GO"


class Finding(Struct, frozen=True):
    """The fate of a trial, and what was wrong, in a sentence each."""

    fate: Fate
    wrong: tuple[str, ...] = ()


class Ending(Struct, frozen=True):
    """How a trial ended: what the program said at last, and what was true.

    An effect may come as often as a person has ordered it: once, or as `orders` says. Those in
    `wanted` must have come. `wrong` is what the trial itself has found to be lost or done twice.
    """

    said: Said
    truth: Truth
    orders: Mapping[str, int] = {}
    wanted: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def judge(stage: Stage, ending: Ending) -> Finding:
    """Return the fate of a trial; a false GO is worse than a loss."""
    if wrong := tuple(_false_go(stage, ending)):
        return Finding(Fate.FALSE_GO, wrong)
    wrong = tuple(_unsound(stage))
    if not wrong:  # else no journal can be read to compare
        wrong = (*_effects(stage, ending), *_recorded(stage), *_lost(ending))
    return Finding(Fate.LOST if wrong else Fate.SURVIVED, wrong)


def is_go(said: Said) -> bool:
    """Whether the program has said that a run is GO."""
    return document(said).get("decision") == "GO"


def _false_go(stage: Stage, ending: Ending) -> Iterator[str]:
    if not is_go(ending.said):
        return
    if ending.truth is Truth.NO_GO:
        yield f"GO was said, but {Truth.NO_GO.value}"
    done = Counter(stage.effects("done"))
    for effect in FORWARD:
        if done[effect] != 1:
            yield f"GO was said, but `{effect}` was done {done[effect]} times"
    if stage.shop.percent != 50:
        yield f"GO was said, but {stage.shop.percent:g} % go to the canary"


def _unsound(stage: Stage) -> Iterator[str]:
    """Yield why a journal does not verify."""
    for run in stage.runs():
        said = stage.cockpit.run("verify", str(run.path))
        if said.status:
            yield f"the journal of {run.id} does not verify: {said.err.strip()}"


def _effects(stage: Stage, ending: Ending) -> Iterator[str]:
    """Yield what was done twice, was cut off, or was not done."""
    begun, done = Counter(stage.effects("begun")), Counter(stage.effects("done"))
    for effect, times in begun.items():
        if times > (most := ending.orders.get(effect, 1)):
            yield f"`{effect}` was begun {times} times, and ordered {most} times"
    for effect in ending.wanted:
        if not done[effect]:
            yield f"`{effect}` was never done"


def _recorded(stage: Stage) -> Iterator[str]:
    """Yield what happened and stands in no journal, and what stands there and never happened."""
    begun, done, told = Counter(stage.effects("begun")), stage.effects("done"), Counter[str]()
    for entry in stage.entries():
        match entry.event:
            case ev.StepStarted(step=step) if step in EFFECTS:
                told[EFFECTS[step]] += 1
            case ev.BreakerFired(breaker="demote"):
                told[DEMOTION] += 1
            case ev.StepEnded(step=step, outcome=Outcome.PASSED) if step in EFFECTS:
                if EFFECTS[step] not in done:
                    yield f"{step} is recorded as passed, and its effect never came"
            case _:
                pass
    for effect, times in begun.items():
        if times > told[effect]:
            yield f"`{effect}` was begun {times} times, the journal knows of {told[effect]}"


def _lost(ending: Ending) -> Iterator[str]:
    yield from ending.wrong
    said = ending.said
    if ending.truth is Truth.GO and not is_go(said):
        yield f"nothing was wrong, and it ended with exit {said.status} and no GO"
    if "Traceback" in said.err:
        yield "a traceback was printed"
