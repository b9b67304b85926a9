"""The disk of the runs is full or read-only, and is mended afterwards."""

from pathlib import Path

import pytest

from faults.card import DEMOTED, DEMOTION
from faults.oracle import BACK, FORWARD, Ending, Truth
from faults.stage import FRESH, ONWARD, NotTriedError, Stage, with_env
from tests.cli.program import Said
from tests.cli.small_disk import on_a_small_disk

_RUN, _ON = ("cockpit", *FRESH), ("cockpit", *ONWARD)
_BACK = ("cockpit", "rollback", "card.yaml", "all", "--json")
_DEMOTE = ("cockpit", "breaker", "card.yaml", "demote", DEMOTED, "--json")


def _played(stage: Stage, *plan: tuple[str, ...]) -> Said:
    """Carry out a plan on a small disk, keep its runs, and return what was said last."""
    stage.note(str(plan))
    try:
        told = on_a_small_disk(stage.cockpit, *plan, ("keep", "kept"))
    except pytest.skip.Exception as error:
        raise NotTriedError(str(error)) from None
    for said in told:
        stage.keep(said)
    stage.kept = stage.folder / "kept/cockpit/runs"
    return told[-1]


def _in_a_run(stage: Stage, breaking: str, mended: str) -> Ending:
    """Let a step break the disk in the middle of a run; go on once it is mended."""
    step = stage.chance.choice(("migrate", "deploy", "announce"))
    with_env(stage, BREAKS=step, BREAKING=breaking)
    said = _played(stage, _RUN, (mended,), _ON)
    return Ending(said, Truth.OPEN)


def _in_an_order(stage: Stage, broken: tuple[str, ...], mended: str) -> Ending:
    """Order a breaker or a rollback on a broken disk, and again once it is mended."""
    if stage.chance.random() < 0.5:
        said = _played(stage, _RUN, broken, _DEMOTE, (mended,), _DEMOTE)
        return Ending(said, Truth.OPEN, {DEMOTION: 2}, (*FORWARD, DEMOTION))
    said = _played(stage, _RUN, broken, _BACK, (mended,), _BACK)
    return Ending(said, Truth.NO_GO, dict.fromkeys(BACK, 2), (*FORWARD, *BACK))


def full(stage: Stage) -> Ending:
    """Fill the disk but for some blocks, in a run or before an order; then free it."""
    if stage.chance.random() < 0.5:
        return _in_a_run(stage, f"cat /dev/zero > {_filler(stage)}", "free")
    return _in_an_order(stage, ("fill", str(stage.chance.choice((0, 0, 1, 2, 4, 8)))), "free")


def read_only(stage: Stage) -> Ending:
    """Make the disk read-only, in a run or before an order; then writable again."""
    if stage.chance.random() < 0.5:
        return _in_a_run(stage, f"mount -o remount,ro {stage.folder / 'state'}", "rw")
    return _in_an_order(stage, ("ro",), "rw")


def _filler(stage: Stage) -> Path:
    return stage.folder / "state/filler"
