"""The folders of runs: where they lie, how they are named, found and listed."""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.journal.control_lock import Holder, holder
from cockpit.journal.journal_reader import read
from cockpit.state import State, fold

JOURNAL = "journal.jsonl"
CARD = "card.yaml"
BEGINNING = "beginning.json"


def default_root() -> Path:
    """Give the folder under the user's state directory in which runs are kept."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "cockpit" / "runs"


class Beginning(Struct, frozen=True):
    """What a new run says of itself first; `card` is the path the card was read from."""

    card: str
    rehearsal: bool = False
    scenario: str | None = None
    speed: float = 1.0


class RunFolder(Struct, frozen=True):
    """The folder of one run."""

    path: Path

    @property
    def id(self) -> str:
        """Give the run's name; that of a rehearsal begins with R."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """Give the journal's path."""
        return self.path / JOURNAL

    @property
    def card(self) -> Path:
        """Give the path of the card as it is run."""
        return self.path / CARD

    def beginning(self) -> Beginning | None:
        """Give how a run begins that was made and never came to its first line; else None."""
        if self.journal.exists() and next(read(self.journal), None) is not None:
            return None
        if (began := self.began()) is None:
            raise UsageError(f"{self.path} holds no run: its {BEGINNING} is missing or broken")
        return began

    def began(self) -> Beginning | None:
        """Give how the run began; None for a folder that does not say so."""
        try:
            return Beginning(**json.loads((self.path / BEGINNING).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def entries(self) -> Iterator[ev.JournalEntry]:
        """Read the journal; raises JournalError at the first line that is not as it was written."""
        return (ev.decode(line) for line in read(self.journal))

    def state(self) -> State:
        """Give what the journal adds up to; raises JournalError."""
        return fold(self.entries())

    def holder(self) -> Holder | None:
        """Give who is in control now."""
        return holder(self.path)


def create(root: Path, card_text: str, now: datetime, beginning: Beginning) -> RunFolder:
    """Make a new run's folder with the card in it; the name is unique under `root`."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = ("R" if beginning.rehearsal else "") + f"{now:%m%d-%H%M%S}"
    for name in (stem, *(f"{stem}-{number}" for number in range(2, 100))):
        try:
            (root / name).mkdir(mode=0o700)
        except FileExistsError:
            continue
        (root / name / CARD).write_text(card_text, encoding="utf-8")
        said = json.dumps(asdict(beginning))
        (root / name / BEGINNING).write_text(said, encoding="utf-8")
        return RunFolder(root / name)
    raise UsageError(f"{root} has a hundred runs of this second already; try again")


def find(root: Path, name: str) -> RunFolder:
    """Find a run by its name or by its folder's path; raises UsageError with what there is."""
    for path in (Path(name), root / name):
        if (path / BEGINNING).is_file():
            return RunFolder(path.resolve())
    known = ", ".join(run.id for run in runs(root)[:5])
    raise UsageError(f"there is no run {name!r} in {root}; the newest are: {known or 'none'}")


def runs(root: Path) -> tuple[RunFolder, ...]:
    """Give all runs, newest first."""
    if not root.is_dir():
        return ()
    found = [RunFolder(path) for path in root.iterdir() if (path / JOURNAL).is_file()]
    return tuple(sorted(found, key=lambda run: run.journal.stat().st_ctime_ns, reverse=True))


def digest(text: str) -> str:
    """Give the sha256 of a card's text."""
    return hashlib.sha256(text.encode()).hexdigest()
