"""The stage of one trial: a folder, a card with its commands, a real service, and the program."""

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cockpit.journal import events as ev
from cockpit.runtime.run_folder import RunFolder
from faults.card import ASK, CARD, EFFECT
from tests.cli.program import Cockpit, Program, Said
from tests.cli.shop import Shop, open_shop

FRESH = ("run", "card.yaml", "--yes", "--json")
ONWARD = ("run", "--yes", "--resume", "last", "--json")


class NotTriedError(Exception):
    """A kind of fault cannot be tried on this machine; the words say why."""


@dataclass
class Stage:
    """Where a trial is played, and the chance that it is left to."""

    folder: Path
    shop: Shop
    chance: random.Random
    cockpit: Cockpit
    turn: int = 1
    """Which trial of its kind this is, from 1: what has several forms takes them in turn."""
    kept: Path | None = None
    """Where the runs are once the trial is over, if not where the program has put them."""
    notes: list[str] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)

    def note(self, words: str) -> None:
        """Keep what was done to the program, to be read when something is lost."""
        self.notes.append(f"{time.monotonic():.3f} {words}")

    def begin(self, *words: str) -> Program:
        """Start the program."""
        self.note(f"cockpit {' '.join(words)}")
        self.programs.append(self.cockpit.start(*words))
        return self.programs[-1]

    def onward(self) -> Program:
        """Go on as a person would: with the run that there is, or with a new one."""
        return self.begin(*(ONWARD if self.runs() else FRESH))

    def after(self, program: Program, lines: int, most_s: float = 0.3) -> bool:
        """Wait for so many lines of news and a moment more; whether they came before its end."""
        came = program.said(lines)
        time.sleep(self.chance.uniform(0.0, most_s))
        return came

    def kill(self, program: Program) -> None:
        """End the program as a power cut would."""
        self.note(f"killed after {program.err.count(chr(10))} lines")
        program.kill()
        self.keep(Said(-9, "", program.err))

    def ended(self, program: Program) -> Said:
        """Return what the program has said at its end, which is also kept in a file."""
        return self.keep(program.ended())

    def keep(self, said: Said) -> Said:
        """Keep what the program has said."""
        self.note(f"it ended with {said.status}")
        with (self.folder / "said.txt").open("a", encoding="utf-8") as file:
            file.write(f"{said.err}\n{said.out}\nexit {said.status}\n{'-' * 20}\n")
        return said

    def runs(self) -> list[RunFolder]:
        """Return the runs that there are, those in the second place included."""
        root = self.kept or self.folder / "state/cockpit/runs"
        found = [*root.glob("*"), *self.folder.glob("runtime/cockpit-*/*/*")]
        return [RunFolder(path) for path in sorted(found) if (path / "journal.jsonl").exists()]

    def entries(self) -> Sequence[ev.JournalEntry]:
        """Return the entries of all runs."""
        return [entry for run in self.runs() for entry in run.entries()]

    def effects(self, what: str) -> list[str]:
        """Return what was `begun` or is `done` by the commands, in order: the truth."""
        log = self.folder / "effects.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.removesuffix(f" {what}") for line in lines if line.endswith(f" {what}")]


@contextmanager
def set_up(folder: Path, seed: str, turn: int = 1) -> Iterator[Stage]:
    """Set up a stage in `folder`; the shop is served for the time of the `with`."""
    for name, text in (("card.yaml", CARD), ("ask.py", ASK), ("effect.sh", EFFECT)):
        (folder / name).write_text(text)
    (folder / "effect.sh").chmod(0o755)
    with open_shop() as shop:
        metrics = f"{shop.url}/metrics"
        env = {"SHOP_URL": shop.url, "METRICS_URL": metrics, "OBSERVE_URL": metrics}
        cockpit = Cockpit(folder, {**env, "PYTHON": sys.executable})
        stage = Stage(folder, shop, random.Random(seed), cockpit, turn)
        try:
            yield stage
        finally:
            for program in stage.programs:
                if program.process.poll() is None:  # one that was waited for in vain
                    program.kill()


def with_env(stage: Stage, **env: str) -> Stage:
    """Return the stage with more in the program's environment."""
    stage.cockpit = replace(stage.cockpit, env={**stage.cockpit.env, **env})
    return stage


def document(said: Said) -> dict[str, object]:
    """Return the JSON document that the program printed; empty if it printed none."""
    return dict(json.loads(said.out)) if said.out.strip() else {}
