"""A campaign: seeded trials of every kind in turn, and the table of what became of them."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from subprocess import TimeoutExpired
from threading import Lock

from msgspec import Struct

from bench.figure import MeasureError
from faults.kinds import KINDS, OFTEN, UNTRIED
from faults.oracle import Fate, Finding, judge
from faults.stage import NotTriedError, set_up

AT_ONCE = 2


class Trial(Struct, frozen=True):
    """One trial: what is broken, the campaign's seed, and which trial of its kind it is, from 1."""

    kind: str
    seed: int
    turn: int

    @property
    def again(self) -> str:
        """Return the arguments that play it again, after those of its kind that came before."""
        return f"--seed {self.seed} --rounds {self.turn} --only '{self.kind}'"


class Result(Struct, frozen=True):
    """What became of a trial: its finding, or why it was not tried; the folder, if it is kept."""

    trial: Trial
    finding: Finding | None
    untried: str = ""
    folder: Path | None = None


def trials(kinds: Sequence[str], seed: int) -> Iterator[Trial]:
    """Yield trials without end, each kind in turn; the same for the same seed."""
    for past in count():
        for kind in kinds:
            often = OFTEN.get(kind, 1)
            yield from (Trial(kind, seed, past * often + turn) for turn in range(1, often + 1))


def one_round(kinds: Sequence[str]) -> int:
    """Return the number of trials in which each kind has its turn."""
    return sum(OFTEN.get(kind, 1) for kind in kinds)


def played(trial: Trial) -> Result:
    """Play a trial in a folder of its own, which is kept only if something is wrong."""
    folder = Path(tempfile.mkdtemp(prefix="cockpit-faults-"))
    try:
        finding = _played(trial, folder)
    except NotTriedError as error:
        shutil.rmtree(folder, ignore_errors=True)
        return Result(trial, None, str(error))
    if finding.fate is Fate.SURVIVED:
        shutil.rmtree(folder, ignore_errors=True)
        return Result(trial, finding)
    return Result(trial, finding, folder=folder)


def _played(trial: Trial, folder: Path) -> Finding:
    with set_up(folder, f"{trial.seed} {trial.kind} {trial.turn}", trial.turn) as stage:
        try:
            return judge(stage, KINDS[trial.kind](stage))
        except (AssertionError, MeasureError, TimeoutExpired) as error:
            return Finding(Fate.LOST, (f"it did not come so far: {error}",))
        finally:
            (folder / "notes.txt").write_text("\n".join([trial.again, *stage.notes, ""]))


def results(some: Iterator[Trial], until_s: float) -> Iterator[Result]:
    """Play trials, two at a time, as long as there is time to begin another one."""
    one_after_another = Lock()

    def following() -> Trial | None:
        with one_after_another:
            return next(some, None) if time.monotonic() < until_s else None

    def one(_: int) -> list[Result]:
        mine = []
        while trial := following():
            mine.append(played(trial))
            _tell(mine[-1])
        return mine

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for mine in pool.map(one, range(AT_ONCE)):
            yield from mine


def _tell(result: Result) -> None:
    if result.folder and result.finding:
        print(f"{result.trial.kind}: {result.finding.fate.value} ({result.trial.again})")
        print(*(f"  {words}" for words in result.finding.wrong), sep="\n")
        print(f"  kept in {result.folder}", flush=True)


def table(some: Sequence[Result], kinds: Sequence[str]) -> str:
    """Lay out what was tried and what became of it; what was not tried is named beside."""
    fates = Counter((one.trial.kind, one.finding.fate) for one in some if one.finding)
    lines = [f"{'':32}{'tried':>10}" + "".join(f"{fate.value:>10}" for fate in Fate)]
    for kind in kinds:
        numbers = [fates[kind, fate] for fate in Fate]
        lines.append(f"{kind:32}" + "".join(f"{n:>10}" for n in (sum(numbers), *numbers)))
    untried = {**UNTRIED} | {one.trial.kind: one.untried for one in some if one.untried}
    return "\n".join([*lines, *(f"not tried: {kind}: {why}" for kind, why in untried.items())])
